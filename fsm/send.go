package fsm

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// send takes in that a side sent a segment, which is certain: the side's numbers, its state, and what the segment answers.
func (p *Pair) send(env *Env, from tcp.Side, seg *tcp.Segment) Step {
	s := &p.ends[from]
	step := Step{Time: seg.Time, Frame: seg.Frame, Seq: seg.Seq, Ack: seg.Ack, Len: seg.Len, TSval: seg.TSval, TSecr: seg.TSecr,
		Flags: seg.Flags, Options: seg.Options, From: from, TTL: seg.TTL, IPID: seg.IPID, SenderBefore: s.state}
	s.offered = s.scaled(seg)
	step.Window = s.offered
	if !s.shiftKnown {
		step.Window = uint32(seg.Window)
	}
	m := Mark{seg.Frame, seg.Time}
	isLate := late(s, seg)
	if seg.Flags.Has(tcp.RST) || !isLate && !p.acksUnsent(from, seg) {
		p.matchAnswer(env, from, seg, &step)
	}
	switch {
	case seg.Flags.Has(tcp.RST):
		p.sendRST(env, from, seg, &step, m)
	case seg.Flags.Has(tcp.SYN | tcp.ACK):
		p.sendSYNACK(env, from, seg, &step, m)
	case seg.Flags.Has(tcp.SYN):
		p.sendSYN(from, seg, &step, m)
	default:
		p.sendPlain(from, seg, &step, m, isLate)
	}
	place := p.place(from, seg, &step)
	p.count(from, seg, &step, m, place)
	if seg.Has(tcp.OptTimestamps) && (!s.tsSent || tcp.TSBefore(s.lastTSval, seg.TSval)) {
		if !s.tsSent {
			s.firstTSval = seg.TSval
		}
		s.lastTSval, s.tsSent = seg.TSval, true
		if seg.Flags.Has(tcp.SYN) {
			s.synTSval = seg.TSval
		}
	}
	step.SenderAfter = s.state
	if p.inAttempt(from, seg) {
		step.SenderBefore, step.SenderAfter = tcp.SynSent, tcp.SynSent
		if p.peek().attempt.tries == 1 && seg.Flags.Has(tcp.SYN) {
			step.SenderBefore = tcp.Closed
		}
	}
	return step
}

// inAttempt reports whether a segment is sent by the socket of an attempt at a new life: its SYN, or the RST that answers the old
// socket's ACK.
func (p *Pair) inAttempt(from tcp.Side, seg *tcp.Segment) bool {
	a := &p.peek().attempt
	if !a.on || a.from != from {
		return false
	}
	return seg.Flags.Has(tcp.SYN) && seg.Seq == a.isn || seg.Flags.Has(tcp.RST) && !seg.Flags.Has(tcp.ACK)
}

// begins sets a side's initial sequence number.
func (e *endpoint) begins(seg *tcp.Segment) {
	e.iss, e.issKnown = seg.Seq, true
	e.sndUna, e.sndNxt, e.sndKnown = seg.Seq, seg.EndSeq(), true
}

// sendSYN: an active open (RFC 9293 section 3.10.1), a repeated SYN, or a SYN of an attempt at a new life.
func (p *Pair) sendSYN(from tcp.Side, seg *tcp.Segment, step *Step, m Mark) {
	s := &p.ends[from]
	if a := &p.peek().attempt; a.on && a.from == from && seg.Seq == a.isn {
		step.Notes |= NewSYN
		return
	}
	if s.stray { // what answered an old SYN is gone
		p.set(from, tcp.Closed, m, tcp.Confirmed, LostState)
		*s = endpoint{state: tcp.Closed, offered: s.offered, ooo: s.ooo[:0]}
	}
	if !s.issKnown {
		s.begins(seg)
		p.synOptions(from, seg)
	}
	crossed := s.state == tcp.Listen && p.lastTransition(from) == nil
	if crossed { // simultaneous open: what was taken for a listener opens itself
		s.state = tcp.Closed
	}
	p.move(from, sndSYN, m, tcp.Observed, SentSYN)
	if crossed {
		step.SenderBefore = tcp.Closed
		p.opening = tcp.SimultaneousOpen
	}
	if seg.Len > 0 {
		step.Notes |= SynData
	}
}

// landCrossedSYN lets the initiator's SYN arrive again: it was taken to have met a listener, but what is there is in SYN-SENT itself
// (RFC 9293 section 3.5, figure 7).
func (p *Pair) landCrossedSYN(env *Env, side tcp.Side) {
	r, s := &p.ends[side], &p.ends[side.Peer()]
	at := p.facts[side.Peer()].LastSYN
	r.rcvKnown = true
	r.rcvNxt, r.rcvWup = s.iss+1, s.iss+1
	r.edge, r.edgeKnown = r.rcvNxt+tcp.Seq(r.offered), true
	if p.facts[side.Peer()].SYNOptions&tcp.OptTimestamps != 0 {
		r.tsRecent, r.tsKnown, r.tsRecentAt = s.lastTSval, true, at.Time
	}
	p.move(side, rcvSYN, at, tcp.Inferred, ReceivedSYN)
	p.revise(env, at.Frame, func(st *Step) {
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondSynAck
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynReceived
	})
}

