package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// aliveAfter is how long after a RST was taken to have ended a side a segment of that side may
// still be one that it sent before.
const aliveAfter = 150_000_000

// again reports whether a segment is a transmission of its own, not a copy that the network made of
// an earlier one: the sender's timestamp clock went on, or without one, time enough passed for a
// retransmission timeout (Linux TCP_RTO_MIN 200 ms).
func again(s *fsm.Socket, seg *tcp.Segment, before fsm.Mark) bool {
	if s.TSSent && seg.Has(tcp.OptTimestamps) {
		return tcp.TSBefore(s.LastTSval, seg.TSval)
	}
	return seg.Time-before.Time > 150_000_000
}

// disproveReset: a side that goes on sending was not ended by the RST that it was taken to have
// received, which never arrived or was not valid there; nor did it send the RST that bears its
// name.
func (p *Pair) disproveReset(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	t := p.lastTransition(from)
	if s.State != tcp.Closed || t == nil || seg.Flags.Has(tcp.SYN) {
		return
	}
	frame := t.Frame
	switch t.Cause {
	case fsm.ReceivedRST:
		rst, since := p.known(frame), t.Time
		notExact := rst != nil && seg.Flags.Has(tcp.ACK) && seg.Ack.After(rst.Wanted.RcvNxt) &&
			!seg.Ack.After(p.flow[from.Peer()].Nxt)
		soon := p.sentAt(env, from, seg)-since < p.lag[from]+aliveAfter
		if seg.Seq.After(s.SndNxt) || soon && !notExact || !p.withdraw(env, from) {
			return // what begins beyond all that the side has sent is not what it would send next
		}
		if notExact { // it had more than was thought when the RST came (RFC 5961 section 3.2)
			p.assume(env, ResetIgnored, one(frame), func(st *fsm.Step) {
				st.Verdict, st.Reason, st.Response = tcp.Discard,
					tcp.RstNotExact, tcp.RespondNone
			})
			p.reopen(env, from, since)
			p.outlived(env, from, since)
			return
		}
		if s.State == tcp.TimeWait {
			p.waitedOn(env, from, since)
			return
		}
		p.assume(env, ResetIgnored, one(frame), func(st *fsm.Step) {
			st.Notes |= fsm.Lost
			st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
		})
	case fsm.SentRST:
		since := t.Time
		if p.mayPrecede(env, from, seg, since) || p.countedBeforeRST(frame, seg) {
			return
		}
		if p.withdraw(env, from) {
			p.assume(env, ResetIgnored, one(frame), func(st *fsm.Step) { st.Notes |= fsm.Foreign })
			p.reopen(env, from, since)
		}
	case fsm.LostState, fsm.DataAfterClose:
		if !p.mayPrecede(env, from, seg, p.facts[from].Last.Time) {
			p.acquit(env, from, t)
		}
	}
}

// waitedOn: a side in TIME-WAIT goes on acknowledging the old connection after a RST was taken to
// have ended it. So it ignored that RST, as a host with tcp_rfc1337 does and as some stacks always
// do, and what came to it since then met TIME-WAIT (tcp_timewait_state_process).
func (p *Pair) waitedOn(env *Env, side tcp.Side, since int64) {
	x := &p.expect[side]
	x.clear() // what nobody was there to answer
	meets := func(st *fsm.Step) bool {
		return st.AnsweredBy == 0 && (st.Reason == tcp.ValidRst || st.Reason == tcp.NoConnection)
	}
	p.kept().since(since, func(st *fsm.Step) {
		if st.From != side && meets(st) && !st.Flags.Has(tcp.RST) {
			x.add(expectation{frame: st.Frame, time: st.Time, ack: st.Ack, seq: st.Seq,
				end: st.EndSeq(), tsval: st.TSval,
				response: tcp.RespondAck})
		}
	})
	slices.Reverse(x.list) // the oldest first
	p.assume(env, ResetIgnored, allTo(side, since), func(st *fsm.Step) {
		if !meets(st) {
			return
		}
		st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.InTimeWait, tcp.RespondNone
		if !st.Flags.Has(tcp.RST) {
			st.Response = tcp.RespondAck
		}
		st.Notes &^= fsm.Withdrew
		st.ReceiverBefore, st.ReceiverAfter = tcp.TimeWait, tcp.TimeWait
	})
}

