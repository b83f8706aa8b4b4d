package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// sendSYNACK: the answer to a SYN (RFC 9293 section 3.10.7.2), first or again.
func (p *Pair) sendSYNACK(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark,
	isLate bool) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if p.answersOldSYN(from, seg, step, m) || p.answersNoSYN(from) {
		return
	}
	if p.socketGone(from, seg) {
		p.listensAnew(from, step, m)
	}
	first := !s.ISSKnown
	if first {
		s.Begins(seg)
		p.flow[from].Start(seg.Seq)
		p.synOptions(from, seg)
	}
	if !peer.ISSKnown && peer.State != tcp.Listen { // the SYN is not in the capture
		peer.ISS, peer.ISSKnown = seg.Ack-1, true
		peer.SndUna, peer.SndNxt, peer.SndKnown = seg.Ack-1, seg.Ack, true
		p.flow[from.Peer()].Start(seg.Ack)
	}
	if peer.State == tcp.Unknown {
		p.set(from.Peer(), tcp.SynSent, m, tcp.Confirmed, fsm.SegmentShows)
	}
	if s.State == tcp.Closed && p.lastTransition(from) == nil {
		s.State = tcp.Listen // it was only taken to be closed
	}
	if !s.RcvKnown {
		s.RcvKnown, s.RcvNxt, s.RcvWup, s.Edge = true, seg.Ack, seg.Ack, seg.Ack
	}
	if seg.Ack.Before(s.RcvNxt) && !isLate {
		s.RcvNxt, s.RcvWup = seg.Ack, seg.Ack // the SYN's data was not taken
	}
	if edge := seg.Ack + tcp.Seq(s.Scaled(seg)); s.EdgeKnown && edge.After(s.Edge) &&
		seg.Seq == s.ISS && !seg.Ack.After(peer.SndNxt) {
		// of a refused segment that came before (RFC 9293 section 3.8.6,
		// tcp_rcv_synsent_state_process: tcp_init_wl)
		s.Edge = edge
	}
	// once it is, what it had tells in other segments
	if seg.Has(tcp.OptTimestamps) && seg.TSecr != 0 && !s.State.Synchronized() {
		s.TSRecent, s.TSKnown, s.TSRecentAt = seg.TSecr, true, seg.Time
	}
	if s.State == tcp.Listen || s.State == tcp.Unknown || s.State == tcp.Closed {
		p.move(from, fsm.SndSYNACK, m, tcp.Observed, fsm.SentSYNACK)
		if p.opening != tcp.SimultaneousOpen {
			p.opening = tcp.Incomplete
		}
		p.acceptedSYN(env, from, seg, step)
	}
	p.synDataAnswer(from, seg, step)
}

// socketGone reports whether a SYN,ACK is not of the socket that its side was taken to have: that
// was a request for an old SYN, an old socket, or a request that was reset since.
func (p *Pair) socketGone(from tcp.Side, seg *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if s.Stray && (s.State == tcp.SynReceived || s.State == tcp.Closed) {
		return true
	}
	if !peer.ISSKnown || seg.Ack != peer.ISS+1 {
		return false
	}
	reset := (s.State == tcp.Closed || s.State == tcp.Listen) && (!p.openDone || p.askedAnew(from))
	return s.Former || reset && s.ISSKnown && seg.Seq != s.ISS && p.facts[from].SYNs == 0
}

// listensAnew: what a side was taken to have is gone, a new socket answers.
func (p *Pair) listensAnew(from tcp.Side, step *fsm.Step, m fsm.Mark) {
	s := &p.ends[from]
	p.set(from, tcp.Closed, m, tcp.Confirmed, fsm.LostState)
	*s = fsm.Socket{State: tcp.Listen, Offered: s.Offered, OutOfOrder: s.OutOfOrder[:0]}
	step.SenderBefore = tcp.Listen
	p.opening = tcp.Unanswered
}

