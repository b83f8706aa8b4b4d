// Connections over the capture's time, as bars of their states.

// stateBars draws a connection's states over time as two lanes, the initiator's above the responder's.
function stateBars(c, from, until, width, height) {
  const g = svg('g');
  const x = (at) => Math.max(0, Math.min(1, (at - from) / (until - from || 1))) * width;
  const lane = height / 2;
  const moves = movesOf(c);
  const end = Math.max(c.start + c.lasted, ...moves.map((m) => m.at));
  for (const side of [0, 1]) {
    const own = moves.filter((m) => m.side === side);
    const spans = own.map((m, i) => {
      const next = own[i + 1];
      return {state: m.to, from: m.at, until: next ? next.at : lastsUntil(m.to, end, until)};
    });
    if (!own.length) spans.push({state: c.states[side], from: c.start, until: end});
    for (const s of spans) {
      if (s.state === 'CLOSED' || s.state === 'LISTEN') continue;
      const left = x(s.from);
      const size = {width: Math.max(2.5, x(s.until) - left), height: lane - 0.5};
      g.append(svg('rect', {x: left, y: side * lane, ...size, class: stateClass(s.state)},
        svg('title', {}, `${sideNames[side]} ${s.state}, ${duration(s.until - s.from)}`)));
    }
  }
  return g;
}

// lastsUntil says how long the last state that is known goes on: what waits for the other side does to the end of the capture.
function lastsUntil(state, end, until) {
  return state === 'CLOSED' ? end : Math.max(end, Math.min(until, captureEnd));
}

const timelineRows = 40;

// drawTimeline fills the overview: the connections with findings first, then the others in order.
function drawTimeline(figure) {
  if (!connections.length) {
    figure.replaceChildren(el('p', {}, 'The capture has no connection.'));
    return;
  }
  const worst = (c) => { const i = severityOrder.indexOf(worstOf(c)); return i < 0 ? severityOrder.length : i; };
  const shown = connections.length <= timelineRows ? [...connections] :
    [...connections].sort((a, b) => worst(a) - worst(b) || a.id - b.id).slice(0, timelineRows);
  const says = shown.length === data.total ? '' : `${shown.length} of ${count(data.total)} connections, those with findings first.`;
  const canvas = el('div');
  figure.replaceChildren(el('figure', {}, canvas, el('figcaption', {}, legend(shown), el('p', {}, says))));
  const redraw = () => canvas.replaceChildren(timelinePicture(shown, Math.max(300, figure.clientWidth)));
  redraw();
  window.addEventListener('resize', redraw);
}

function timelinePicture(shown, width) {
  const left = 58;
  const row = 18;
  const from = Math.min(0, ...shown.map((c) => c.start));
  const until = Math.max(captureEnd, 1);
  const height = 26 + shown.length * row;
  const says = `States of ${shown.length} connections over ${duration(until - from)}; the table below has the same in words`;
  const picture = svg('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': says});
  picture.append(timeAxis(left, width - 12, height - 6, from, until));
  shown.forEach((c, i) => {
    const bars = stateBars(c, from, until, width - left - 12, 12);
    bars.setAttribute('transform', `translate(${left} ${22 + i * row})`);
    const name = svg('text', {x: left - 8, y: 32 + i * row, 'text-anchor': 'end', class: 'conn-name ' + worstOf(c)}, 'C' + c.id);
    picture.append(svg('a', {href: '#C' + c.id, 'data-conn': c.id}, name), bars);
  });
  return picture;
}

// timeAxis draws ticks with the time since the capture began.
function timeAxis(left, right, bottom, from, until) {
  const g = svg('g', {class: 'axis'});
  for (const t of niceTicks(until - from, Math.max(2, (right - left) / 130))) {
    const x = left + t / (until - from) * (right - left);
    const anchor = x > right - 30 ? 'end' : x < left + 12 ? 'start' : 'middle';
    g.append(svg('line', {x1: x, x2: x, y1: 16, y2: bottom}), svg('text', {x, y: 11, 'text-anchor': anchor}, duration(t)));
  }
  return g;
}

function legend(shown) {
  const seen = new Set(shown.flatMap((c) => movesOf(c).map((m) => m.to)).filter((s) => s !== 'CLOSED' && s !== 'LISTEN'));
  const swatch = (state) => svg('svg', {width: 12, height: 12, 'aria-hidden': 'true'},
    svg('rect', {width: 12, height: 12, rx: 2, class: stateClass(state)}));
  return el('ul', {class: 'legend'}, [...seen].map((s) => el('li', {}, swatch(s), ' ' + s)));
}

// drawTimeWait fills the chart of connections in TIME-WAIT at the address that has most.
function drawTimeWait(figure) {
  const chart = data.timeWait;
  if (!chart) return;
  const width = Math.max(300, figure.clientWidth);
  const [left, top, height] = [58, 12, 130];
  const x = (i) => left + i / chart.points.length * (width - left - 12);
  const y = (n) => top + (1 - n / chart.most) * (height - top - 20);
  const picture = svg('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img',
    'aria-label': `Connections in TIME-WAIT at ${chart.holder}: up to ${chart.most}`});
  for (const t of niceTicks(chart.most, 3)) {
    picture.append(svg('g', {class: 'axis'}, svg('line', {x1: left, x2: width - 12, y1: y(t), y2: y(t)}),
      svg('text', {x: left - 6, y: y(t) + 4, 'text-anchor': 'end'}, count(Math.round(t)))));
  }
  const line = chart.points.map((n, i) => `L${x(i)} ${y(n)}L${x(i + 1)} ${y(n)}`).join('');
  picture.append(svg('path', {d: `M${left} ${y(0)}${line}L${x(chart.points.length)} ${y(0)}Z`, class: stateClass('TIME-WAIT')}));
  figure.replaceChildren(el('figure', {}, el('h3', {}, `In TIME-WAIT at ${chart.holder}: up to ${count(chart.most)}`), picture));
}
