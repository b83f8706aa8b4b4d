package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// resetAfterAll: an ACK shows that the side's RCV.NXT is below what was taken for it, and is just
// the number of a RST that is on its way to it: that RST is valid (RFC 5961 section 3.2,
// tcp_reset_check), and what came after it met no socket.
func (p *Pair) resetAfterAll(env *Env, side tcp.Side, ack *fsm.Step) {
	if !p.ends[side].State.Synchronized() {
		return
	}
	var rst *fsm.Step
	p.kept().since(ack.Time-p.lag[side]-refusedSlack, func(st *fsm.Step) {
		refused := st.Reason == tcp.OutOfWindow || st.Reason == tcp.RstNotExact
		if st.From != side && st.Flags.Has(tcp.RST) && fsm.ExactFor(st.Seq, ack.Ack) && refused {
			rst = st
		}
	})
	if rst == nil {
		return
	}
	first, before := fsm.Mark{Frame: rst.Frame, Time: rst.Time}, p.ends[side].State
	if ack.Answers == first.Frame {
		ack.Answers, ack.Notes = 0, ack.Notes&^fsm.ChallengeAck
	}
	p.set(side, tcp.Closed, first, tcp.Confirmed, fsm.ReceivedRST)
	p.assume(env, ResetTaken, allSince(first.Time), func(st *fsm.Step) {
		if st.Frame > first.Frame {
			resetsNone(st, side)
		}
	})
	p.assume(env, ResetTaken, one(first.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Reset, tcp.ValidRst, tcp.RespondNone, 0
		st.ReceiverBefore, st.ReceiverAfter = before, tcp.Closed
	})
}
