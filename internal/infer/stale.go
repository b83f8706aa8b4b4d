package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// refusesFormer: what the former connection's server had sent when it was reset may meet its
// client's next socket, which refuses the ACK with a bare RST (RFC 9293 section 3.10.7.3,
// tcp_rcv_synsent_state_process). The RST comes behind that socket's SYN, with the number of the
// ACK, which is none of this life's; and it answers something behind what was refused first. What
// was said of that changes, nothing else does.
func (p *Pair) refusesFormer(env *Env, from tcp.Side, rst *tcp.Segment) {
	x := p.peek()
	if env.Ring == nil || x.formerID == 0 || from != tcp.Initiator || rst.Flags.Has(tcp.ACK) ||
		rst.Seq == p.ends[from].ISS+1 {
		return
	}
	var oldest *fsm.Step
	refused := uint64(0) // the first segment that met no socket, or the new one
	env.Ring.eachSince(rst.Time-reviseWithin, func(st *fsm.Step) {
		if st.From != from && st.Verdict == tcp.Discard && st.Response == tcp.RespondRst {
			refused = st.Frame
		}
		if canAnswer(st, from, rst) && (st.Verdict == tcp.Accept || st.Reason == tcp.NoConnection) {
			oldest = st
		}
	}, x.formerID)
	if oldest == nil || refused == 0 || oldest.Frame < refused {
		return
	}
	p.decide(env, RefusedInHandshake, oldest, func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst
		st.AnsweredBy = rst.Frame
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynSent
	})
}
