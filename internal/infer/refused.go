package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// refusedOnItsWay finds the peer's segment that a bare RST of a side without a socket answers,
// where the capture point is far from that side: each segment that meets no socket is answered by
// one, with the segment's ACK as its SEQ (tcp_v4_send_reset), in the order in which they came. It
// was taken to have arrived before the socket was gone.
func (p *Pair) refusedOnItsWay(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	t := p.lastTransition(from)
	if seg.Flags.Has(tcp.ACK) || t == nil || t.To != tcp.Closed {
		return
	}
	if st := p.known(step.Answers); st != nil && (st.Response == tcp.RespondRst &&
		st.AnsweredBy != 0 && st.AnsweredBy != seg.Frame ||
		st.SeqLen() > 0 && st.Verdict == tcp.Accept && beforeAcked(st, p.flow[from.Peer()].Una)) {
		step.Answers = 0 // it has its RST, or its ACK: this one answers another that came late
	}
	if step.Answers != 0 {
		p.assume(env, MetNoSocket, one(step.Answers), func(st *fsm.Step) {
			switch {
			case st.Frame == t.Frame:
			case st.Verdict == tcp.Accept:
				refuse(st)
				st.AnsweredBy = seg.Frame
			case st.Reason == tcp.NoConnection:
				tieAnswer(st, seg.Frame)
			}
		})
		return
	}
	st := p.refusedAmong(env, p.kept(), from, seg, t)
	if ring, ok := p.held(env); ok {
		p.refusedAmong(env, ring, from, seg, t)
	}
	if st == nil {
		st = p.timedRefused(env, from, seg, t)
	}
	if st != nil {
		step.Answers = st.Frame
		if seg.Time-t.Time < p.lag[from]+refusedSlack || t.Cause == fsm.ReceivedRST && st.Len > 0 {
			p.endedBefore(env, from, st, t)
		}
	}
	p.resetsMetNone(env, from)
}

// resetsMetNone: a bare RST of a side without a socket answers something that met none. If that was
// data, the peer's RSTs that came after all its data met none either. That they passed the capture
// point before what ended the socket says nothing: they were sent before they could have seen it.
func (p *Pair) resetsMetNone(env *Env, from tcp.Side) {
	t, peer := p.lastTransition(from), from.Peer()
	if t == nil || t.To != tcp.Closed || t.Cause == fsm.ReceivedRST ||
		!p.flow[peer].Nxt.After(p.flow[peer].Una) {
		return
	}
	data := p.facts[peer].LastData.Frame
	p.assume(env, MetNoSocket, allSince(t.Time-p.lag[from]-refusedSlack), func(st *fsm.Step) {
		if st.Frame > data {
			resetsNone(st, from)
		}
	})
}

// timedRefused gives the segment that is being timed, refused, if a bare RST can be the answer to
// it.
func (p *Pair) timedRefused(env *Env, from tcp.Side, rst *tcp.Segment, t *fsm.Transition) *fsm.Step {
	s := &p.samples[from.Peer()]
	if !s.on || s.ack != rst.Seq || s.flags.Any(tcp.SYN|tcp.FIN) || s.frame == t.Frame ||
		rst.Time-s.time > answerWithin+p.lag[from] {
		return nil
	}
	st := p.timed(from.Peer())
	if st == nil || st.AnsweredBy != 0 {
		return nil
	}
	p.decide(env, MetNoSocket, st, func(st *fsm.Step) { refuse(st); st.AnsweredBy = rst.Frame })
	return st
}

// endedBefore: what met no socket came before what was taken to have ended the socket, and the
// answer to it before one to that could have come. So that met none either. It was the first that
// ended the socket: data that nobody reads any more, if the side has closed
// (tcp_rcv_state_process), or the socket had been gone without a word.
func (p *Pair) endedBefore(env *Env, side tcp.Side, refused *fsm.Step, t *fsm.Transition) {
	if refused.Frame >= t.Frame || refused.Time > t.Time || t.Cause != fsm.ReceivedRST &&
		t.Cause != fsm.ReceivedACK || t.Side != side {
		return
	}
	ending, at := t.Frame, fsm.Mark{Frame: refused.Frame, Time: refused.Time}
	p.takeBack(env, side, t)
	before, reason, cause := p.ends[side].State, tcp.NoConnection, fsm.LostState
	waits := before == tcp.FinWait1 || before == tcp.FinWait2 || before == tcp.Established &&
		p.busySending(side, refused)
	if waits && refused.Len > 0 {
		reason, cause = tcp.AfterClose, fsm.DataAfterClose
	}
	if last := p.lastTransition(side); last != nil && last.Frame == refused.Frame {
		before = last.From // by its ACK
	}
	p.set(side, tcp.Closed, at, tcp.Confirmed, cause)
	p.assume(env, MetNoSocket, one(ending), func(st *fsm.Step) {
		refuse(st)
		st.Notes = st.Notes&^fsm.Withdrew | fsm.Crossed
		if st.Flags.Has(tcp.RST) {
			st.Response = tcp.RespondNone
		}
	})
	if reason == tcp.AfterClose {
		p.assume(env, MetNoSocket, one(refused.Frame), func(st *fsm.Step) {
			st.Reason, st.ReceiverBefore = reason,
				before
		})
	}
}

