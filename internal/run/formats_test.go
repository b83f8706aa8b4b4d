package run

import (
	"io"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// segmentsSource gives segments as they are.
type segmentsSource struct {
	segments []tcp.Segment
	at       int
}

func (s *segmentsSource) Next(b *capture.Batch) error {
	b.Segments = b.Segments[:0]
	if s.at == len(s.segments) {
		return io.EOF
	}
	n := min(100, len(s.segments)-s.at)
	b.Segments = append(b.Segments, s.segments[s.at:s.at+n]...)
	s.at += n
	return nil
}

func (s *segmentsSource) Stats() capture.Stats {
	n := uint64(len(s.segments))
	return capture.Stats{Files: []capture.FileStats{{Name: "generated", Format: "pcap", Packets: n}}, Packets: n, Segments: n}
}

func (s *segmentsSource) Close() error { return nil }

// talk is one connection that is ordinary on the whole and odd in its details: what lives have of
// options, lengths, pauses, hop limits, windows and ways to close.
type talk struct {
	random   *rand.Rand
	out      []tcp.Segment
	now      int64
	ends     [2]talker
	ts, sack bool
	rtt      int64
}

// talker is one of the two hosts.
type talker struct {
	addr    tcp.Addr
	port    uint16
	nxt     tcp.Seq
	window  uint16
	shift   uint8
	scales  bool
	ttl     uint8
	id      uint16
	idStep  uint16
	clock   uint32
	mss     uint16
	echo    uint32
	partial bool // its card fills checksums in
}

// chance reports true in one of n cases.
func (t *talk) chance(n int) bool { return t.random.IntN(n) == 0 }

// newTalk begins a connection of client number n with a server.
func newTalk(random *rand.Rand, n int, now int64) *talk {
	t := &talk{random: random, now: now, ts: random.IntN(2) == 0, sack: random.IntN(2) == 0,
		rtt: []int64{20e3, 300e3, 5e6, 80e6, 400e6}[random.IntN(5)]}
	for i := range t.ends {
		e := &t.ends[i]
		*e = talker{addr: tcp.Addr{10: 0xff, 11: 0xff, 12: 10, 14: byte(i), 15: byte(1 + n%7)}, nxt: tcp.Seq(random.Uint32()),
			window: uint16(1000 + random.IntN(64000)), shift: uint8(random.IntN(9)), scales: random.IntN(3) > 0,
			ttl: []uint8{64, 63, 128, 117, 255, 50}[random.IntN(6)], id: uint16(random.Uint32()), idStep: uint16(random.IntN(3)),
			clock: random.Uint32(), mss: []uint16{1460, 1380, 536, 8960, 0}[random.IntN(5)], partial: random.IntN(9) == 0}
	}
	t.ends[0].port, t.ends[1].port = uint16(20000+random.IntN(40000)), []uint16{80, 443, 8080, 22, 50000}[random.IntN(5)]
	return t
}

// pass lets time pass.
func (t *talk) pass(ns int64) {
	t.now += ns
	for i := range t.ends {
		t.ends[i].clock += uint32(ns / 1e6)
	}
}

// say sends a segment from one side.
func (t *talk) say(from int, flags tcp.Flags, length int) {
	s, peer := &t.ends[from], &t.ends[1-from]
	seg := tcp.Segment{Time: t.now, Frame: 1, Src: s.addr, Dst: peer.addr, SrcPort: s.port, DstPort: peer.port, Seq: s.nxt,
		Flags: flags, Window: s.window, Len: uint32(length), TTL: s.ttl, IPID: s.id, Checksum: tcp.ChecksumGood,
		PayloadSum: uint16(length * 7)}
	if s.partial {
		seg.Checksum = tcp.ChecksumPartial
	}
	if flags.Has(tcp.ACK) {
		seg.Ack = peer.nxt
	}
	if flags.Has(tcp.SYN) {
		t.synOptions(&seg, s)
	}
	if t.ts {
		seg.Options |= tcp.OptTimestamps
		seg.TSval = s.clock
		if flags.Has(tcp.ACK) {
			seg.TSecr = peer.echo
		}
		s.echo = s.clock
	}
	s.id += s.idStep
	s.nxt = seg.EndSeq()
	t.out = append(t.out, seg)
}

func (t *talk) synOptions(seg *tcp.Segment, s *talker) {
	if seg.MSS = s.mss; s.mss != 0 {
		seg.Options |= tcp.OptMSS
	}
	if t.sack {
		seg.Options |= tcp.OptSACKPerm
	}
	if s.scales {
		seg.Options |= tcp.OptWScale
		seg.WScale = s.shift
	}
}

// again repeats the last segment after a silence, in a new packet.
func (t *talk) again(silence int64) {
	seg := t.out[len(t.out)-1]
	t.pass(silence)
	for i := range t.ends {
		if s := &t.ends[i]; s.addr == seg.Src {
			seg.IPID = s.id
			s.id += s.idStep
			if t.ts {
				seg.TSval, s.echo = s.clock, s.clock
			}
		}
	}
	seg.Time = t.now
	t.out = append(t.out, seg)
}

// whole plays a connection from its SYN to its last ACK.
func (t *talk) whole() {
	t.say(0, tcp.SYN, 0)
	t.pass(t.rtt)
	t.say(1, tcp.SYN|tcp.ACK, 0)
	t.pass(t.rtt / 8)
	t.say(0, tcp.ACK, 0)
	for range t.random.IntN(5) {
		t.exchange()
	}
	t.close()
}

// exchange is a request and its response, with what life does to it now and then.
func (t *talk) exchange() {
	from := t.random.IntN(2)
	for range 1 + t.random.IntN(4) {
		t.pass([]int64{50e3, 3e6, 900e6, 9e9, 15e9, 70e9}[min(t.random.IntN(6), t.random.IntN(6))])
		t.say(from, tcp.ACK|tcp.PSH, 1+t.random.IntN(1448))
		if t.chance(12) {
			t.again([]int64{1e3, 30e6, 210e6, 1200e6}[t.random.IntN(4)])
		}
		if t.chance(15) {
			t.ends[from].ttl-- // another way
		}
		if t.chance(15) {
			t.ends[from].window /= 2 // room that is not read
		}
	}
	t.pass(t.rtt)
	t.say(1-from, tcp.ACK, 0)
	if t.chance(10) {
		t.say(1-from, tcp.ACK, 0)
	}
}

// close is one of the ways to close, most of them ordinary.
func (t *talk) close() {
	from := t.random.IntN(2)
	t.pass(1e6)
	switch t.random.IntN(8) {
	case 0:
		t.say(from, tcp.RST|tcp.ACK, 0)
		return
	case 1:
		return
	case 2:
		t.say(from, tcp.FIN|tcp.ACK|tcp.PSH, 30)
	default:
		t.say(from, tcp.FIN|tcp.ACK, 0)
	}
	t.pass(t.rtt)
	if t.chance(2) {
		t.say(1-from, tcp.ACK, 0)
		t.pass([]int64{10e3, 5e6, 2e9, 80e9}[t.random.IntN(4)])
	}
	t.say(1-from, tcp.FIN|tcp.ACK, 0)
	t.pass(t.rtt / 4)
	t.say(from, tcp.ACK, 0)
}

// odd generates a capture of so many odd but ordinary connections, one after the other with some
// reuse of four-tuples.
func odd(seed uint64, connections int) []tcp.Segment {
	random := rand.New(rand.NewPCG(seed, 5))
	var all []tcp.Segment
	now := int64(1_700_000_000e9)
	var last *talk
	for n := range connections {
		t := newTalk(random, n, now)
		if last != nil && t.chance(6) { // the port comes back, with numbers that go on or not
			for i := range t.ends {
				t.ends[i].addr, t.ends[i].port = last.ends[i].addr, last.ends[i].port
				t.ends[i].clock = last.ends[i].clock + 1000
			}
		}
		t.whole()
		all = append(all, t.out...)
		now, last = t.now+int64(t.random.IntN(3))*int64(30*time.Second)+1e6, t
	}
	for i := range all {
		all[i].Frame = uint64(i) + 1
	}
	return all
}

// findingsOnly is a sink that wants some kinds of records, and keeps the findings.
type findingsOnly struct {
	wants    report.Kinds
	findings []report.Finding
	// what they amount to
	incidents []report.Incident
}

func (f *findingsOnly) Wants() report.Kinds                   { return f.wants }
func (f *findingsOnly) Segment(*report.Segment) error         { return nil }
func (f *findingsOnly) Connection(r *report.Connection) error { return nil }
func (f *findingsOnly) Summary(*report.Summary) error         { return nil }
func (f *findingsOnly) Incident(r *report.Incident) error {
	f.incidents = append(f.incidents, *r.Clone())
	return nil
}
func (f *findingsOnly) Finding(r *report.Finding) error {
	f.findings = append(f.findings, *r.Clone())
	return nil
}

// TestFormatsFindTheSame: what a format asks for decides how much is kept of a connection, and
// never what is found, nor what --fail-on exits with. Text asks for no records beside the findings,
// NDJSON for connections, HTML and NDJSON with --segments for all segments.
func TestFormatsFindTheSame(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		segments := odd(seed, 60)
		var first *findingsOnly
		var worst Result
		for _, wants := range []report.Kinds{0, report.Connections, report.Segments, report.Segments | report.Connections} {
			sink := &findingsOnly{wants: wants}
			result := runOver(t, &segmentsSource{segments: segments}, sink, Selection{})
			if first == nil {
				first, worst = sink, result
				continue
			}
			if result.Worst != worst.Worst || result.Any != worst.Any {
				t.Errorf("seed %d: with records %b the worst is %v (%v), without %v (%v)", seed, wants, result.Worst, result.Any, worst.Worst, worst.Any)
			}
			if i := firstDifferent(first.findings, sink.findings); i >= 0 {
				t.Errorf("seed %d: with records %b finding %d is %+v, without %+v", seed, wants, i+1, at(sink.findings, i), at(first.findings, i))
			}
			if !reflect.DeepEqual(first.incidents, sink.incidents) {
				t.Errorf("seed %d: with records %b the incidents are %+v, without %+v", seed, wants, sink.incidents, first.incidents)
			}
		}
	}
}

func at(f []report.Finding, i int) any {
	if i < len(f) {
		return f[i]
	}
	return "none"
}

// firstDifferent gives the first finding in which two runs differ, −1 if none.
func firstDifferent(a, b []report.Finding) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !reflect.DeepEqual(a[i], b[i]) {
			return i
		}
	}
	return -1
}