// outlived: what came to a side since a time, when no socket seemed to be there any more, did not
// end it: it is older than what the side had (tcp_sequence), or a RST that is not exact.
func (p *Pair) outlived(env *Env, side tcp.Side, since int64) {
	state, wup := p.ends[side].State, p.ends[side].RcvWup
	p.assume(env, ResetIgnored, allTo(side, since), func(st *fsm.Step) {
		old := st.EndSeq().Before(wup)
		switch {
		case st.AnsweredBy != 0:
			return
		case st.Flags.Has(tcp.RST) && st.Reason == tcp.NoConnection:
			st.Reason = tcp.RstNotExact
			if old {
				st.Reason = tcp.OutOfWindow
			}
		case old && st.Verdict == tcp.Accept && st.Len == 0:
			st.Verdict, st.Reason = tcp.Discard, tcp.OutOfWindow
		default:
			return
		}
		st.ReceiverBefore, st.ReceiverAfter = state, state
	})
}

// sentAt gives when a segment passed here that was not held up on its way, by its sender's
// timestamp clock, which goes on at a tick a millisecond (tcp_time_stamp_ms): a copy that comes
// late, or one that somebody made of an earlier segment, tells nothing of now.
func (p *Pair) sentAt(env *Env, from tcp.Side, seg *tcp.Segment) int64 {
	s := &p.ends[from]
	if p.profile(from).StampTick == 0 || !s.TSSent || !seg.Has(tcp.OptTimestamps) {
		return seg.Time
	}
	return min(seg.Time,
		s.LastTSvalAt+int64(int32(seg.TSval-s.LastTSval))*int64(p.profile(from).StampTick))
}

// mayPrecede reports whether a segment of a side may have been sent before its RST, which the
// network let overtake: its timestamp is not of later; without one, it has nothing beyond what the
// RST says was sent, and came soon.
func (p *Pair) mayPrecede(env *Env, from tcp.Side, seg *tcp.Segment, rst int64) bool {
	s := &p.ends[from]
	if s.TSSent && seg.Has(tcp.OptTimestamps) {
		sent := p.sentAt(env, from, seg)
		return !tcp.TSBefore(s.LastTSval, seg.TSval) || sent < rst+clockSlack &&
			seg.Time-sent > 2*clockSlack
	}
	return seg.EndSeq().AtOrBefore(s.SndNxt) && seg.Time-rst < fsm.OvertakenWithin+2*p.rtt
}

// countedBeforeRST reports whether the IP ID of a segment shows that it was sent before the RST of
// a frame.
func (p *Pair) countedBeforeRST(rst uint64, seg *tcp.Segment) bool {
	st := p.known(rst)
	if st == nil || st.IPID == 0 {
		return false
	}
	before, counted := tcp.CountedBefore(seg.IPID, st.IPID)
	return before && counted
}

// clockSlack is what the clock of timestamps may be ahead of the records, ns.
const clockSlack = tickSlack * 1_000_000 / 2

// timerSlack is how long after a segment came a host may still send what a timer had it send at
// that moment, ns.
const timerSlack = 1_000_000

// disproveHandshake: a repeated SYN or SYN,ACK shows that what should have stopped it did not
// arrive.
func (p *Pair) disproveHandshake(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if s.State != tcp.Established || !seg.Flags.Has(tcp.SYN) || !s.ISSKnown || seg.Seq != s.ISS {
		return
	}
	if !s.SndUna.After(s.ISS) {
		// what completed a simultaneous open did not acknowledge the SYN, which therefore goes on
		// (tcp_rcv_state_process)
		return
	}
	facts := &p.facts[from]
	before := facts.LastSYN
	if seg.Flags.Has(tcp.ACK) {
		before = facts.LastSYNACK
	}
	if !before.Seen() {
		return // a SYN,ACK of a simultaneous open, the first
	}
	twice := p.facts[from.Peer()].SYNs > 1 || p.peek().tried.frame != 0
	if seg.Flags.Has(tcp.ACK) && twice && seg.Time-before.Time < oldSYN {
		// too soon for the timer: it answers a SYN that came again, and was sent before what
		// followed that
		return
	}
	if again(s, seg, before) || seg.Flags.Has(tcp.ACK) && seg.IPID == 0 {
		lag := p.crossing(from)
		if t := p.lastTransition(from); t != nil && t.Certainty == tcp.Inferred &&
			seg.Time-t.Time >= lag && !p.completedWithout(from, t.Frame) {
			frame, since := t.Frame, t.Time
			p.withdraw(env, from)
			if seg.Flags.Has(tcp.ACK) {
				p.handshakeIgnored(env, from, since, seg.Time, lag)
			} else {
				p.assume(env, RepeatedSoLost, one(frame), func(st *fsm.Step) { st.Notes |= fsm.Lost })
			}
		}
	}
}

