package fsm

import "github.com/lastack/lastack/tcp"

// resetAfterAll: an ACK shows that the side's RCV.NXT is below what was taken for it, and is just
// the number of a RST that is on its way to it: that RST is valid (RFC 5961 section 3.2,
// tcp_reset_check), and what came after it met no socket.
func (p *Pair) resetAfterAll(env *Env, side tcp.Side, ack *Step) {
	if !p.ends[side].state.Synchronized() {
		return
	}
	var rst *Step
	p.kept().since(ack.Time-p.lag[side]-refusedSlack, func(st *Step) {
		refused := st.Reason == tcp.OutOfWindow || st.Reason == tcp.RstNotExact
		if st.From != side && st.Flags.Has(tcp.RST) && exactFor(st.Seq, ack.Ack) && refused {
			rst = st
		}
	})
	if rst == nil {
		return
	}
	first, before := Mark{rst.Frame, rst.Time}, p.ends[side].state
	if ack.Answers == first.Frame {
		ack.Answers, ack.Notes = 0, ack.Notes&^ChallengeAck
	}
	p.set(side, tcp.Closed, first, tcp.Confirmed, ReceivedRST)
	p.each(env, first.Time, func(st *Step) {
		if st.Frame > first.Frame {
			resetsNone(st, side)
		}
	})
	p.revise(env, first.Frame, func(st *Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Reset, tcp.ValidRst, tcp.RespondNone, 0
		st.ReceiverBefore, st.ReceiverAfter = before, tcp.Closed
	})
}
