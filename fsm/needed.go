package fsm

import "github.com/lastack/lastack/tcp"

// longWay is from when a way is so long that what hosts take for themselves does not matter, ns.
const longWay = 5_000_000

// crossedAgain reports whether an ACK came too soon to be of a retransmission: it crossed it, and is of an earlier transmission. The
// retransmission then found its receiver with everything, and is answered later.
func (p *Pair) crossedAgain(env *Env, from tcp.Side, seg *tcp.Segment, e *expectation) bool {
	way := p.way[from]
	crossed := way >= longWay && seg.Time-e.time < way/3
	if seg.Has(tcp.OptTimestamps) { // it echoes what came last in order (RFC 7323 section 4.3)
		crossed = tcp.TSBefore(seg.TSecr, e.tsval)
	}
	if !e.covers || p.lag[from] < minLag || way < minLag || !crossed {
		return false
	}
	e.covers = false
	p.revise(env, e.frame, func(st *Step) {
		if st.Verdict == tcp.Accept {
			st.Verdict, st.Reason, st.Response = tcp.Duplicate, tcp.OldData, tcp.RespondAck
			st.Notes |= Spurious | ReceiverLags
		}
	})
	return true
}

// neededAfterAll: a retransmission was taken to be of what its receiver had, but the ACK that answers it reports nothing received twice,
// as a receiver does that agreed on SACK (RFC 2883, tcp_dsack_set). So it was needed, and the transmission before it was lost.
// What a near side had is known without that.
func (p *Pair) neededAfterAll(env *Env, from tcp.Side, seg *tcp.Segment, e *expectation) {
	if p.lag[from] < minLag || seg.SACKCount > 0 || !p.facts[from].SACKOK || env.Stack != Linux || seg.Ack.Before(e.end) {
		return
	}
	needed := p.known(e.frame)
	if needed == nil || seg.Has(tcp.OptTimestamps) && seg.TSecr != needed.TSval ||
		needed.Verdict != tcp.Duplicate || needed.Reason != tcp.OldData || needed.Notes.Has(ReceiverLags) {
		return
	}
	left, right := needed.Seq, needed.EndSeq()
	p.revise(env, e.frame, func(st *Step) {
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondAck
		st.Notes = st.Notes&^Spurious | ReceiverLags
	})
	p.reviseRange(env, from, seg.Time, left, right, func(st *Step) {
		if st.Frame != e.frame && st.Verdict == tcp.Accept {
			st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
			st.Notes |= Lost
		}
	})
}
