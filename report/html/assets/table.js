// The table of connections: filtered, a page at a time.

const pageSize = 50;
const table = {matching: connections, page: 0, open: null};

// searchText is what the text filter looks into.
function searchText(c) {
  c.text ??= `c${c.id} ${c.ends[0]} ${c.ends[1]} ${c.opening} ${c.closing} ${c.states.join(' ')} ${c.stacks.join(' ')} ${c.community} ` +
    c.findings.map((id) => 'f' + id + ' ' + ((findingById.get(id) || {}).code || '')).join(' ');
  c.text = c.text.toLowerCase();
  return c.text;
}

const control = (name) => document.getElementById('filter-' + name);

function matches() {
  const words = control('text').value.toLowerCase().split(/\s+/).filter(Boolean);
  const [code, severity, state, closing] = ['code', 'severity', 'state', 'closing'].map((n) => control(n).value);
  return (c) => (!state || c.states.includes(state)) && (!closing || c.closing === closing) &&
    (!severity || (severity === 'none' ? !c.findings.length : worstOf(c) === severity)) &&
    (!code || c.findings.some((id) => (findingById.get(id) || {}).code === code)) &&
    (!words.length || words.every((w) => searchText(c).includes(w)));
}

function applyFilter() {
  table.matching = connections.filter(matches());
  table.page = 0;
  table.open = null;
  showPage();
}

function showPage() {
  const pages = Math.max(1, Math.ceil(table.matching.length / pageSize));
  const rows = table.matching.slice(table.page * pageSize, (table.page + 1) * pageSize);
  const left = data.left ? ` ${count(data.left)} more without findings are not in this page.` : '';
  const matched = `${count(table.matching.length)} of ${count(connections.length)} connections.${left}`;
  document.getElementById('matched').textContent = matched;
  document.getElementById('page').textContent = `page ${table.page + 1} of ${count(pages)}`;
  document.getElementById('previous').disabled = table.page === 0;
  document.getElementById('next').disabled = table.page >= pages - 1;
  const from = Math.min(...rows.map((c) => c.start));
  const until = Math.max(...rows.map((c) => Math.max(c.start + c.lasted, ...movesOf(c).map((m) => m.at))));
  document.getElementById('table').replaceChildren(tableHead(), el('tbody', {}, rows.map((c) => tableRow(c, from, until))));
}

const columns = ['', 'initiator → responder', 'start (UTC)', 'lasted', 'bytes', 'opening, closing', 'states at the end',
  'findings', 'states over time'];

function tableHead() {
  const name = (c) => c || el('span', {class: 'unseen'}, 'connection');
  return el('thead', {}, el('tr', {}, columns.map((c) => el('th', {scope: 'col'}, name(c)))));
}

function tableRow(c, from, until) {
  const does = `Ladder of connection C${c.id}`;
  const button = el('button', {type: 'button', 'aria-expanded': 'false', 'aria-label': does}, 'C' + c.id);
  const cell = (name, ...content) => el('td', {'data-name': name}, ...content);
  const row = el('tr', {id: 'C' + c.id, class: worstOf(c)}, el('th', {scope: 'row'}, button),
    cell('', c.ends[0], ' → ', c.ends[1]), cell('start', clock(c.start)), cell('lasted', duration(c.lasted)),
    cell('bytes', bytes(c.bytes[0]) + ' / ' + bytes(c.bytes[1])),
    cell('course', c.opening + ', ' + c.closing + (c.by ? ' by ' + c.by : '')), cell('states', c.states.join(' / ')),
    cell('findings', c.findings.map(findingLink)),
    el('td', {class: 'bars'}, svg('svg', {viewBox: '0 0 200 12', width: 200, height: 12, 'aria-hidden': 'true',
      preserveAspectRatio: 'none'}, stateBars(c, from, until, 200, 12))));
  button.addEventListener('click', () => toggleRow(row, button, c));
  return row;
}

function findingLink(id, i) {
  const f = findingById.get(id);
  const text = f ? el('a', {href: '#F' + id, title: f.title}, 'F' + id + ' ' + f.code) : 'F' + id;
  return [i ? ', ' : '', text];
}

// toggleRow opens or closes the ladder below a row.
function toggleRow(row, button, c) {
  const open = button.getAttribute('aria-expanded') === 'true';
  button.setAttribute('aria-expanded', String(!open));
  if (open) {
    row.nextElementSibling.remove();
    return;
  }
  const figure = el('figure', {class: 'ladder'});
  row.after(el('tr', {class: 'opened'}, el('td', {colspan: columns.length}, facts(c), figure)));
  drawLadder(figure, ladderOf(c));
}

// facts says in a line what the table has no column for.
function facts(c) {
  const parts = [`segments ${count(c.segments[0])} / ${count(c.segments[1])}`];
  const again = c.retransmitted;
  if (again[0] + again[1]) parts.push(`retransmitted ${count(again[0])} / ${count(again[1])}`);
  if (c.stacks.some((s) => s && s !== 'unknown')) parts.push(`stacks ${c.stacks.join(' / ')}`);
  if (c.incarnation > 1) parts.push(`incarnation ${c.incarnation} of this four-tuple`);
  if (c.community) parts.push(`Community ID ${c.community}`);
  return el('p', {class: 'row-facts'}, parts.join(' · '));
}

// ladderOf gives what drawLadder needs of a connection.
function ladderOf(c) {
  const segments = segmentsOf(c);
  const moves = movesOf(c);
  const evidence = new Map();
  for (const s of segments) {
    const roles = (roleOf.get(s.frame) || []).filter((r) => c.findings.includes(r.finding.id));
    if (roles.length) evidence.set(s.frame, roles[0].role);
  }
  const all = c.segments[0] + c.segments[1];
  const only = data.segments[c.id] ? '' : segments.length ? `only the evidence: ${segments.length} of ${count(all)} segments` :
    `the page has no room for its ${count(all)} segments: these are the changes of states`;
  return {names: c.ends, segments, moves, certainties: certaintiesOf(c), bases: basesOf(c.isn, segments), rtt: c.rtt,
    vantage: c.vantage, evidence, skipped: data.skipped[c.id], only};
}

// showConnection opens a connection's row, wherever it is in the table.
function showConnection(id) {
  const c = connectionById.get(id);
  if (!c) return;
  let at = table.matching.indexOf(c);
  if (at < 0) {
    document.getElementById('filter').reset();
    applyFilter();
    at = table.matching.indexOf(c);
  }
  table.page = Math.floor(at / pageSize);
  showPage();
  const button = document.querySelector(`#C${id} button`);
  button.click();
  button.focus();
  button.scrollIntoView({block: 'start'});
}

function fillFilter() {
  const fill = (name, values) => control(name).append(...values.map((v) => el('option', {value: v}, v)));
  fill('code', [...new Set(data.findings.map((f) => f.code))].sort());
  fill('severity', [...severityOrder.filter((s) => data.findings.some((f) => f.severity === s)), 'none']);
  fill('state', [...new Set(connections.flatMap((c) => c.states))].sort());
  fill('closing', [...new Set(connections.map((c) => c.closing))].sort());
  const form = document.getElementById('filter');
  form.addEventListener('input', applyFilter);
  form.addEventListener('reset', () => setTimeout(applyFilter));
  form.addEventListener('submit', (e) => e.preventDefault());
  document.getElementById('previous').addEventListener('click', () => { table.page--; showPage(); });
  document.getElementById('next').addEventListener('click', () => { table.page++; showPage(); });
}