// answersOldSYN: a SYN,ACK whose ACK is not of the present SYN answers an old duplicate of another
// attempt, which did not pass the capture point (RFC 9293 section 3.5, figure 8). It reports
// whether that is so.
func (p *Pair) answersOldSYN(from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if peer.State != tcp.SynSent || !peer.ISSKnown || seg.Ack == peer.ISS+1 ||
		seg.Ack.After(peer.ISS) && seg.Ack.AtOrBefore(peer.SndNxt) {
		return false
	}
	*s = fsm.Socket{State: s.State, Stray: true, ISS: seg.Seq, ISSKnown: true, SndUna: seg.Seq,
		SndNxt: seg.Seq + 1, SndKnown: true,
		RcvKnown: true, RcvNxt: seg.Ack, RcvWup: seg.Ack, Offered: s.Offered, OutOfOrder: s.OutOfOrder[:0]}
	step.Notes |= fsm.OldLife
	p.move(from, fsm.SndSYNACK, m, tcp.Observed, fsm.SentSYNACK)
	return true
}

// answersNoSYN reports whether a SYN,ACK bears the name of a side that is closed again and has no
// SYN to answer: that of the peer, if there was one, has led to the connection that is over. No
// socket sends that.
func (p *Pair) answersNoSYN(from tcp.Side) bool {
	return !p.askedAnew(from) && p.ends[from].State == tcp.Closed &&
		p.lastTransition(from) != nil && (p.openDone || p.facts[from.Peer()].SYNs == 0)
}

// askedAnew reports whether a SYN came after a side was closed.
func (p *Pair) askedAnew(side tcp.Side) bool {
	t, syn := p.lastTransition(side), p.facts[side.Peer()].LastSYN
	return t != nil && t.To == tcp.Closed && syn.Frame > t.Frame
}

// acceptedSYN revises the SYN's step now that its answer shows that somebody listened.
func (p *Pair) acceptedSYN(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	syn := p.facts[from.Peer()].LastSYN
	if !syn.Seen() {
		return
	}
	step.Answers = syn.Frame
	if p.firstSYNTaken(env, from, seg, syn) {
		return
	}
	p.assume(env, SynAnswered, one(syn.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Accept, tcp.NoReason, tcp.RespondSynAck, seg.Frame
		st.ReceiverBefore, st.ReceiverAfter = tcp.Listen, tcp.SynReceived
	})
	if p.facts[from.Peer()].RSTs > 0 {
		p.metRequest(env, from, seg, syn)
	}
}

// metRequest: what followed the SYN met the request that had been made of it, not the listener: a
// RST outside its window, which refused something of the old connection (tcp_check_req).
func (p *Pair) metRequest(env *Env, from tcp.Side, synack *tcp.Segment, syn fsm.Mark) {
	p.assume(env, SynAnswered, allSince(syn.Time), func(st *fsm.Step) {
		if st.From == from || st.Frame <= syn.Frame || !st.Flags.Has(tcp.RST) ||
			st.ReceiverBefore != tcp.Listen ||
			fsm.InWindow(st.Seq, st.EndSeq(), synack.Ack, synack.Ack+tcp.Seq(synack.Window)) {
			return
		}
		st.Reason, st.ReceiverBefore, st.ReceiverAfter = tcp.OutOfWindow, tcp.SynReceived, tcp.SynReceived
	})
}

