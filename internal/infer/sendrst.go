package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// sendRST says from which socket, if any, a RST comes.
//
// A RST without ACK answers a segment and takes its SEQ from that segment's ACK (RFC 9293 section
// 3.10.7.1, tcp_v4_send_reset): its sender has no such connection, or none that is synchronized. A
// RST with ACK is either the answer to a segment without ACK, or a socket's own decision
// (tcp_send_active_reset) and then tells that socket's numbers.
func (p *Pair) sendRST(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	s := &p.ends[from]
	p.refusesFormer(env, from, seg)
	answered := p.rstAnswers(from, seg, step)
	switch {
	case answered != nil && p.peek().attempt.on && p.peek().attempt.from == from:
		// The new socket, in SYN-SENT, refuses the old socket's ACK: the old one on this side is
		// gone.
		if t := p.lastTransition(from); t != nil && t.Frame == answered.Frame &&
			t.Certainty == tcp.Inferred {
			p.withdraw(env, from)
		}
		if first := p.known(p.neverConnected(env, from, answered.Frame)); first != nil &&
			first.AnsweredBy == 0 {
			p.refusedInAttempt(env, answered.Frame, 0)
			answered, step.Answers = first, first.Frame // what came first is refused first
		}
		p.set(from, tcp.Closed, p.peek().attempt.first, tcp.Confirmed, fsm.LostState)
		p.refusedInAttempt(env, answered.Frame, seg.Frame)
	case s.State == tcp.Closed:
		step.Notes |= fsm.FromFormerPeer
		p.refusedOnItsWay(env, from, seg, step)
	case s.State == tcp.Listen && seg.Flags.Has(tcp.ACK):
		p.refuseSYN(env, from, seg, step)
	case s.State == tcp.Listen:
		step.Notes |= fsm.FromFormerPeer
	// RFC 9293 section 3.10.7.1
	case answered != nil && (!seg.Flags.Has(tcp.ACK) || s.State == tcp.Unknown && seg.Seq == 0 ||
		p.acksAfterClose(from, seg, answered)):
		p.answerFromNoSocket(env, from, seg, step, answered)
	case p.refusesOutstanding(env, from, seg, step), p.refusesTimed(env, from, seg, step):
	case s.State.Synchronized() && !seg.Flags.Has(tcp.ACK) && !p.abortsBare(from, seg):
		// It answers nothing that is in the capture: a host without the connection answers at once,
		// and a socket resets with ACK.
	case s.Emits(seg) == fsm.EmitsNever && !p.abortsBare(from, seg) &&
		!p.beyondFlags(env, seg, &p.ends[from.Peer()]):
		step.Notes |= fsm.Foreign
	default:
		p.move(from, fsm.Abort, m, tcp.Observed, fsm.SentRST)
		p.exhibit(p.facts[from.Peer()].LastData.Frame) // which may not have been read
		p.crossRST(env, from, seg)
	}
}

// refuseSYN: RST,ACK in answer to a SYN: nobody listens.
func (p *Pair) refuseSYN(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	syn := p.facts[from.Peer()].LastSYN
	if a := &p.peek().attempt; a.on && a.from != from && seg.Ack == a.seg.EndSeq() {
		p.refusedBy(env, from, seg, step, a.last.Frame)
		return
	}
	if seg.Ack != p.ends[from.Peer()].SndNxt || !syn.Seen() {
		step.Notes |= fsm.FromFormerPeer
		return
	}
	p.opening = tcp.Refused
	p.refusedBy(env, from, seg, step, syn.Frame)
}

// refusedBy: the RST answers the SYN of a frame.
func (p *Pair) refusedBy(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step, syn uint64) {
	p.ends[from].State = tcp.Closed
	step.SenderBefore = tcp.Closed
	step.Answers = syn
	p.assume(env, MetNoSocket, one(syn), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Discard, tcp.NoConnection, tcp.RespondRst, seg.Frame
		st.ReceiverBefore, st.ReceiverAfter = tcp.Closed, tcp.Closed
	})
}

