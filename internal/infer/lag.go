package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// sample times one segment of a side until its acknowledgment passes: the way from the capture
// point to the other side and back, and however long that side thought about it. Until then it is
// the one segment on its way of which all is known.
type sample struct {
	time         int64
	frame        uint64
	seq, end     tcp.Seq
	ack          tcp.Seq
	window       uint32
	tsval, tsecr uint32
	ipid         uint16
	flags        tcp.Flags
	ttl          uint8
	options      tcp.OptionSet
	on           bool
}

// begin times a segment.
func (s *sample) begin(seg *tcp.Segment, window uint32) {
	*s = sample{time: seg.Time, frame: seg.Frame, seq: seg.Seq, end: seg.EndSeq(), ack: seg.Ack,
		window: window, tsval: seg.TSval,
		tsecr: seg.TSecr, ipid: seg.IPID, flags: seg.Flags, ttl: seg.TTL, options: seg.Options, on: true}
}

// startSample times a segment of new data, if none is being timed. A retransmission spoils the one
// that is (Karn's rule, RFC 6298 section 3).
func (p *Pair) startSample(from tcp.Side, seg *tcp.Segment, place reassembly.Placement) {
	s := &p.samples[from]
	switch {
	case place.Again > 0 || place.Filled > 0:
		s.on = false
	case place.New > 0 && !s.on:
		s.begin(seg, p.ends[from].Offered)
	}
}

// endSample takes the measured way to an acknowledging side, if it is the shortest so far.
func (p *Pair) endSample(acker tcp.Side, seg *tcp.Segment) {
	s := &p.samples[acker.Peer()]
	if !s.on || seg.Ack.Before(s.end) {
		return
	}
	s.on = false
	p.shorten(acker, seg.Time-s.time)
}

// shorten takes the way to a side and back, in which it has answered something, if it is the
// shortest so far.
func (p *Pair) shorten(to tcp.Side, way int64) {
	if way >= 0 && (p.way[to] == 0 || way < p.way[to]) {
		p.way[to], p.lag[to] = way, min(p.lag[to], way)
	}
}

// timed gives the step of the segment of a side that is being timed, kept for rules from now on.
func (p *Pair) timed(from tcp.Side) *fsm.Step {
	s := &p.samples[from]
	if st := p.known(s.frame); st != nil {
		return p.story.keep(st)
	}
	state, peer := p.ends[from].State, p.ends[from.Peer()].State
	return p.story.keep(&fsm.Step{Time: s.time, Frame: s.frame, Seq: s.seq, Ack: s.ack,
		Len: uint32(s.end - s.seq), Window: s.window, TSval: s.tsval,
		TSecr: s.tsecr, Flags: s.flags, Options: s.options, From: from, SenderBefore: state, SenderAfter: state, ReceiverBefore: peer,
		ReceiverAfter: peer, Verdict: tcp.Accept, Response: tcp.RespondAck, TTL: s.ttl, IPID: s.ipid})
}