// refusedSlack is how much longer than the way that was measured a segment may have been under way:
// the hosts have other things to do.
const refusedSlack = 5_000_000

// refusedAmong gives the step that a bare RST answers, refused.
func (p *Pair) refusedAmong(env *Env, among view, from tcp.Side, seg *tcp.Segment,
	t *fsm.Transition) *fsm.Step {
	lag := p.lag[from]
	var st *fsm.Step
	byRefused := t.Cause == fsm.LostState || t.Cause == fsm.DataAfterClose // by what was refused first
	switch {
	case byRefused:
		st = p.unanswered(among, from, seg, t, t.Time, false)
	case t.Cause == fsm.ReceivedRST: // before that, by data that nobody reads any more
		st = p.unanswered(among, from, seg, t, t.Time-reviseWithin, true)
	}
	if st == nil {
		st = p.unanswered(among, from, seg, t, t.Time-lag-lag/8, byRefused)
	}
	if st == nil {
		st = p.unanswered(among, from, seg, t, t.Time-lag-refusedSlack, byRefused)
	}
	if st == nil {
		st = lateAfterAll(among, from, seg)
	}
	if st != nil {
		p.decide(env, MetNoSocket, st, func(st *fsm.Step) {
			st.Notes &^= fsm.Lost
			refuse(st)
			st.AnsweredBy = seg.Frame
		})
	}
	return st
}

// unanswered gives the oldest segment since a time that a bare RST can be the answer to. Of those
// before the one by which the side's end shows first only data can be: had a bare ACK met no
// socket, what came next would have been answered with a RST too.
func (p *Pair) unanswered(among view, from tcp.Side, seg *tcp.Segment, t *fsm.Transition, since int64,
	data bool) (oldest *fsm.Step) {
	una := p.flow[from.Peer()].Una
	among.since(since, func(st *fsm.Step) {
		if canAnswer(st, from, seg) && !beforeAcked(st, una) && st.Frame != t.Frame &&
			!st.Notes.Has(fsm.Lost) && (st.SeqLen() > 0 || !data) {
			oldest = st
		}
	})
	return oldest
}

// beforeAcked reports whether a segment was acknowledged, or, if it has nothing to acknowledge, was
// sent before what was: a bare ACK goes out at SND.NXT (tcp_acceptable_seq), and what was sent
// there next has arrived.
func beforeAcked(s *fsm.Step, una tcp.Seq) bool {
	if s.SeqLen() > 0 {
		return s.EndSeq().AtOrBefore(una)
	}
	return s.Seq.Before(una)
}

// lateAfterAll gives the oldest segment that was taken for lost and that a bare RST can be the
// answer to.
func lateAfterAll(among view, from tcp.Side, seg *tcp.Segment) (oldest *fsm.Step) {
	among.since(seg.Time-reviseWithin, func(st *fsm.Step) {
		if canAnswer(st, from, seg) && st.Notes.Has(fsm.Lost) {
			oldest = st
		}
	})
	return oldest
}

// canAnswer reports whether a bare RST of a side can be the answer to a segment, by their numbers.
func canAnswer(st *fsm.Step, from tcp.Side, rst *tcp.Segment) bool {
	return st.From != from && st.AnsweredBy == 0 && st.Ack == rst.Seq && st.Flags.Has(tcp.ACK) &&
		!st.Flags.Any(tcp.RST|tcp.SYN)
}

// refuse makes a step one that met no socket.
func refuse(st *fsm.Step) {
	st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.NoConnection, tcp.RespondRst
	st.ReceiverBefore, st.ReceiverAfter = tcp.Closed, tcp.Closed
}

// resetsNone: a RST to a side that had no socket any more was not refused for its numbers.
func resetsNone(s *fsm.Step, side tcp.Side) {
	if s.From != side && s.Flags.Has(tcp.RST) && s.Verdict == tcp.Discard {
		refuse(s)
		s.Response = tcp.RespondNone
	}
}

// refusedInFlight: when a side's answer shows that it has no socket any more, the answered segment
// was not the only one under way. Of those with the same ACK the first is what it refused first,
// and all data after that met no socket either, nor did a bare ACK.
func (p *Pair) refusedInFlight(env *Env, from tcp.Side, seg *tcp.Segment, answered *fsm.Step) {
	if answered == nil {
		return
	}
	was := *answered
	p.inFlightAmong(env, p.kept(), from, seg, &was)
	if ring, ok := p.held(env); ok {
		p.inFlightAmong(env, ring, from, seg, &was)
	}
}

