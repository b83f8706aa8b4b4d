package track

import (
	"cmp"
	"slices"
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// allowed holds the pairs of verdict and reason that the output contract has, and no others.
var allowed = map[tcp.Verdict][]tcp.Reason{
	tcp.Accept:    {tcp.NoReason},
	tcp.Queue:     {tcp.OutOfOrder},
	tcp.Duplicate: {tcp.OldData, tcp.OldAck},
	tcp.Discard: {tcp.OutOfWindow, tcp.PAWS, tcp.TimestampEcho, tcp.RstNotExact, tcp.SynInWindow, tcp.AckUnacceptable, tcp.BadFlags,
		tcp.BadChecksum, tcp.NoConnection, tcp.ListenOverflow, tcp.AfterClose, tcp.InTimeWait},
	tcp.Reset:          {tcp.ValidRst},
	tcp.VerdictUnknown: {tcp.MidStream, tcp.NotCaptured},
}

// inspector holds everything that a tracker reports to what must be true of any input.
type inspector struct {
	t         *testing.T
	max       int
	tracker   *Tracker
	lastFrame uint64
	frames    map[uint64]bool // that were settled
	lives     keeper
	segments  uint64 // that the lives account for
}

func (in *inspector) Segment(life uint64, s *fsm.Step) {
	if s.Frame <= in.lastFrame {
		in.t.Errorf("frame %d is handed over after frame %d", s.Frame, in.lastFrame)
	}
	in.lastFrame = s.Frame
	in.frames[s.Frame] = true
	if life == 0 {
		in.t.Errorf("frame %d belongs to no life", s.Frame)
	}
	in.step(s)
}

func (in *inspector) step(s *fsm.Step) {
	for _, st := range []tcp.State{s.SenderBefore, s.SenderAfter, s.ReceiverBefore, s.ReceiverAfter} {
		if int(st) >= tcp.NumStates {
			in.t.Errorf("frame %d: state %d does not exist", s.Frame, st)
		}
	}
	if s.From > tcp.Responder {
		in.t.Errorf("frame %d comes from side %d", s.Frame, s.From)
	}
	if !slices.Contains(allowed[s.Verdict], s.Reason) {
		in.t.Errorf("frame %d: verdict %q with reason %q is not in the contract", s.Frame, s.Verdict, s.Reason)
	}
	if s.Response > tcp.RespondRst {
		in.t.Errorf("frame %d: response %d does not exist", s.Frame, s.Response)
	}
	// RFC 9293 section 3.10.7.1: a RST is never answered with a RST.
	if s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) && s.Response == tcp.RespondRst {
		in.t.Errorf("frame %d: a RST is answered with RST", s.Frame)
	}
	if s.AnsweredBy != 0 && s.AnsweredBy == s.Frame || s.Answers != 0 && s.Answers == s.Frame {
		in.t.Errorf("frame %d answers itself", s.Frame)
	}
}

func (in *inspector) Ended(l *fsm.Life) {
	in.lives.Ended(l)
	in.segments += l.Sides[0].Segments + l.Sides[1].Segments + l.Copies
	for side := range tcp.NoSide {
		in.chain(l, side)
	}
	for i := range l.Steps {
		s := &l.Steps[i]
		in.step(s)
		if i > 0 && s.Time < l.Steps[i-1].Time {
			in.t.Errorf("life %d: step of frame %d at %d after %d", l.ID, s.Frame, s.Time, l.Steps[i-1].Time)
		}
	}
	if l.Now < l.First.Time {
		in.t.Errorf("life %d is reported at %d, before it began at %d", l.ID, l.Now, l.First.Time)
	}
	if l.Incarnation == 0 {
		in.t.Errorf("life %d has no incarnation number", l.ID)
	}
}

// follows reports whether a side that was last seen to enter one state can be in the other without
// a transition of its own: it is the same one, or the socket is closed and its listener takes what
// comes.
func follows(last, now tcp.State) bool { return last == now || last == tcp.Closed && now == tcp.Listen }

// chain checks that each standing transition of a side begins where the one before ended, and that
// the last one leads to the state that is reported.
func (in *inspector) chain(l *fsm.Life, side tcp.Side) {
	var last *fsm.Transition
	for tr := range l.States(side) {
		if last != nil && !follows(last.To, tr.From) {
			in.t.Errorf("life %d, %s: %s>%s (frame %d, %s) follows %s>%s (frame %d, %s)", l.ID, side, tr.From, tr.To, tr.Frame,
				tr.Cause, last.From, last.To, last.Frame, last.Cause)
		}
		if tr.From == tr.To {
			in.t.Errorf("life %d, %s: %s>%s is no transition", l.ID, side, tr.From, tr.To)
		}
		if tr.Certainty > tcp.Observed || tr.Cause.String() == "?" {
			in.t.Errorf("life %d, %s: certainty %d, cause %d", l.ID, side, tr.Certainty, tr.Cause)
		}
		last = tr
	}
	if last != nil && !follows(last.To, l.Sides[side].State) {
		in.t.Errorf("life %d, %s: reported in %s, its last transition (frame %d, %s) is to %s", l.ID, side, l.Sides[side].State,
			last.Frame, last.Cause, last.To)
	}
}