// sendSYNACK: the answer to a SYN (RFC 9293 section 3.10.7.2), first or again.
func (p *Pair) sendSYNACK(env *Env, from tcp.Side, seg *tcp.Segment, step *Step, m Mark) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if p.answersOldSYN(from, seg, step, m) {
		return
	}
	if s.stray && (s.state == tcp.SynReceived || s.state == tcp.Closed) { // its request for the old SYN is gone, a new socket answers
		p.set(from, tcp.Closed, m, tcp.Confirmed, LostState)
		*s = endpoint{state: tcp.Listen, offered: s.offered, ooo: s.ooo[:0]}
		step.SenderBefore = tcp.Listen
		p.opening = tcp.Unanswered
	}
	first := !s.issKnown
	if first {
		s.begins(seg)
		p.synOptions(from, seg)
	}
	if !peer.issKnown { // the SYN is not in the capture
		peer.iss, peer.issKnown = seg.Ack-1, true
		peer.sndUna, peer.sndNxt, peer.sndKnown = seg.Ack-1, seg.Ack, true
		p.flow[from.Peer()].Start(seg.Ack)
	}
	if peer.state == tcp.Unknown {
		p.set(from.Peer(), tcp.SynSent, m, tcp.Confirmed, SegmentShows)
	}
	if s.state == tcp.Closed && p.lastTransition(from) == nil {
		s.state = tcp.Listen // it was only taken to be closed
	}
	if !s.rcvKnown {
		s.rcvKnown, s.rcvNxt, s.rcvWup, s.edge = true, seg.Ack, seg.Ack, seg.Ack
	}
	if seg.Has(tcp.OptTimestamps) && seg.TSecr != 0 {
		s.tsRecent, s.tsKnown, s.tsRecentAt = seg.TSecr, true, seg.Time
	}
	if s.state == tcp.Listen || s.state == tcp.Unknown || s.state == tcp.Closed {
		p.move(from, sndSYNACK, m, tcp.Observed, SentSYNACK)
		p.opening = tcp.Incomplete
		p.acceptedSYN(env, from, seg, step)
	}
	p.synDataAnswer(from, seg, step)
}

// answersOldSYN: a SYN,ACK whose ACK is not of the present SYN answers an old duplicate of another attempt, which did not pass the
// capture point (RFC 9293 section 3.5, figure 8). It reports whether that is so.
func (p *Pair) answersOldSYN(from tcp.Side, seg *tcp.Segment, step *Step, m Mark) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if peer.state != tcp.SynSent || !peer.issKnown || seg.Ack == peer.iss+1 || seg.Ack.After(peer.iss) && seg.Ack.AtOrBefore(peer.sndNxt) {
		return false
	}
	*s = endpoint{state: s.state, stray: true, iss: seg.Seq, issKnown: true, sndUna: seg.Seq, sndNxt: seg.Seq + 1, sndKnown: true,
		rcvKnown: true, rcvNxt: seg.Ack, rcvWup: seg.Ack, offered: s.offered, ooo: s.ooo[:0]}
	step.Notes |= OldLife
	p.move(from, sndSYNACK, m, tcp.Observed, SentSYNACK)
	return true
}

// acceptedSYN revises the SYN's step now that its answer shows that somebody listened.
func (p *Pair) acceptedSYN(env *Env, from tcp.Side, seg *tcp.Segment, step *Step) {
	syn := p.facts[from.Peer()].LastSYN
	if !syn.Seen() {
		return
	}
	step.Answers = syn.Frame
	if p.firstSYNTaken(env, from, seg, syn) {
		return
	}
	p.revise(env, syn.Frame, func(st *Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Accept, tcp.NoReason, tcp.RespondSynAck, seg.Frame
		st.ReceiverBefore, st.ReceiverAfter = tcp.Listen, tcp.SynReceived
	})
}

