// The ladder of a connection: two lifelines with the states of both sides, and segments as arrows between them.

// drawLadder fills figure with a ladder. what has names, segments, moves, certainties, bases, rtt, vantage,
// evidence (frame to role), skipped, only.
function drawLadder(figure, what) {
  const options = {absolute: false, toScale: false};
  const canvas = el('div', {class: 'scroll'});
  const detail = el('div', {class: 'detail', 'aria-live': 'polite'});
  const redraw = () => canvas.replaceChildren(ladderPicture(what, options, (figure.clientWidth || 820) - 20, detail));
  figure.replaceChildren(ladderTools(options, redraw), canvas, ladderCaption(what), detail);
  figure.hidden = false;
  detail.textContent = 'Point at a segment, or move to it with the arrow keys, to see its numbers.';
  redraw();
  let width = figure.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(figure.clientWidth - width) < 8) return;
    width = figure.clientWidth;
    requestAnimationFrame(redraw);
  }).observe(figure);
}

// ladderTools are the switches above a ladder.
function ladderTools(options, redraw) {
  const choice = (text, key) => {
    const box = el('input', {type: 'checkbox'});
    box.addEventListener('change', () => { options[key] = box.checked; redraw(); });
    return el('label', {}, box, ' ' + text);
  };
  return el('div', {class: 'tools'}, choice('absolute sequence numbers', 'absolute'), choice('time strictly to scale', 'toScale'));
}

function ladderCaption(what) {
  const parts = [];
  if (what.rtt) parts.push('round trip ' + duration(what.rtt));
  if (what.vantage && what.vantage !== 'unknown') {
    parts.push(what.vantage === 'middle' ? 'captured between both' : 'captured near the ' + what.vantage);
  }
  if (what.skipped) parts.push(count(what.skipped.count) + ' segments in the middle are not in this page');
  if (what.only) parts.push(what.only);
  return el('figcaption', {}, parts.join(' · '));
}

// ladderLayout gives the columns for a width: on a phone everything is short.
function ladderLayout(width) {
  const short = width < 620;
  const lane = short ? 62 : 104;
  const gutter = short ? 58 : 128;
  const w = Math.max(width, 330);
  return {short, width: w, gutter, left: gutter + lane, right: w - lane - 4, band: short ? 7 : 10};
}

// slantOf gives how much lower an arrow ends than it begins, and where the capture point lies between both sides: 0 at the
// initiator, 1 at the responder. An answer never leaves before what it answers has arrived.
function slantOf(what, scale, rows, heights) {
  const at = {initiator: 0, responder: 1}[what.vantage] ?? 0.5;
  let dy = Math.min(30, what.rtt ? what.rtt / 2 * scale : 8);
  const heightOf = new Map(rows.map((r, i) => [r.segment ? r.segment.frame : -1, heights[i]]));
  rows.forEach((r, i) => {
    const answer = r.segment && heightOf.get(r.segment.answeredBy);
    if (answer > heights[i]) dy = Math.min(dy, (answer - heights[i]) / 2);
    if (i > 0) dy = Math.min(dy, heights[i] - heights[i - 1] - rows[i - 1].below - 20); // what is written on both must not touch
  });
  return {at, dy: Math.max(4, dy)};
}

function ladderPicture(what, options, width, detail) {
  const layout = ladderLayout(width);
  const rows = ladderRows(what);
  const {heights, folds, scale, bottom} = ladderHeights(rows, what.rtt, options.toScale);
  const slant = slantOf(what, scale, rows, heights);
  const height = bottom + 44 + slant.dy;
  rows.forEach((r, i) => placeRow(r, heights[i], slant));
  const title = unique('ladder');
  const picture = svg('svg', {viewBox: `0 0 ${layout.width} ${height}`, width: layout.width, height, role: 'group',
    'aria-labelledby': title, class: 'ladder-svg'},
  svg('title', {id: title}, `Segments between ${what.names[0]} and ${what.names[1]}`));
  picture.append(hatching(), lifelines(layout, height, what.names), bands(layout, rows, bottom + slant.dy + 24, what.certainties));
  folds.forEach((f) => picture.append(foldMark(layout, f)));
  picture.insertBefore(grounds(rows, layout), picture.querySelector('.bands'));
  const marks = rows.map((r) => (r.segment ? segmentMark(r, layout, what, options) : timerMark(r, layout)));
  const first = rows.length ? rows[0].at : 0;
  rows.forEach((r, i) => picture.append(gutterText(r, rows[i - 1], layout, first), marks[i]));
  travel(marks, rows, what, detail);
  return picture;
}

// ladderRows gives the moments of a ladder in order: segments, and the timers that no segment stands for.
function ladderRows(what) {
  const rows = what.segments.map((s) => {
    const role = what.evidence.get(s.frame);
    const remark = [role, outcome(s)].filter(Boolean).join(' · ');
    return {at: s.at, segment: s, role, remark, need: remark ? 52 : 28, below: remark ? 14 : 0};
  });
  const sent = new Set(what.segments.map((s) => s.frame));
  for (const m of what.moves || []) {
    if (!sent.has(m.frame)) rows.push({at: m.at, move: m, need: 24, below: 0});
  }
  return rows.sort((a, b) => a.at - b.at);
}

