package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// The quick way: most segments of a long connection are the next data in order, or the
// acknowledgment of it, between two sides that are both ESTABLISHED and of which nothing is in
// doubt. For those everything that Observe asks about has a known answer. takeQuick does what the
// general way comes to then, and nothing else; a test holds the two equal.

// steadiness is whether both sides are in the state that the quick way is for. Only the general way
// changes it.
type steadiness uint8

const (
	steadyUnknown steadiness = iota
	steady
	unsteady
)

// isQuick reports whether a segment is such a one.
func (p *Pair) isQuick(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	if p.steadiness == steadyUnknown {
		p.steadiness = unsteady
		if p.isSteady() {
			p.steadiness = steady
		}
	}
	if p.steadiness == unsteady || env.Thorough {
		return false
	}
	if seg.Flags&^tcp.PSH != tcp.ACK || seg.SACKCount > 0 || seg.Checksum == tcp.ChecksumBad ||
		seg.Window == 0 ||
		seg.Cut&^tcp.CutPayload != 0 || seg.Time < p.latest {
		return false
	}
	return len(p.expect[from].list) == 0 && p.numbersQuick(seg, from) && p.stampsQuick(seg, from)
}

// isSteady: both sides are ESTABLISHED, with all their numbers known, and nothing is outside the
// order of things or under way.
func (p *Pair) isSteady() bool {
	if p.hasExtras || !p.openDone || len(p.queue) > 0 {
		return false
	}
	for i := range p.ends {
		e, flow := &p.ends[i], &p.flow[i]
		if e.State != tcp.Established || !e.SndKnown || !e.RcvKnown || !e.EdgeKnown ||
			!e.ShiftKnown || e.FINSent || e.FINKnown || e.FINRcvd ||
			e.Former || len(e.OutOfOrder) > 0 || !flow.Known || len(flow.Holes) > 0 {
			return false
		}
	}
	return true
}

// numbersQuick: the segment is the next one in order, fits the window, and acknowledges nothing
// that its sender does not have, and no less than before.
func (p *Pair) numbersQuick(seg *tcp.Segment, from tcp.Side) bool {
	s, r := &p.ends[from], &p.ends[from.Peer()]
	flow, back := &p.flow[from], &p.flow[from.Peer()]
	end := seg.EndSeq()
	if seg.Seq != s.SndNxt || seg.Seq != flow.Nxt || seg.Seq != r.RcvNxt || end.After(r.Edge) ||
		!r.Edge.After(r.RcvNxt) || r.RcvNxt.Before(r.RcvWup) {
		return false
	}
	return !seg.Ack.Before(s.RcvWup) && !seg.Ack.After(s.RcvNxt) && !seg.Ack.Before(back.Una) &&
		!seg.Ack.After(back.Nxt) &&
		!seg.Ack.Before(r.SndUna) && !seg.Ack.After(r.SndNxt)
}

// stampsQuick: timestamps as agreed, that neither go back nor echo what was not sent (RFC 7323
// section 4).
func (p *Pair) stampsQuick(seg *tcp.Segment, from tcp.Side) bool {
	s, r := &p.ends[from], &p.ends[from.Peer()]
	if !p.facts[from].TSOK {
		return !seg.Has(tcp.OptTimestamps) && !s.TSSent && !r.TSKnown
	}
	return seg.Has(tcp.OptTimestamps) && s.TSSent && r.TSSent && s.TSKnown && r.TSKnown &&
		!tcp.TSBefore(seg.TSval, s.LastTSval) &&
		!tcp.TSBefore(seg.TSval, r.TSRecent) && !tcp.TSBefore(r.LastTSval, seg.TSecr)
}

