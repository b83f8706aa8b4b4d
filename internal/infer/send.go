package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// send takes in that a side sent a segment, which is certain: the side's numbers, its state, and
// what the segment answers.
func (p *Pair) send(env *Env, from tcp.Side, seg *tcp.Segment) fsm.Step {
	s := &p.ends[from]
	step := fsm.Step{Time: seg.Time, Frame: seg.Frame, Seq: seg.Seq, Ack: seg.Ack, Len: seg.Len,
		TSval: seg.TSval, TSecr: seg.TSecr,
		Flags: seg.Flags, Options: seg.Options, From: from, TTL: seg.TTL, IPID: seg.IPID, Content: seg.Says(),
		SenderBefore: s.State}
	if seg.OuterBad {
		step.Notes |= fsm.OuterBad
	}
	s.Offered = s.Scaled(seg)
	step.Window = s.Offered
	if !s.ShiftKnown {
		step.Window = uint32(seg.Window)
	}
	m := fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	isLate := late(s, seg)
	if seg.Flags.Has(tcp.RST) || !isLate && !p.acksUnsent(from, seg) && !p.forgedACK(from, seg) {
		p.matchAnswer(env, from, seg, &step)
	}
	switch {
	case seg.Flags.Has(tcp.RST):
		p.sendRST(env, from, seg, &step, m)
	case seg.Flags.Has(tcp.SYN | tcp.ACK):
		p.sendSYNACK(env, from, seg, &step, m, isLate)
	case seg.Flags.Has(tcp.SYN):
		p.sendSYN(env, from, seg, &step, m)
	default:
		p.sendPlain(env, from, seg, &step, m, isLate)
	}
	place := p.place(env, from, seg, &step)
	step.Again = place.Again+place.Filled > 0 && place.New == 0
	p.lateOriginal(env, from, seg, &step)
	p.count(from, seg, &step, m, place)
	p.readSigns(env, from, seg, &step)
	if seg.Has(tcp.OptTimestamps) && (!s.TSSent || tcp.TSBefore(s.LastTSval, seg.TSval)) {
		if !s.TSSent {
			s.FirstTSval = seg.TSval
		}
		s.LastTSval, s.TSSent, s.LastTSvalAt = seg.TSval, true, seg.Time
	}
	// or else it is late
	if seg.Flags.Has(tcp.SYN) && seg.Has(tcp.OptTimestamps) && seg.TSval == s.LastTSval {
		s.SYNTSval = seg.TSval
	}
	step.SenderAfter = s.State
	if p.inAttempt(from, seg) {
		step.SenderBefore, step.SenderAfter = tcp.SynSent, tcp.SynSent
		if p.peek().attempt.tries == 1 && seg.Flags.Has(tcp.SYN) {
			step.SenderBefore = tcp.Closed
		}
	}
	return step
}

// inAttempt reports whether a segment is sent by the socket of an attempt at a new life: its SYN,
// or the RST that answers the old socket's ACK.
func (p *Pair) inAttempt(from tcp.Side, seg *tcp.Segment) bool {
	a := &p.peek().attempt
	if !a.on || a.from != from {
		return false
	}
	return seg.Flags.Has(tcp.SYN) && seg.Seq == a.isn || seg.Flags.Has(tcp.RST) &&
		!seg.Flags.Has(tcp.ACK)
}

// sendPlain: any segment without SYN and RST. That the side sends it at all proves a state, unless
// it was sent before others that have been seen.
func (p *Pair) sendPlain(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark,
	isLate bool) {
	s := &p.ends[from]
	if !s.SndKnown {
		s.SndKnown, s.SndUna, s.SndNxt = true, seg.Seq, seg.Seq
	}
	if !isLate {
		if p.hasExtras {
			p.disproveAttempt(from, seg)
		}
		p.provesState(env, from, seg, m)
	}
	if p.peek().tried.frame != 0 && from == tcp.Responder {
		p.triedSYNLate(env, seg, step)
	}
	if p.facts[tcp.Responder].SYNACKs > 1 && from == tcp.Initiator &&
		p.facts[from].Segments == uint64(p.facts[from].SYNs) {
		p.tookSYNACK(env, seg)
	}
	// Each stack's FIN acknowledges, and no socket takes one that does not (RFC 9293 section
	// 3.10.7.4, fifth): such a probe closes nothing.
	if seg.Flags.Has(tcp.FIN|tcp.ACK) && (p.endsStream(env, from, seg.EndSeq()-1) ||
		p.replacesFIN(from, seg)) {
		if fin := seg.EndSeq() - 1; !s.FINSent || fin != s.FINSeq {
			s.FINSent, s.FINSeq, s.FINAck = true, fin, seg.Ack
			p.keepCrossed(from, seg)
			p.sentFINBefore(env, from)
		}
		p.move(from, fsm.SndFIN, m, tcp.Observed, fsm.SentFIN)
	}
	if end := seg.EndSeq(); end.After(s.SndNxt) && !p.neverSent(from, seg) {
		s.SndNxt = end
	}
	step.SenderBefore = p.stateBefore(from, step)
}

// endsStream reports whether a FIN is the end of what a side sends: not one where something else
// stood that the other side has, nor one outside the window or beyond another FIN.
func (p *Pair) endsStream(env *Env, from tcp.Side, fin tcp.Seq) bool {
	s, r := &p.ends[from], &p.ends[from.Peer()]
	switch {
	case s.FINSent:
		return fin == s.FINSeq || fin.Before(s.FINSeq) && !r.FINRcvd && !fin.Before(r.RcvNxt)
	case !s.ISSKnown || !r.RcvKnown:
		return true
	case fin.Before(r.RcvNxt) && (fin.Before(s.SndNxt) || r.EdgeKnown &&
		s.SndNxt.After(r.Edge)), r.EdgeKnown && fin.After(r.Edge):
		return p.lossy() || p.mayBeFiltered(env)
	}
	return true
}

// replacesFIN reports whether a segment has data where a FIN of its side stood that its receiver
// refused, and a FIN behind it: that one ends the stream.
func (p *Pair) replacesFIN(from tcp.Side, seg *tcp.Segment) bool {
	s, fin := &p.ends[from], p.known(p.facts[from].LastFIN.Frame)
	return s.FINSent && !p.ends[from.Peer()].FINRcvd && fin != nil && fin.Verdict == tcp.Discard &&
		fin.EndSeq() == s.FINSeq+1 &&
		seg.Seq.AtOrBefore(s.FINSeq) && (seg.Seq + tcp.Seq(seg.Len)).After(s.FINSeq)
}

// keepCrossed keeps the peer's last data if a FIN does not acknowledge it: it may meet a socket
// that nobody reads any more.
func (p *Pair) keepCrossed(from tcp.Side, fin *tcp.Segment) {
	if last := &p.story.last[from.Peer()]; last.Len > 0 && last.EndSeq().After(fin.Ack) {
		p.story.keep(last)
	}
}
