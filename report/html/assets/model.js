// The data of the page as objects. Lists are in the order that data.go and connections.go write them in.

const data = JSON.parse(document.getElementById('data').textContent);
const captureStart = BigInt(data.start);
const captureEnd = Number(BigInt(data.end) - captureStart);
const word = (i) => data.words[i];

// since gives nanoseconds since the capture began. Only the difference fits into a number.
const since = (stamp) => Number(BigInt(stamp) - captureStart);

function readConnection(r) {
  return {
    id: r[0], ends: [endpoint(word(r[1]), r[2]), endpoint(word(r[3]), r[4])], start: since(r[5]), lasted: r[6],
    opening: word(r[7]), closing: word(r[8]), by: word(r[9]), states: [word(r[10]), word(r[11])], bytes: [r[12], r[13]],
    segments: [r[14], r[15]], retransmitted: [r[16], r[17]], rtt: r[18], vantage: word(r[19]), incarnation: r[20],
    findings: r[21], moves: r[22], isn: r[23], community: word(r[24]), firstFrame: r[25], stacks: [word(r[26]), word(r[27])],
  };
}

function endpoint(ip, port) {
  return (ip.includes(':') ? '[' + ip + ']' : ip) + ':' + port;
}

// movesOf gives a connection's changes of states in order.
function movesOf(c) {
  const course = word(c.moves[0]).split('|');
  const out = [];
  let at = c.start;
  for (let i = 1; i < c.moves.length; i += 2) {
    const [side, to, certainty, cause] = course.slice(2 * i - 2, 2 * i + 2);
    at += c.moves[i];
    const frame = c.moves[i + 1] && c.firstFrame + c.moves[i + 1] - 1;
    out.push({side: side === 'responder' ? 1 : 0, at, to, certainty, frame, cause});
  }
  return out;
}

function readSegment(s) {
  const icmp = s[18] && {type: s[18][0], code: s[18][1], from: word(s[18][2]), mtu: s[18][3]};
  return {
    frame: s[0], at: since(s[1]), from: s[2], flags: word(s[3]), seq: s[4], ack: s[5], len: s[6], win: s[7], tsval: s[8],
    tsecr: s[9], sender: word(s[10]), before: word(s[11]), after: word(s[12]), verdict: word(s[13]), reason: word(s[14]),
    response: word(s[15]), answeredBy: s[16], notes: s[17].map(word), icmp,
  };
}

const connections = data.connections.map(readConnection);
const connectionById = new Map(connections.map((c) => [c.id, c]));
const findingById = new Map(data.findings.map((f) => [f.id, f]));

const severityOrder = ['error', 'warning', 'notice', 'info'];

// worstOf gives a connection's worst finding's severity, '' for none that the page shows.
function worstOf(c) {
  const all = c.findings.map((id) => findingById.get(id)).filter(Boolean).map((f) => f.severity);
  return severityOrder.find((s) => all.includes(s)) || '';
}

// roleOf says which findings' evidence a frame is.
const roleOf = new Map();
for (const f of data.findings) {
  (f.evidence || []).forEach((s, i) => {
    if (!roleOf.has(s[0])) roleOf.set(s[0], []);
    roleOf.get(s[0]).push({finding: f, role: f.roles[i]});
  });
}

// segmentsOf gives what the page has of a connection's segments: all that the stream had of it, or the evidence of its findings.
function segmentsOf(c) {
  const stored = data.segments[c.id];
  if (stored) return stored.map(readSegment);
  const frames = new Map();
  for (const id of c.findings) {
    for (const s of (findingById.get(id) || {}).evidence || []) frames.set(s[0], s);
  }
  return [...frames.values()].map(readSegment).sort((a, b) => a.at - b.at || a.frame - b.frame);
}

// certaintiesOf says how sure each change of a connection's states is, by frame and side.
function certaintiesOf(c) {
  return new Map(movesOf(c).map((m) => [2 * m.frame + m.side, m.certainty]));
}