// answerFromNoSocket: a side answers a segment with a RST though a socket was taken to be there.
// What that says depends on the state it was in.
func (p *Pair) answerFromNoSocket(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step,
	answered *fsm.Step) {
	s := &p.ends[from]
	if answered.Response == tcp.RespondRst && s.State != tcp.SynSent {
		return // as was to be expected
	}
	at := fsm.Mark{Frame: answered.Frame, Time: answered.Time}
	reason, cause := tcp.NoConnection, fsm.LostState
	if answered.Flags.Has(tcp.SYN | tcp.ACK) {
		p.neverConnected(env, from, answered.Frame)
	}
	p.movedByLater(env, from, answered.Frame)
	before := s.State
	for _, moved := range []tcp.State{tcp.TimeWait, tcp.Closing, tcp.CloseWait, tcp.Established} {
		// It was refused, so what it was taken to do to the state it did not do; nor did the FIN
		// that it repeats, which TIME-WAIT would have acknowledged (tcp_timewait_state_process).
		if t := p.lastTransition(from); s.State == moved && t != nil && t.To == moved &&
			(t.Frame == answered.Frame || answered.ReceiverAfter == moved &&
				answered.ReceiverBefore != moved ||
				moved == tcp.TimeWait && t.Certainty == tcp.Inferred &&
					answered.Flags.Has(tcp.FIN)) {
			p.takeBack(env, from, t)
			before = s.State
		}
	}
	switch s.State {
	case tcp.SynSent:
		p.answerInSynSent(env, from, seg, step, answered)
		return
	case tcp.SynReceived:
		if answered.Verdict == tcp.Discard && answered.Reason == tcp.AckUnacceptable {
			return // the request stays (RFC 9293 section 3.10.7.4, tcp_check_req)
		}
		if (p.opening == tcp.SimultaneousOpen || s.Child) &&
			p.refusedACK(env, from, seg, answered) {
			return
		}
		if answered.Flags.Has(tcp.ACK) && answered.Ack == s.ISS+1 {
			reason, cause = tcp.ListenOverflow, fsm.RefusedToAnswer // tcp_abort_on_overflow
		}
	case tcp.FinWait1, tcp.FinWait2:
		reason, cause = tcp.AfterClose, fsm.DataAfterClose
		if s.State == tcp.FinWait2 && answered.Time-s.StateSince >= int64(p.host(env,
			from).FinTimeout) {
			p.expireFinWait2(env, from)
			before, reason = tcp.Closed, tcp.NoConnection
		}
	case tcp.Established:
		if p.busySending(from, answered) {
			reason, cause = tcp.AfterClose, fsm.DataAfterClose
		}
	case tcp.TimeWait, tcp.CloseWait, tcp.LastAck, tcp.Closing, tcp.Unknown:
	}
	step.SenderBefore = tcp.Closed
	step.Notes |= fsm.FromFormerPeer
	p.extra().blamed[from] = *answered
	p.set(from, tcp.Closed, at, tcp.Confirmed, cause)
	p.assume(env, MetNoSocket, one(answered.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Discard, reason, tcp.RespondRst, seg.Frame
		st.ReceiverAfter = tcp.Closed
		if before == tcp.Closed {
			st.ReceiverBefore = tcp.Closed
		}
	})
	p.refusedInFlight(env, from, seg, p.story.find(answered.Frame))
}

// neverConnected: a client that has sent nothing but SYNs refuses a repeated SYN,ACK, or what
// answers the SYN of the socket before. The SYN,ACKs before did not reach it: it would have
// acknowledged them (tcp_rcv_synsent_state_process). It gives the first, 0 if that is not so.
func (p *Pair) neverConnected(env *Env, from tcp.Side, refused uint64) uint64 {
	t, f, sent := p.lastTransition(from), &p.facts[from], uint64(p.facts[from].SYNs)
	if a := &p.peek().attempt; a.on && a.from == from {
		sent += uint64(a.tries)
	}
	if t == nil || t.Cause != fsm.ReceivedSYNACK || t.Frame >= refused || f.Segments != sent {
		return 0
	}
	first, since := t.Frame, t.Time
	p.takeBack(env, from, t)
	p.assume(env, RefusedInHandshake, allTo(from, since), func(st *fsm.Step) {
		if st.Flags.Has(tcp.SYN|tcp.ACK) && st.Frame < refused {
			st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
			st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynSent
			st.Notes |= fsm.Lost
		}
	})
	return first
}

// movedByLater: what ended a side's socket came before what has moved it since, as far as the
// capture point tells: that met none.
func (p *Pair) movedByLater(env *Env, side tcp.Side, ending uint64) {
	for t := p.lastTransition(side); t != nil && t.Frame > ending &&
		t.Certainty == tcp.Inferred; t = p.lastTransition(side) {
		received := t.Cause == fsm.ReceivedACK || t.Cause == fsm.ReceivedFIN || t.Cause == fsm.ReceivedFINACK
		if !received || t.From != tcp.FinWait1 && t.From != tcp.FinWait2 {
			return
		}
		p.takeBack(env, side, t)
	}
}