// takeQuick takes in a segment that isQuick.
func (p *Pair) takeQuick(env *Env, seg *tcp.Segment, from tcp.Side) {
	to := from.Peer()
	s, r := &p.ends[from], &p.ends[to]
	m := fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	step := &p.story.last[from]
	*step = fsm.Step{Time: seg.Time, Frame: seg.Frame, Seq: seg.Seq, Ack: seg.Ack, Len: seg.Len,
		TSval: seg.TSval, TSecr: seg.TSecr,
		Flags: seg.Flags, Options: seg.Options, From: from, TTL: seg.TTL, IPID: seg.IPID, Content: seg.Says(),
		SenderBefore: tcp.Established,
		SenderAfter:  tcp.Established, ReceiverBefore: tcp.Established, ReceiverAfter: tcp.Established, Verdict: tcp.Accept}
	s.Offered = s.Scaled(seg)
	step.Window = s.Offered
	p.quickSettle(seg, from)
	if env.Ring != nil {
		p.tieAcked(env, from, seg)
	}
	acked := p.quickAcked(seg, from, m)
	p.quickCount(seg, from, step, m)
	p.keepTime(seg)
	step.Wanted = r.Wanted()
	p.quickArrive(seg, s, r)
	switch {
	case seg.Len > 0:
		step.Response = tcp.RespondAck
	case !acked:
		step.Notes |= fsm.DuplicateAck
	}
	if env.Ring != nil {
		if seg.Len > 0 && !step.Notes.Has(fsm.Exhibit) {
			p.unacked[from].add(seg)
		}
		env.Ring.take(p.id, step)
	}
	if step.Notes.Has(fsm.Exhibit) {
		p.expects(env, seg, step)
		p.story.add(step)
		p.dirty = true
	}
}

// quickSettle is what settle and send come to for the sender's own numbers.
func (p *Pair) quickSettle(seg *tcp.Segment, from tcp.Side) {
	s := &p.ends[from]
	s.RcvWup = seg.Ack
	if edge := seg.Ack + tcp.Seq(s.Offered); edge.After(s.Edge) {
		s.Edge = edge
	}
	p.confirm(from, fsm.ReceivedSYN, fsm.ReceivedSYNACK)
	if seg.Len > 0 {
		p.confirm(from, fsm.ReceivedACK, fsm.ReceivedSYNACK) // provesState
	}
	s.SndNxt = seg.EndSeq()
	if !seg.Has(tcp.OptTimestamps) {
		return
	}
	p.settleEcho(from, seg)
	if tcp.TSBefore(s.LastTSval, seg.TSval) {
		s.LastTSval, s.LastTSvalAt = seg.TSval, seg.Time
	}
}

// quickAcked is what place comes to for the acknowledgment, and reports whether that says something
// new.
func (p *Pair) quickAcked(seg *tcp.Segment, from tcp.Side, m fsm.Mark) bool {
	back := &p.flow[from.Peer()]
	acked := seg.Ack.After(back.Una)
	if acked {
		back.Una = seg.Ack
	}
	p.endSample(from, seg)
	if acked {
		p.facts[from.Peer()].LastProgress = m
	}
	return acked
}

// quickCount is what place and count come to for new data and for the sender's facts.
func (p *Pair) quickCount(seg *tcp.Segment, from tcp.Side, step *fsm.Step, m fsm.Mark) {
	f, peer, flow := &p.facts[from], &p.facts[from.Peer()], &p.flow[from]
	f.Segments++
	f.Last = m
	countIntegrity(f, seg, step, m)
	if seg.Len == 0 {
		return
	}
	flow.Nxt = seg.EndSeq()
	p.data[from].differs(seg)
	f.DataSegments++
	f.Bytes += uint64(seg.Len)
	if flow.Una == seg.Seq && peer.LastData.Time <= f.LastData.Time && p.paused(f, seg.Time) {
		f.LastUnasked = m
	}
	p.endSilence(from, m)
	f.LastData = m
	if !f.FirstData.Seen() {
		f.FirstData, f.FirstContent = m, seg.Content
	}
	countLength(f, peer.MSS, seg, step, m)
	if sample := &p.samples[from]; !sample.on {
		sample.begin(seg, p.ends[from].Offered)
	}
	p.ends[from].FreshAt = m
}

// quickArrive is what the receiver does: it takes the acknowledgment, the window, the timestamp and
// the data (takeACK, updateTSRecent, takeText).
func (p *Pair) quickArrive(seg *tcp.Segment, s, r *fsm.Socket) {
	acked := seg.Ack.After(r.SndUna)
	// updatesWindow
	updates := acked || seg.Seq.After(r.SndWl1) || seg.Seq == r.SndWl1 && s.Offered > r.SndWnd
	if acked {
		if grown := r.BytesAcked + uint32(seg.Ack-r.SndUna); grown >= r.BytesAcked {
			r.BytesAcked = grown
		}
		r.SndUna = seg.Ack
	}
	if updates {
		r.UpdateWindow(seg.Seq, s.Offered)
	}
	if seg.Has(tcp.OptTimestamps) && !seg.Seq.After(r.RcvWup) &&
		!tcp.TSBefore(seg.TSval, r.TSRecent) {
		r.TSRecent, r.TSRecentAt = seg.TSval, seg.Time
	}
	r.RcvNxt = seg.EndSeq()
}