// placeRow gives a row's heights at both lifelines: leaving, arriving, and at the capture point.
function placeRow(r, y, slant) {
  r.y = y;
  if (!r.segment) {
    r.ends = [y, y];
    return;
  }
  const from = sender(r.segment);
  const travelled = from === 0 ? slant.at : 1 - slant.at;
  const leaves = y - slant.dy * travelled;
  r.ends = from === 0 ? [leaves, leaves + slant.dy] : [leaves + slant.dy, leaves];
}

// sender gives the side that a segment comes from. An ICMP error comes back to the side whose segment it quotes.
const sender = (s) => (s.icmp ? 1 - s.from : s.from);

function hatching() {
  const size = {width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'};
  return svg('defs', {}, svg('pattern', {id: 'hatch', ...size}, svg('line', {x1: 0, y1: 0, x2: 0, y2: 5, class: 'hatch'})));
}

function lifelines(layout, height, names) {
  const head = (x, name, anchor) => svg('text', {x, y: 14, 'text-anchor': anchor, class: 'lane-name'}, name);
  const line = (x) => svg('line', {x1: x, x2: x, y1: 24, y2: height - 8, class: 'lifeline'});
  const left = layout.short ? 2 : layout.left;
  return svg('g', {}, line(layout.left), line(layout.right), head(left, names[0], layout.short ? 'start' : 'middle'),
    head(layout.short ? layout.width - 2 : layout.right, names[1], layout.short ? 'end' : 'middle'));
}

// bands draws both sides' states along the lifelines.
function bands(layout, rows, bottom, certainties) {
  const g = svg('g', {class: 'bands'});
  for (const side of [0, 1]) {
    const changes = stateChanges(rows, side, certainties);
    changes.forEach((c, i) => {
      const until = i + 1 < changes.length ? changes[i + 1].y : bottom;
      g.append(band(layout, side, c, until));
    });
    namesOf(changes).forEach((c) => g.append(stateName(layout, side, c)));
  }
  return g;
}

// stateChanges gives where a side's state is known to begin, from the segments that it sent and got, and from its timers.
function stateChanges(rows, side, certainties) {
  const all = [];
  const note = (y, state, certainty) => {
    const last = all[all.length - 1];
    if (state && (!last || last.state !== state)) all.push({y, state, certainty});
  };
  for (const r of [...rows].sort((a, b) => a.ends[side] - b.ends[side])) {
    if (r.move) {
      if (r.move.side === side) note(r.y, r.move.to, r.move.certainty);
      continue;
    }
    const s = r.segment;
    const certainty = certainties.get(2 * s.frame + side);
    if (s.from === side) {
      note(r.ends[side], s.sender, certainty || 'observed');
    } else {
      if (!all.length) note(28, s.before, '');
      note(r.ends[side], s.after, certainty || 'inferred');
    }
  }
  return all;
}

function band(layout, side, change, until) {
  const x = (side ? layout.right : layout.left) - layout.band / 2;
  const size = {x, y: change.y, width: layout.band, height: Math.max(1, until - change.y)};
  const g = svg('g', {}, svg('title', {}, change.state + (change.certainty ? ' (' + change.certainty + ')' : '')),
    svg('rect', {...size, class: stateClass(change.state)}));
  if (change.certainty === 'inferred') g.append(svg('rect', {...size, fill: 'url(#hatch)'}));
  return g;
}

// namesOf leaves out names that would cover the one before: of those the last state holds.
function namesOf(changes) {
  const out = [];
  for (const c of changes) {
    if (out.length && c.y - out[out.length - 1].y < 11) out.pop();
    out.push(c);
  }
  return out;
}

const shortStates = {'SYN-SENT': 'SYN-SNT', 'SYN-RECEIVED': 'SYN-RCV', ESTABLISHED: 'ESTAB', 'CLOSE-WAIT': 'CLO-WAIT',
  'TIME-WAIT': 'T-WAIT', 'FIN-WAIT-1': 'FIN-W-1', 'FIN-WAIT-2': 'FIN-W-2'};

function stateName(layout, side, change) {
  const gap = layout.band / 2 + 4;
  return svg('text', {x: side ? layout.right + gap : layout.left - gap, y: change.y + 9, 'text-anchor': side ? 'start' : 'end',
    class: 'state-name'}, layout.short ? shortStates[change.state] || change.state : change.state);
}

function foldMark(layout, f) {
  const zigzag = (x) => svg('path', {d: `M${x - 9} ${f.y + 5}l6 -7l6 7l6 -7`, class: 'fold-mark'});
  const middle = (layout.left + layout.right) / 2;
  return svg('g', {class: 'fold'}, svg('line', {x1: layout.left + 14, x2: layout.right - 14, y1: f.y, y2: f.y, class: 'fold-line'}),
    zigzag(layout.left), zigzag(layout.right),
    svg('text', {x: middle, y: f.y + 13, 'text-anchor': 'middle', class: 'fold-text'}, duration(f.gap) + ' of silence'));
}

// segmentMark draws one segment: its arrow, what is written on it, and a cross where it was discarded.
function segmentMark(r, layout, what, options) {
  const s = r.segment;
  const from = sender(s);
  const refused = s.verdict === 'discard' && !s.icmp;
  const gap = layout.band / 2 + 1;
  const x = [layout.left + gap, layout.right - gap];
  const end = {x: x[1 - from] + (refused ? (from ? 9 : -9) : 0), y: r.ends[1 - from]};
  const start = {x: x[from], y: r.ends[from]};
  const middle = {x: (x[0] + x[1]) / 2, y: (start.y + end.y) / 2};
  const angle = Math.atan2(r.ends[1] - r.ends[0], x[1] - x[0]) * 180 / Math.PI;
  const kinds = {refused, resets: s.verdict === 'reset', evidence: r.role, icmp: s.icmp, data: s.len > 0};
  const names = Object.keys(kinds).filter((k) => kinds[k]);
  const g = svg('g', {class: ['segment', ...names].join(' '), tabindex: -1, role: 'img', 'aria-label': spoken(r, what)});
  g.append(hit(r), svg('line', {x1: start.x, y1: start.y, x2: end.x, y2: end.y, class: 'shaft'}),
    refused ? cross(end) : head(end, start));
  const turned = {transform: `rotate(${angle} ${middle.x} ${middle.y})`, 'text-anchor': 'middle', x: middle.x};
  g.append(svg('text', {...turned, y: middle.y - 4, class: 'label'}, label(s, what.bases, options.absolute, layout.short)));
  if (r.remark) g.append(svg('text', {...turned, y: middle.y + 11, class: 'remark'}, fitted(r.remark, x[1] - x[0], 5.7)));
  return g;
}

// hit is what can be pointed at of a row: all of it.
function hit(r) {
  const area = r.ground.cloneNode();
  area.setAttribute('class', 'hit');
  return area;
}

// fitted cuts text to a width.
function fitted(text, width, each) {
  const most = Math.floor(width / each);
  return text.length > most ? text.slice(0, most - 1) + '…' : text;
}

// head draws an arrow's point at the end of a line.
function head(end, start) {
  const a = Math.atan2(end.y - start.y, end.x - start.x);
  const at = (turn, far) => `${end.x - far * Math.cos(a + turn)} ${end.y - far * Math.sin(a + turn)}`;
  return svg('path', {d: `M${end.x} ${end.y}L${at(0.4, 9)}L${at(-0.4, 9)}Z`, class: 'point'});
}

function cross(end) {
  return svg('path', {d: `M${end.x - 5} ${end.y - 5}l10 10m0 -10l-10 10`, class: 'cross'});
}

// timerMark draws a change of a state that no segment of the page stands for.
function timerMark(r, layout) {
  const m = r.move;
  const x = m.side ? layout.right : layout.left;
  const inward = m.side ? -1 : 1;
  const text = (m.frame ? 'frame ' + m.frame + ': ' : '') + m.cause;
  const says = `${sideNames[m.side]}: ${m.to}, ${text}`;
  return svg('g', {class: 'segment move', tabindex: -1, role: 'img', 'aria-label': says},
    hit(r),
    svg('circle', {cx: x, cy: r.y, r: 4, class: 'dot'}),
    svg('text', {x: x + inward * 12, y: r.y + 4, 'text-anchor': m.side ? 'end' : 'start', class: 'remark'}, text));
}

// grounds are what lies behind each row: what highlights the evidence, and the row that is pointed at.
function grounds(rows, layout) {
  return svg('g', {}, rows.map((r) => {
    const top = Math.max(20, Math.min(...r.ends) - 15); // below the names of both sides
    const bottom = Math.max(...r.ends) + (r.remark ? 17 : 6);
    r.ground = svg('rect', {x: 1, y: top, width: layout.width - 2, height: bottom - top, rx: 4,
      class: 'ground' + (r.role ? ' proves' : '')});
    return r.ground;
  }));
}

// gutterText is the frame and the time at the left margin.
function gutterText(r, previous, layout, first) {
  if (previous && r.y - previous.y < 11) return svg('g');
  const time = '+' + ((r.at - first) / 1e9).toFixed(layout.short ? 3 : 6);
  if (layout.short) return svg('text', {x: 2, y: r.y + 3, class: 'gutter'}, time);
  return svg('g', {class: 'gutter'}, svg('text', {x: 56, y: r.y + 3, 'text-anchor': 'end'}, r.segment ? '#' + r.segment.frame : ''),
    svg('text', {x: layout.gutter, y: r.y + 3, 'text-anchor': 'end'}, time));
}
