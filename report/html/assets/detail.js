// The numbers of one segment, shown when it is pointed at or focused.

const sideNames = ['initiator', 'responder'];

// spoken is what a screen reader says of a segment.
function spoken(r, what) {
  const s = r.segment;
  return `Frame ${s.frame}, from the ${sideNames[sender(s)]}: ${label(s, what.bases, false, false)}. ` +
    (r.remark ? r.remark + '. ' : '') +
    `${sideNames[s.from]} ${s.sender}, ${sideNames[1 - s.from]} ${s.after}.`;
}

function detailOf(r, what) {
  if (!r.segment) {
    const m = r.move;
    return el('p', {}, [clock(r.at) + ' UTC', sideNames[m.side] + ' → ' + m.to, m.cause, m.certainty].join(' · '));
  }
  const s = r.segment;
  const relative = (n, base) => `${serial(n, base)} (${n})`;
  const rows = [['frame', s.frame], ['time', clock(s.at) + ' UTC'], ['from', `${sideNames[s.from]} ${what.names[s.from]}`],
    ['flags', flagsOf(s)]];
  if (s.icmp) rows.push(['ICMP', `type ${s.icmp.type} code ${s.icmp.code} from ${s.icmp.from}`]);
  else rows.push(['sequence', relative(s.seq, what.bases[s.from])]);
  if (isFlagged(s, 'A')) rows.push(['acknowledges', relative(s.ack, what.bases[1 - s.from])]);
  rows.push(['length', s.len], ['window', count(s.win)]);
  if (s.tsval !== null) rows.push(['timestamp', `${s.tsval}, echo ${s.tsecr}`]);
  rows.push(['sender', s.sender], ['receiver', s.before === s.after ? s.after : `${s.before} → ${s.after}`],
    ['verdict', s.verdict + (s.reason ? ` (${s.reason})` : '')]);
  if (s.response) rows.push(['response', s.response + (s.answeredBy ? `, frame ${s.answeredBy}` : '')]);
  if (s.notes.length) rows.push(['notes', s.notes.join(', ')]);
  for (const role of roleOf.get(s.frame) || []) rows.push(['F' + role.finding.id, role.role]);
  return el('dl', {}, rows.map(([k, v]) => el('div', {}, el('dt', {}, k), el('dd', {}, String(v)))));
}

// travel lets the marks of a ladder be pointed at and moved between: one of them takes part in the tab order.
function travel(marks, rows, what, detail) {
  let current = 0;
  const show = (i) => {
    rows.forEach((r, j) => r.ground.classList.toggle('current', i === j));
    detail.replaceChildren(detailOf(rows[i], what));
  };
  const go = (i) => {
    marks[current].setAttribute('tabindex', -1);
    current = Math.max(0, Math.min(marks.length - 1, i));
    marks[current].setAttribute('tabindex', 0);
    marks[current].focus();
  };
  marks.forEach((m, i) => {
    m.addEventListener('pointerenter', () => show(i));
    m.addEventListener('focus', () => show(i));
    m.addEventListener('click', () => go(i));
    m.addEventListener('keydown', (e) => {
      const to = {ArrowDown: i + 1, ArrowRight: i + 1, ArrowUp: i - 1, ArrowLeft: i - 1, Home: 0, End: marks.length - 1}[e.key];
      if (to === undefined) return;
      e.preventDefault();
      go(to);
    });
  });
  if (marks.length) marks[0].setAttribute('tabindex', 0);
}