// firstSYNTaken: a SYN,ACK that echoes the timestamp of an earlier SYN than the last shows that the earlier one was taken, and its
// answer lost; the later ones were duplicates. It reports whether that is so.
func (p *Pair) firstSYNTaken(env *Env, from tcp.Side, seg *tcp.Segment, last Mark) bool {
	client := &p.facts[from.Peer()]
	if client.SYNs < 2 || !seg.Has(tcp.OptTimestamps) || seg.TSecr == p.ends[from.Peer()].lastTSval {
		return false
	}
	taken := false
	for i := range p.story.steps {
		s := &p.story.steps[i]
		if s.From == from || !s.Flags.Has(tcp.SYN) || s.Notes.Has(NewSYN) {
			continue
		}
		verdict, reason, before := tcp.Duplicate, tcp.OldData, tcp.SynReceived
		switch {
		case !taken && s.TSval != seg.TSecr:
			continue // what came before the one that was taken never arrived
		case !taken:
			verdict, reason, before = tcp.Accept, tcp.NoReason, tcp.Listen
			taken = true
		}
		answer := uint64(0)
		if s.Frame == last.Frame {
			answer = seg.Frame
		}
		p.revise(env, s.Frame, func(st *Step) {
			st.Verdict, st.Reason, st.Response, st.AnsweredBy = verdict, reason, tcp.RespondSynAck, answer
			st.ReceiverBefore, st.ReceiverAfter = before, tcp.SynReceived
		})
	}
	return taken
}

// synDataAnswer tells whether the data of a fast-open SYN was taken (RFC 7413 section 4.2.2).
func (p *Pair) synDataAnswer(from tcp.Side, seg *tcp.Segment, step *Step) {
	peer := &p.facts[from.Peer()]
	if seg.Has(tcp.OptFastOpen) && seg.FastOpenLen > 0 {
		p.facts[from].FastOpen.Cookie = true
	}
	if peer.FastOpen.SynData == 0 {
		return
	}
	if p.ends[from.Peer()].iss+1 == seg.Ack {
		peer.FastOpen.DataRefused = true
		step.Notes |= SynDataRefused
		p.flow[from.Peer()].Nxt = seg.Ack
		p.ends[from].rcvNxt = seg.Ack
	} else {
		peer.FastOpen.DataAcked = true
	}
}

// sendPlain: any segment without SYN and RST. That the side sends it at all proves a state, unless it was sent before others that
// have been seen.
func (p *Pair) sendPlain(from tcp.Side, seg *tcp.Segment, step *Step, m Mark, isLate bool) {
	s := &p.ends[from]
	if !s.sndKnown {
		s.sndKnown, s.sndUna, s.sndNxt = true, seg.Seq, seg.Seq
	}
	if !isLate {
		p.provesState(from, seg, m)
	}
	if seg.Flags.Has(tcp.FIN) && (!s.finSent || seg.EndSeq()-1 == s.finSeq) {
		if !s.finSent {
			s.finSent, s.finSeq = true, seg.EndSeq()-1
		}
		s.finAck = seg.Ack
		p.move(from, sndFIN, m, tcp.Observed, SentFIN)
	}
	if end := seg.EndSeq(); end.After(s.sndNxt) {
		s.sndNxt = end
	}
	step.SenderBefore = p.stateBefore(from, step)
}

// stateBefore gives the state that the segment was sent in: proof that settle or provesState found counts as before the segment.
func (p *Pair) stateBefore(from tcp.Side, step *Step) tcp.State {
	if t := p.lastTransition(from); t != nil && t.Frame == step.Frame && t.Cause == SentFIN {
		return t.From
	}
	return p.ends[from].state
}

// provesState moves a side that sends an ordinary segment to the state that this proves.
func (p *Pair) provesState(from tcp.Side, seg *tcp.Segment, m Mark) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	switch s.state {
	case tcp.SynSent:
		if p.acksSYN(from, seg) {
			p.set(from, tcp.Established, m, tcp.Observed, SegmentShows)
			p.answeredUnseen(from, seg, m)
		}
	case tcp.SynReceived:
		// A request socket answers what it refuses with an ACK that carries nothing; only what a full socket says counts.
		full := seg.Flags.Has(tcp.FIN) && p.opening != tcp.SimultaneousOpen
		if seg.Len > 0 || full || peer.state == tcp.Established && seg.Ack.After(peer.iss+1) {
			p.set(from, tcp.Established, m, tcp.Observed, SegmentShows)
		}
	case tcp.Established:
		if seg.SeqLen() > 0 {
			p.confirm(from, ReceivedACK, ReceivedSYNACK)
		}
	case tcp.Unknown, tcp.Listen:
		if seg.Flags.Has(tcp.ACK) {
			p.set(from, midStreamState(peer, seg), m, tcp.Confirmed, SegmentShows)
			s.finRcvd = s.state == tcp.CloseWait
		}
	}
}