// firstSYNTaken: a SYN,ACK that echoes the timestamp of an earlier SYN than the last shows that the
// earlier one was taken, and its answer lost; the later ones were duplicates. It reports whether
// that is so.
func (p *Pair) firstSYNTaken(env *Env, from tcp.Side, seg *tcp.Segment, last fsm.Mark) bool {
	client := &p.facts[from.Peer()]
	if !seg.Has(tcp.OptTimestamps) || seg.TSecr == p.ends[from.Peer()].LastTSval {
		return false
	}
	if st := p.known(last.Frame); st != nil && seg.TSecr == st.TSval {
		return false // older than what an earlier segment bore
	}
	if t := p.peek().tried; t.frame != 0 && seg.TSecr == t.tsval {
		p.triedSYNTaken(env, seg, t.frame, last.Frame)
		return true
	}
	if client.SYNs < 2 {
		return false
	}
	taken := false
	for i := range p.story.steps {
		s := &p.story.steps[i]
		if s.From == from || !s.Flags.Has(tcp.SYN) || s.Notes.Has(fsm.NewSYN) ||
			s.Reason == tcp.BadFlags || s.Reason == tcp.BadChecksum {
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
		p.assume(env, SynAnswered, one(s.Frame), func(st *fsm.Step) {
			st.Verdict, st.Reason, st.Response, st.AnsweredBy = verdict, reason, tcp.RespondSynAck, answer
			st.ReceiverBefore, st.ReceiverAfter = before, tcp.SynReceived
		})
	}
	return taken
}

// synDataAnswer tells whether the data of a fast-open SYN was taken (RFC 7413 section 4.2.2).
func (p *Pair) synDataAnswer(from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	peer := &p.facts[from.Peer()]
	if seg.Has(tcp.OptFastOpen) && seg.FastOpenLen > 0 {
		p.facts[from].FastOpen.Cookie = true
	}
	if peer.FastOpen.SynData == 0 {
		return
	}
	if p.ends[from.Peer()].ISS+1 == seg.Ack {
		peer.FastOpen.DataRefused = true
		step.Notes |= fsm.SynDataRefused
		p.flow[from.Peer()].Nxt = seg.Ack
		p.ends[from].RcvNxt = seg.Ack
	} else {
		peer.FastOpen.DataAcked = true
	}
}

// triedSYNTaken: the SYN,ACK echoes the SYN that was sent first, when the old life was taken to be
// there still: that one was taken, and the one that began this life came again.
func (p *Pair) triedSYNTaken(env *Env, seg *tcp.Segment, first, again uint64) {
	p.assume(env, SynAnswered, one(first), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Accept, tcp.NoReason, tcp.RespondSynAck, seg.Frame
		st.ReceiverBefore, st.ReceiverAfter = tcp.Listen, tcp.SynReceived
	})
	p.assume(env, SynAnswered, one(again), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.Duplicate, tcp.OldData, tcp.RespondSynAck
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynReceived, tcp.SynReceived
	})
}

// tookSYNACK: of several SYN,ACKs the initiator's first ACK echoes the one that it took
// (tcp_rcv_synsent_state_process). Those before did not reach it, those after met ESTABLISHED.
func (p *Pair) tookSYNACK(env *Env, seg *tcp.Segment) {
	of := func(st *fsm.Step) bool {
		return st.From == tcp.Responder && st.Flags.Has(tcp.SYN|tcp.ACK) &&
			st.Seq == p.ends[tcp.Responder].ISS
	}
	i := slices.IndexFunc(p.story.steps, func(st fsm.Step) bool {
		return of(&st) &&
			st.TSval == seg.TSecr
	})
	if i < 0 || !seg.Has(tcp.OptTimestamps) {
		return
	}
	took := p.story.steps[i].Frame
	for i := range p.story.steps {
		st := &p.story.steps[i]
		if !of(st) {
			continue
		}
		p.assume(env, SynackTaken, one(st.Frame), func(st *fsm.Step) {
			switch {
			case st.Frame == took:
				st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Accept, tcp.NoReason, tcp.RespondAck, seg.Frame
				st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.Established
				st.Notes &^= fsm.Lost
			case st.Frame < took && st.Verdict == tcp.Accept:
				st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone, 0
				st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynSent
				st.Notes |= fsm.Lost
			case st.Frame > took && st.Verdict == tcp.Accept:
				st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.SynInWindow, tcp.RespondChallengeAck
				st.ReceiverBefore, st.ReceiverAfter = tcp.Established, tcp.Established
			}
		})
	}
}

// triedSYNLate: the responder repeats its first ACK though nothing called for it: the SYN that was
// sent first came last, and was refused for its timestamp (tcp_check_req, tcp_validate_incoming).
func (p *Pair) triedSYNLate(env *Env, seg *tcp.Segment, step *fsm.Step) {
	s, peer, t := &p.ends[tcp.Responder], &p.ends[tcp.Initiator], &p.extra().tried
	if seg.SeqLen() > 0 || seg.Seq != s.ISS+1 || seg.Ack != peer.ISS+1 || step.Answers != 0 ||
		t.answered || !tcp.TSBefore(t.tsval, seg.TSecr) {
		return
	}
	step.Answers = t.frame
	p.assume(env, SynAnswered, one(t.frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Discard, tcp.PAWS, tcp.RespondAck, seg.Frame
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynReceived, tcp.SynReceived
	})
	*t = tried{}
}