// completedWithout reports whether what completed a simultaneous open did not acknowledge the
// side's SYN, which therefore goes on (tcp_rcv_state_process).
func (p *Pair) completedWithout(side tcp.Side, frame uint64) bool {
	st := p.known(frame)
	return p.opening == tcp.SimultaneousOpen && st != nil && st.Ack.AtOrBefore(p.ends[side].ISS)
}

// crossing is for how long after a segment passed here its receiver may send what seems to disprove
// that it came, ns.
func (p *Pair) crossing(to tcp.Side) int64 { return p.lag[to] + p.lag[to]/4 + timerSlack }

// disproveFINAcked: a FIN sent again shows that the acknowledgment of it did not arrive.
func (p *Pair) disproveFINAcked(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if !seg.Flags.Has(tcp.FIN) || !s.FINAcked() || seg.EndSeq() != s.FINSeq+1 ||
		!again(s, seg, p.facts[from].LastFIN) {
		return
	}
	if t := p.lastTransition(from); t != nil && seg.Time-t.Time < p.crossing(from) {
		return // a timer sent it when the acknowledgment was under way
	}
	finAgain := false
	for s.State == tcp.FinWait2 || s.State == tcp.TimeWait || s.State == tcp.Closed {
		t := p.lastTransition(from)
		if t == nil {
			break
		}
		frame := t.Frame
		if t.Cause == fsm.ReceivedFIN {
			finAgain = true
		}
		if !p.withdraw(env, from) {
			break
		}
		p.assume(env, RepeatedSoLost, one(frame), func(st *fsm.Step) { st.Notes |= fsm.Lost })
	}
	s.SndUna = s.FINSeq
	if peer := &p.ends[from.Peer()]; finAgain && peer.FINSent && seg.Ack.AtOrBefore(peer.FINSeq) {
		s.FINRcvd, s.FINKnown = false, false
		s.RcvNxt = peer.FINSeq
	} else if finAgain && seg.Ack == s.RcvNxt { // it had the peer's FIN all the same
		p.move(from, fsm.RcvFIN, p.facts[from.Peer()].LastFIN, tcp.Confirmed, fsm.ReceivedFIN)
	}
}

// withdrawFIN: the side's own segment does not acknowledge the peer's FIN, which therefore had not
// reached it.
func (p *Pair) withdrawFIN(env *Env, from tcp.Side) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	t := p.lastTransition(from)
	if t == nil || t.Cause != fsm.ReceivedFIN && t.Cause != fsm.ReceivedFINACK || !p.withdraw(env, from) {
		return
	}
	s.FINRcvd, s.FINCrossed = false, true
	s.RcvNxt = peer.FINSeq
}

// disproveFIN: the peer's FIN goes unanswered time and again, so it was not received: a stack
// acknowledges a FIN at once.
func (p *Pair) disproveFIN(env *Env, side tcp.Side) {
	t := p.lastTransition(side)
	if t == nil || t.Certainty != tcp.Inferred || t.Cause != fsm.ReceivedFIN &&
		t.Cause != fsm.ReceivedFINACK {
		return
	}
	frame := t.Frame
	p.withdrawFIN(env, side)
	p.assume(env, RepeatedSoLost, one(frame), func(st *fsm.Step) {
		st.Notes |= fsm.Lost
		st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
	})
}