// inFlightAmong refuses what was under way besides the answered segment, and makes what was refused
// first the answered one.
func (p *Pair) inFlightAmong(env *Env, among view, from tcp.Side, seg *tcp.Segment,
	answered *fsm.Step) {
	var first, self *fsm.Step
	lag := p.lag[from]
	since, una := seg.Time-lag-max(lag/8, refusedSlack), p.flow[from.Peer()].Una
	if answered.Reason == tcp.AfterClose { // what came before its FIN, that acknowledged
		since = seg.Time - reviseWithin
	}
	among.since(since, func(st *fsm.Step) {
		if st.Frame == answered.Frame {
			self = st
		}
		if st.Frame > answered.Frame {
			p.decide(env, MetNoSocket, st, func(st *fsm.Step) { resetsNone(st, from) })
		}
		after := st.SeqLen() == 0 && st.Frame > answered.Frame
		if st.From == from || !after && (st.Len == 0 || st.EndSeq().AtOrBefore(una)) ||
			st.Flags.Any(tcp.SYN|tcp.RST) || st.Notes.Has(fsm.Lost) ||
			st.Frame != answered.Frame && (st.AnsweredBy != 0 || st.Verdict != tcp.Accept &&
				st.Verdict != tcp.Queue) {
			return
		}
		if st.Ack == seg.Seq && !after {
			first = st
		}
		if st.Frame != answered.Frame {
			p.decide(env, MetNoSocket, st, func(st *fsm.Step) { refuse(st); st.Notes |= fsm.Crossed })
		}
	})
	if first == nil || first.Frame == answered.Frame {
		return
	}
	p.decide(env, MetNoSocket, first, func(st *fsm.Step) {
		st.Reason, st.AnsweredBy = answered.Reason, seg.Frame
		st.ReceiverBefore = answered.ReceiverBefore
	})
	if self != nil {
		p.decide(env, MetNoSocket, self, func(st *fsm.Step) { refuse(st); st.AnsweredBy = 0 })
	}
}

// refusesOutstanding: a bare RST of a side that has sent its FIN, while data is outstanding that it
// has not acknowledged: the data met a socket that nobody reads any more (tcp_rcv_state_process),
// though more was sent since than what the RST answers. It reports whether that is so.
func (p *Pair) refusesOutstanding(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) bool {
	s, peer, flow := &p.ends[from], from.Peer(), &p.flow[from.Peer()]
	if seg.Flags.Has(tcp.ACK) || s.State != tcp.FinWait1 && s.State != tcp.FinWait2 ||
		!flow.Nxt.After(flow.Una) ||
		!seg.Seq.Before(s.SndNxt) || seg.Seq.Before(s.ISS) || !p.facts[peer].LastData.Seen() {
		return false
	}
	p.set(from, tcp.Closed, p.facts[peer].LastData, tcp.Confirmed, fsm.DataAfterClose)
	step.SenderBefore = tcp.Closed
	step.Notes |= fsm.FromFormerPeer
	step.Answers = p.outstandingAmong(env, p.kept(), from, seg)
	if ring, ok := p.held(env); ok {
		p.outstandingAmong(env, ring, from, seg)
	}
	return true
}

// outstandingAmong refuses the data that a closed socket met, and gives the frame of the first.
func (p *Pair) outstandingAmong(env *Env, among view, from tcp.Side, seg *tcp.Segment) uint64 {
	var first *fsm.Step
	una := p.flow[from.Peer()].Una
	among.since(seg.Time-reviseWithin, func(st *fsm.Step) {
		if st.Frame > p.facts[from.Peer()].LastData.Frame {
			p.decide(env, MetNoSocket, st, func(st *fsm.Step) { resetsNone(st, from) })
		}
		if st.From != from && st.Len > 0 && !st.Flags.Any(tcp.SYN|tcp.RST) &&
			st.EndSeq().After(una) && st.Ack == seg.Seq &&
			st.Verdict == tcp.Accept {
			p.decide(env, MetNoSocket, st, func(st *fsm.Step) { refuse(st); st.Notes |= fsm.Crossed })
			first = st
		}
	})
	if first == nil {
		return 0
	}
	p.decide(env, MetNoSocket, first, func(st *fsm.Step) {
		st.Reason, st.AnsweredBy, st.ReceiverBefore = tcp.AfterClose, seg.Frame, tcp.FinWait1
	})
	return first.Frame
}

// refusesTimed: a bare RST of a side that is taken to be ESTABLISHED takes up the ACK of data that
// was sent to it and that it has not acknowledged, though more was sent since with other ACKs: that
// data met no socket, or one that nobody reads any more.
func (p *Pair) refusesTimed(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) bool {
	s, t := &p.ends[from], &p.samples[from.Peer()]
	if s.State != tcp.Established || seg.Flags.Has(tcp.ACK) || !t.on ||
		t.flags.Any(tcp.SYN|tcp.FIN) || seg.Seq != t.ack ||
		!seg.Seq.Before(s.SndNxt) || seg.Time-t.time > answerWithin+p.lag[from] {
		return false
	}
	data := p.timed(from.Peer())
	if data == nil || data.AnsweredBy != 0 || data.Verdict != tcp.Accept {
		return false
	}
	step.Answers = data.Frame
	p.answerFromNoSocket(env, from, seg, step, data)
	return true
}