// The fuzzer's segments are records of recordLen bytes, so that a mutation changes one field of one
// segment.
const recordLen = 12

// fuzzMax is small, so that eviction is met.
const fuzzMax = 3

// segmentOf makes a segment of a record. Sequence numbers, timestamps and windows are small steps
// around few bases, at the wrap and at half the space among them: random ones would never meet a
// window.
func segmentOf(r []byte, frame uint64, now int64) tcp.Segment {
	bases := [...]uint32{1000, 0xffff_fff0, 0x7fff_fff8, 1 << 20}
	number := func(b byte) uint32 { return bases[b>>6] + uint32(int8(b<<2)>>2) }
	seg := tcp.Segment{Time: now, Frame: frame, SrcPort: 40000, DstPort: 80, TTL: 64, IPID: uint16(frame),
		Flags: tcp.Flags(r[2]) & (tcp.FIN | tcp.SYN | tcp.RST | tcp.PSH | tcp.ACK | tcp.URG), Seq: tcp.Seq(number(r[3]))}
	seg.Src[15], seg.Dst[15] = 1, 2
	seg.SrcPort += uint16(r[0] & 3)
	if r[0]&4 != 0 {
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort
	}
	if seg.Flags.Has(tcp.ACK) {
		seg.Ack = tcp.Seq(number(r[4]))
	}
	seg.Len = [...]uint32{0, 0, 0, 1, 2, 10, 1460, 1 << 16}[r[5]&7]
	seg.Window = [...]uint16{0, 1, 10, 512, 1460, 0x7fff, 0xffff, 0xffff}[r[5]>>3&7]
	seg.Checksum = [...]tcp.Checksum{tcp.ChecksumGood, tcp.ChecksumUnverified, tcp.ChecksumBad, tcp.ChecksumPartial}[r[5]>>6]
	seg.Options = tcp.OptionSet(r[6])
	if seg.Has(tcp.OptTimestamps) {
		seg.TSval, seg.TSecr = number(r[7]), number(r[8])
	}
	if seg.Has(tcp.OptWScale) {
		seg.WScale = r[9] & 0x1f
	}
	if seg.Has(tcp.OptSACK) {
		seg.SACKCount = r[9] % (tcp.MaxSACK + 1)
		for i := range seg.SACKCount {
			left := tcp.Seq(number(r[10])) + tcp.Seq(i)*20
			seg.SACK[i] = tcp.SACKBlock{Left: left, Right: left + tcp.Seq(r[11])}
		}
	}
	if r[0]&8 != 0 { // recorded again: same IP ID
		seg.IPID = 7
	}
	seg.IPv6 = r[0]&16 != 0
	if seg.IPv6 {
		seg.IPID = 0
	}
	if r[0]&0xe0 == 0xe0 {
		seg.Kind, seg.ICMPType, seg.ICMPCode = tcp.KindICMP, r[10]&15, r[11]&7
	}
	return seg
}

// steps in time, in nanoseconds: backwards ones too, and ones that pass the round trip, the
// retransmission timeout, 2MSL and the 24 days of RFC 7323.
var timeSteps = [...]int64{0, 1e3, 1e5, 1e6, 5e6, 5e7, 2.5e8, 1.1e9, 6e9, 6.1e10, 2.5e11, 2.2e15, -1e5, -5e7, -1e9, -7e10}

func runRecords(t *testing.T, data []byte, keepAll bool) *inspector {
	if len(data) == 0 {
		return nil
	}
	in := &inspector{t: t, max: fuzzMax, frames: make(map[uint64]bool)}
	hosts := fsm.Hosts{Default: fsm.LinuxDefaults()}
	hosts.Default.RFC1337 = data[0]&2 != 0
	in.tracker = New(Config{Stacks: fsm.Stacks{All: fsm.Linux + fsm.Stack(data[0]&1)}, Hosts: hosts, MaxConnections: fuzzMax, KeepAll: keepAll}, in)
	now, frame := int64(1_700_000_000e9), uint64(0)
	for data = data[1:]; len(data) >= recordLen; data = data[recordLen:] {
		now = max(1, now+timeSteps[data[1]&15])
		frame++
		seg := segmentOf(data, frame, now)
		in.tracker.Observe(&seg)
		if n := in.tracker.conns.count(); n > fuzzMax {
			t.Fatalf("%d live connections, at most %d are allowed", n, fuzzMax)
		}
	}
	in.tracker.Finish()
	if n := in.tracker.conns.count(); n != 0 {
		t.Errorf("%d connections are left after Finish", n)
	}
	return in
}