// answeredUnseen: a client that acknowledges a SYN,ACK which is not in the capture shows that the other side sent one.
func (p *Pair) answeredUnseen(from tcp.Side, seg *tcp.Segment, m Mark) {
	peerSide := from.Peer()
	peer := &p.ends[peerSide]
	if peer.issKnown || peer.state != tcp.Listen {
		return
	}
	peer.sndUna, peer.sndNxt, peer.sndKnown = seg.Ack-1, seg.Ack, true
	p.flow[peerSide].Start(seg.Ack)
	p.opening = tcp.Incomplete
	p.set(peerSide, tcp.SynReceived, m, tcp.Confirmed, SegmentShows)
}

// acksSYN reports whether a segment of a side in SYN-SENT shows that the SYN,ACK reached it: it acknowledges the peer's SYN.
func (p *Pair) acksSYN(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return seg.Flags.Has(tcp.ACK) && (!peer.issKnown || seg.Ack.After(peer.iss)) && seg.Seq.After(p.ends[from].iss)
}

// midStreamState is what an ordinary segment shows of a side that was not seen before: it is connected, and has the peer's FIN if
// it acknowledges one.
func midStreamState(peer *endpoint, seg *tcp.Segment) tcp.State {
	if peer.finSent && seg.Ack.After(peer.finSeq) {
		return tcp.CloseWait
	}
	return tcp.Established
}

// place puts a segment into its direction's sequence space and notes what that shows.
func (p *Pair) place(from tcp.Side, seg *tcp.Segment, step *Step) reassembly.Placement {
	if p.ends[from].former {
		step.Notes |= OldLife
	}
	if seg.Flags.Has(tcp.RST) || step.Notes.Any(NewSYN|OldLife) {
		return reassembly.Placement{}
	}
	if p.isKeepAlive(from, seg) {
		step.Notes |= KeepAlive
		return reassembly.Placement{}
	}
	flow := &p.flow[from]
	holeSince := flow.HoleSince
	place := flow.Place(seg.Seq, seg.EndSeq(), seg.Time)
	if place.AfterHole {
		step.Notes |= AfterHole
	}
	switch {
	case place.Filled > 0 && p.isLateOriginal(from, seg, holeSince):
		step.Notes |= LateOriginal
	case place.Again > 0 || place.Filled > 0:
		step.Notes |= Retransmission
	}
	if seg.Flags.Has(tcp.ACK) {
		p.acked(from, seg, step)
	}
	return place
}

// isKeepAlive recognises a keep-alive probe: nothing outstanding, one before SND.NXT, no byte or an old one (RFC 9293 section
// 3.8.4). A probe into a closed window looks the same and is told by the window.
func (p *Pair) isKeepAlive(from tcp.Side, seg *tcp.Segment) bool {
	s, flow := &p.ends[from], &p.flow[from]
	return flow.Known && seg.Len <= 1 && !seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) && seg.Seq+1 == flow.Nxt &&
		flow.Una == flow.Nxt && seg.Flags.Has(tcp.ACK) && s.sndKnown
}

// reorderedWithin is how late the network delivers what it reordered, where no timestamps tell (3 ms, as Wireshark has it).
const reorderedWithin = 3_000_000

// isLateOriginal tells a segment that the network reordered from a retransmission of one that the capture lacks.
func (p *Pair) isLateOriginal(from tcp.Side, seg *tcp.Segment, holeSince int64) bool {
	s := &p.ends[from]
	if s.tsSent && seg.Has(tcp.OptTimestamps) && seg.TSval != s.lastTSval {
		return tcp.TSBefore(seg.TSval, s.lastTSval)
	}
	return seg.Time-holeSince < reorderedWithin
}

// acked takes an acknowledgment of the peer's data in and notes what it shows of the capture.
func (p *Pair) acked(from tcp.Side, seg *tcp.Segment, step *Step) {
	peerSide := from.Peer()
	peer, flow, facts := &p.ends[peerSide], &p.flow[peerSide], &p.facts[peerSide]
	if peer.state == tcp.SynSent && p.openingAck(from, seg) {
		return
	}
	if flow.Known && seg.Ack.After(flow.Nxt) && (p.refuted(peerSide, seg) || p.assumedUnsent(peerSide, seg) || !p.plausibleGap(peerSide, seg)) {
		return
	}
	before := flow.Una
	missing, beyond := flow.Acked(seg.Ack)
	p.endSample(from, seg)
	if missing > 0 {
		facts.MissingBytes += uint64(missing)
		p.extra().beyond[peerSide].missing = missing
		if !facts.Missing.Seen() {
			facts.Missing = Mark{seg.Frame, seg.Time}
		}
		step.Notes |= AckUnseen
		if beyond && peer.sndKnown && flow.Nxt.After(peer.sndNxt) {
			peer.sndNxt = flow.Nxt
		}
	}
	if flow.Una.After(before) {
		facts.LastProgress = Mark{seg.Frame, seg.Time}
	} else if seg.SeqLen() == 0 && !seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) {
		step.Notes |= DuplicateAck
	}
}