// refusedACK: a socket in SYN-RECEIVED refuses an unacceptable ACK with a RST, as a request does,
// and stays (tcp_rcv_state_process).
func (p *Pair) refusedACK(env *Env, from tcp.Side, seg *tcp.Segment, answered *fsm.Step) bool {
	s := &p.ends[from]
	verdict, reason := tcp.Discard, tcp.AckUnacceptable
	switch {
	case !answered.Flags.Has(tcp.ACK):
		return false
	case answered.Ack.Before(s.SndUna):
		verdict, reason = tcp.Duplicate, tcp.OldAck
	case !answered.Ack.After(s.SndNxt):
		return false
	}
	p.assume(env, RefusedInHandshake, one(answered.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = verdict, reason, tcp.RespondRst, seg.Frame
	})
	return true
}

// busySending reports whether a side has filled the window that a segment offers, or has just sent
// data that the segment does not acknowledge, or has more: Linux pushes the last that there is
// (tcp_mark_push). If it answers that segment with a bare RST, it has not lost the connection: its
// application has closed, and the FIN waits behind what there is no window for
// (tcp_rcv_state_process in FIN-WAIT-1).
func (p *Pair) busySending(side tcp.Side, answered *fsm.Step) bool {
	sndNxt, last, sent := p.ends[side].SndNxt, p.facts[side].LastData, &p.story.last[side]
	full := !sndNxt.Before(answered.Ack + tcp.Seq(answered.Window))
	more := sent.Frame == last.Frame && !sent.Flags.Has(tcp.PSH)
	within := p.lag[side] + aliveAfter
	if full {
		within = rtoMax // it probes the window
	}
	return (sndNxt.After(answered.Ack) || full || more) && last.Seen() &&
		answered.Time-last.Time < within
}

// rtoMax is the longest that Linux waits between two probes of a closed window (TCP_RTO_MAX), ns.
const rtoMax = 120_000_000_000

// answerInSynSent: a client answers an ACK or a SYN,ACK with RST. An unacceptable ACK leaves it in
// SYN-SENT; a good SYN,ACK that is answered so met no socket: a scanner, or a client that had given
// up.
func (p *Pair) answerInSynSent(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step,
	answered *fsm.Step) {
	s := &p.ends[from]
	if answered.Verdict == tcp.Discard && answered.Response == tcp.RespondRst {
		return // as was to be expected
	}
	// of data in the SYN too, if that was taken (fast open)
	if answered.Ack.After(s.ISS) && !answered.Ack.After(s.SndNxt) {
		step.Notes |= fsm.PortScanAnswer | fsm.FromFormerPeer
		step.SenderBefore = tcp.Closed
		p.set(from, tcp.Closed, fsm.Mark{Frame: answered.Frame, Time: answered.Time}, tcp.Confirmed, fsm.LostState)
		p.assume(env, RefusedInHandshake, one(answered.Frame), func(st *fsm.Step) {
			st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Discard, tcp.NoConnection, tcp.RespondRst, seg.Frame
			st.ReceiverBefore, st.ReceiverAfter = tcp.Closed, tcp.Closed
		})
		return
	}
	p.refusedInAttempt(env, answered.Frame, seg.Frame)
}

// refusedInAttempt: a segment met SYN-SENT, which refuses what does not acknowledge its SYN (RFC
// 9293 section 3.10.7.3).
func (p *Pair) refusedInAttempt(env *Env, refused, rst uint64) {
	p.assume(env, RefusedInHandshake, one(refused), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst, rst
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynSent
		st.Notes &^= fsm.Lost
	})
}

// rstAnswers finds the peer's segment that a RST answers: the last whose ACK became the RST's SEQ,
// or, for a RST with ACK, whose end became its ACK.
func (p *Pair) rstAnswers(from tcp.Side, seg *tcp.Segment, step *fsm.Step) *fsm.Step {
	last := &p.story.last[from.Peer()]
	if p.abortsBare(from, seg) {
		step.Answers = 0
		return nil
	}
	if step.Answers != 0 {
		if st := p.story.find(step.Answers); st != nil {
			return st
		}
	}
	if last.Frame == 0 || last.Flags.Has(tcp.RST) || seg.Time-last.Time > answerWithin+p.lag[from] {
		return nil
	}
	byAck := !seg.Flags.Has(tcp.ACK) && last.Flags.Has(tcp.ACK) && last.Ack == seg.Seq
	byEnd := seg.Flags.Has(tcp.ACK) && last.EndSeq() == seg.Ack && (!last.Flags.Has(tcp.ACK) ||
		p.acksAfterClose(from, seg, last))
	if !byAck && !byEnd {
		return p.rstAnswersData(from, seg, step)
	}
	if byAck && p.tooSoon(from, seg, last.Time) {
		if st := p.askedBefore(from, seg); st != nil {
			step.Answers = st.Frame
			return st
		}
	}
	step.Answers = last.Frame
	return p.story.keep(last)
}