// FuzzTracker replays any sequence of segments under both rule sets, with and without all segments
// kept: no panic, and everything reported is in the contract.
func FuzzTracker(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1+200*recordLen {
			data = data[:1+200*recordLen]
		}
		runBothWays(t, data)
	})
}

// runBothWays holds that what is said of connections does not depend on whether all segments are
// kept.
func runBothWays(t *testing.T, data []byte) {
	t.Helper()
	all, few := runRecords(t, data, true), runRecords(t, data, false)
	if all == nil {
		return
	}
	want, got := few.lives.lives, all.lives.lives
	if len(want) != len(got) {
		t.Errorf("%d lives with all segments kept, %d without", len(got), len(want))
		return
	}
	slices.SortFunc(want, byID)
	slices.SortFunc(got, byID)
	for i := range want {
		if d := difference(*got[i], *want[i]); d != "" {
			t.Errorf("with all segments kept, life %d is another: %s", want[i].ID, d)
		}
	}
}

func byID(a, b *fsm.Life) int { return cmp.Compare(a.ID, b.ID) }

// record is one readable seed segment.
type record struct {
	from      byte // 0 client, 4 server; low bits pick the client port
	step      byte // index into timeSteps
	flags     tcp.Flags
	seq, ack  byte
	len, win  byte // indices
	options   tcp.OptionSet
	val, echo byte
}

func encode(setup byte, rs ...record) []byte {
	out := []byte{setup}
	for _, r := range rs {
		b := [recordLen]byte{r.from, r.step, byte(r.flags), r.seq, r.ack, r.len | r.win<<3, byte(r.options), r.val, r.echo}
		out = append(out, b[:]...)
	}
	return out
}

// seeds are the openings and closings that mutations start from.
func seeds() [][]byte {
	const ts = tcp.OptTimestamps
	open := []record{
		{0, 3, tcp.SYN, 0, 0, 0, 5, ts, 1, 0},
		{4, 3, tcp.SYN | tcp.ACK, 64, 1, 0, 5, ts, 1, 1},
		{0, 3, tcp.ACK, 1, 65, 0, 5, ts, 2, 1},
	}
	then := func(more ...record) []byte { return encode(0, append(slices.Clone(open), more...)...) }
	closing := []record{
		{0, 5, tcp.FIN | tcp.ACK, 1, 65, 0, 5, ts, 3, 1},
		{4, 3, tcp.ACK, 65, 2, 0, 5, ts, 3, 3},
		{4, 5, tcp.FIN | tcp.ACK, 65, 2, 0, 5, ts, 4, 3},
		{0, 3, tcp.ACK, 2, 66, 0, 5, ts, 4, 4},
	}
	out := [][]byte{
		then(closing...),
		then(append(slices.Clone(closing), record{4, 8, tcp.SYN, 70, 0, 0, 5, ts, 9, 0}, record{0, 8, tcp.SYN, 9, 0, 0, 5, ts, 9, 0},
			record{4, 3, tcp.SYN | tcp.ACK, 128, 10, 0, 5, ts, 9, 9})...),
		then(record{0, 3, tcp.ACK | tcp.PSH, 1, 65, 5, 5, ts, 3, 1}, record{4, 3, tcp.ACK, 65, 11, 0, 5, ts, 3, 3},
			record{4, 3, tcp.RST, 65, 0, 0, 0, 0, 0, 0}),
		then(record{0, 3, tcp.FIN | tcp.ACK, 1, 65, 0, 5, ts, 3, 1}, record{4, 1, tcp.FIN | tcp.ACK, 65, 1, 0, 5, ts, 3, 1},
			record{0, 3, tcp.ACK, 2, 66, 0, 5, ts, 4, 3}, record{4, 3, tcp.ACK, 66, 2, 0, 5, ts, 4, 3}),
		encode(1, record{0, 3, tcp.SYN, 0, 0, 0, 5, 0, 0, 0}, record{4, 3, tcp.SYN, 64, 0, 0, 5, 0, 0, 0},
			record{0, 3, tcp.SYN | tcp.ACK, 0, 65, 0, 5, 0, 0, 0}, record{4, 3, tcp.SYN | tcp.ACK, 64, 1, 0, 5, 0, 0, 0}),
		encode(0, record{0, 3, tcp.SYN, 0, 0, 0, 5, 0, 0, 0}, record{4, 3, tcp.RST | tcp.ACK, 0, 1, 0, 0, 0, 0, 0}),
		encode(2, record{0, 3, tcp.ACK, 130, 65, 5, 5, 0, 0, 0}, record{4, 3, tcp.ACK, 65, 140, 0, 5, 0, 0, 0}),
	}
	for _, port := range []byte{0, 1, 2, 3} {
		out = append(out, encode(0, record{port, 9, tcp.SYN, 0, 0, 0, 5, 0, 0, 0}, record{0xe0 | port, 3, tcp.SYN, 0, 0, 0, 0, 0, 0, 0}))
	}
	return out
}
