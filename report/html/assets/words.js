// Numbers as people read them.

function duration(ns) {
  const abs = Math.abs(ns);
  if (abs < 1e6) return Number((ns / 1e6).toPrecision(3)) + ' ms';
  if (abs < 1e9) return Math.round(ns / 1e5) / 10 + ' ms';
  if (abs < 120e9) return Number((ns / 1e9).toPrecision(4)) + ' s';
  if (abs < 7200e9) return Math.floor(ns / 60e9) + ' min ' + Math.floor(ns / 1e9) % 60 + ' s';
  return Math.floor(ns / 3600e9) + ' h ' + Math.floor(ns / 60e9) % 60 + ' min';
}

const count = (n) => n.toLocaleString('en-US');

function bytes(n) {
  if (n < 1000) return n + ' B';
  const unit = Math.min(5, Math.floor(Math.log10(n) / 3));
  return (n / 1000 ** unit).toFixed(1) + ' ' + 'kMGTP'[unit - 1] + 'B';
}

// clock gives the time of day of a moment of the capture, in UTC.
function clock(ns) {
  const at = captureStart + BigInt(Math.round(ns));
  const seconds = new Date(Number(at / 1000000000n) * 1000).toISOString().slice(11, 19);
  return seconds + '.' + String(at % 1000000000n).padStart(9, '0').slice(0, 6);
}

const flagNames = {F: 'FIN', S: 'SYN', R: 'RST', P: 'PSH', A: 'ACK', U: 'URG', E: 'ECE', C: 'CWR', W: 'CWR'};

// flagsOf names a segment's flags: SYN,ACK.
function flagsOf(s) {
  if (s.icmp) return 'ICMP';
  return [...s.flags].map((f) => flagNames[f] || f).join(',') || 'no flags';
}

const isFlagged = (s, letter) => s.flags.includes(letter);

// serial gives a - b of two sequence numbers as TCP compares them.
const serial = (a, b) => (a - b) | 0;

// label is what stands on a segment's arrow.
function label(s, bases, absolute, short) {
  if (s.icmp) return 'ICMP type ' + s.icmp.type + ' code ' + s.icmp.code;
  const number = (n, base) => (absolute ? n : serial(n, base));
  let out = (short ? s.flags : flagsOf(s)) + ' ' + (short ? '' : 'seq ') + number(s.seq, bases[s.from]);
  if (isFlagged(s, 'A')) out += ' ack ' + number(s.ack, bases[1 - s.from]);
  if (s.len) out += (short ? ' +' : ' len ') + s.len;
  if (s.win === 0 && !/[RS]/.test(s.flags)) out += ' win 0';
  return out;
}

// basesOf gives what each side's sequence numbers are shown relative to: the initial ones, or the first that are seen.
function basesOf(isn, segments) {
  const bases = [...isn];
  for (const s of segments) {
    if (s.icmp) continue;
    bases[s.from] ??= s.seq;
    if (isFlagged(s, 'A')) bases[1 - s.from] ??= s.ack;
  }
  return bases.map((b) => b ?? 0);
}

// outcome says what the receiver did, '' for a plain accept.
function outcome(s) {
  if (s.icmp) return 'from ' + s.icmp.from;
  if (s.verdict === 'accept' && !s.reason) return '';
  return s.reason && s.verdict !== 'reset' ? s.verdict + ' (' + s.reason + ')' : s.verdict;
}