// acksAfterClose reports whether a RST,ACK is the answer of a side that had closed to data that
// came after that: some stacks acknowledge the data that nobody reads (Profile.AnswersAfterClose).
// Where it is not known what the side runs, window 0 and no options tell. Example: a client sends
// its FIN as 793 and has SND.NXT 794; then 31 bytes from 2746 on come, and it answers RST 794 ACK
// 2777.
func (p *Pair) acksAfterClose(from tcp.Side, rst *tcp.Segment, data *fsm.Step) bool {
	s, profile := &p.ends[from], p.profile(from)
	naked := rst.Window == 0 && rst.Options == 0
	does := profile.AnswersAfterClose == fsm.RSTACK || profile.Stack == fsm.AnyStack && naked
	return does && s.FINSent && rst.Seq == s.SndNxt && data.Len > 0 && rst.Ack == data.EndSeq() &&
		data.EndSeq().After(s.RcvWup)
}

// abortsBare reports whether a RST without ACK is an abort of a socket, and not the answer of a
// host that has none: its sender had acknowledged all that its peer had sent, so it had the socket
// (Profile.AbortsBare).
func (p *Pair) abortsBare(from tcp.Side, rst *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.flow[from.Peer()]
	return p.profile(from).AbortsBare && !rst.Flags.Has(tcp.ACK) && s.State == tcp.Established &&
		peer.Known && s.RcvWup == peer.Nxt &&
		rst.Seq == s.SndNxt
}

// tooSoon reports whether a segment came too soon to be the answer to one that was recorded at a
// time: the way there and back is longer.
func (p *Pair) tooSoon(from tcp.Side, seg *tcp.Segment, at int64) bool {
	way := p.way[from]
	return way >= longWay && seg.Time-at < way-way/8
}

// askedBefore gives the last of the peer's kept segments that a bare RST of a socket in SYN-SENT
// can be the answer to, by its time.
func (p *Pair) askedBefore(from tcp.Side, rst *tcp.Segment) (last *fsm.Step) {
	if !p.meetsAttempt(from) {
		return nil
	}
	p.kept().since(rst.Time-answerWithin-p.lag[from], func(st *fsm.Step) {
		if last == nil && !p.tooSoon(from, rst, st.Time) && canAnswer(st, from, rst) {
			last = st
		}
	})
	return last
}

// rstAnswersData finds the data that crossed the FIN of a side which answers it with a bare RST,
// when more has passed since.
func (p *Pair) rstAnswersData(from tcp.Side, seg *tcp.Segment, step *fsm.Step) *fsm.Step {
	una := p.flow[from.Peer()].Una
	for i := range p.story.steps {
		st := &p.story.steps[i]
		if st.From == from || st.Len == 0 || !st.Flags.Has(tcp.ACK) ||
			st.Flags.Any(tcp.SYN|tcp.RST) || st.Ack != seg.Seq ||
			seg.Flags.Has(tcp.ACK) || st.AnsweredBy != 0 || !st.EndSeq().After(una) ||
			seg.Time-st.Time > answerWithin+p.lag[from] {
			continue
		}
		step.Answers = st.Frame
		return st
	}
	return nil
}

// crossRST: what the peer had sent that was still on its way when the RST was sent meets no socket:
// a socket that resets tells its RCV.NXT, and data beyond that has not been taken. What was
// acknowledged before has, whatever a forged RST says.
func (p *Pair) crossRST(env *Env, from tcp.Side, seg *tcp.Segment) {
	if !seg.Flags.Has(tcp.ACK) || p.ends[from].State != tcp.Closed || env.Ring == nil {
		return
	}
	took := tcp.MaxSeq(seg.Ack, p.flow[from.Peer()].Una)
	env.Ring.eachSince(seg.Time-reviseWithin, func(st *fsm.Step) {
		if st.From == from || st.Verdict != tcp.Accept || st.EndSeq().AtOrBefore(took) ||
			st.Flags.Any(tcp.SYN|tcp.RST) || st.Len == 0 {
			return
		}
		p.decide(env, MetNoSocket, st, func(st *fsm.Step) {
			refuse(st)
			st.Notes |= fsm.Crossed
		})
	}, p.id)
}

// addr gives a side's address.
func (p *Pair) addr(side tcp.Side) tcp.Addr {
	if side == tcp.Initiator {
		return p.tuple.Src
	}
	return p.tuple.Dst
}
