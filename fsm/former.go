package fsm

import "github.com/lastack/lastack/tcp"

// formerSpeaks: a new life was taken to have begun because the old one was over at the other side; but that side answers with the
// old life's numbers. Its last ACK was lost, so it is still in LAST-ACK (or its TIME-WAIT refused the SYN after all), and what was
// taken for a listener is the old socket.
func (p *Pair) formerSpeaks(env *Env, from tcp.Side, seg *tcp.Segment) {
	s, former := &p.ends[from], &p.peek().former
	if !former.Known || from != tcp.Responder || s.state != tcp.Listen || seg.Flags.Any(tcp.SYN|tcp.RST) ||
		!seg.Flags.Has(tcp.ACK) {
		return
	}
	next := former.SndNxt[from]
	if seg.EndSeq() != next || seg.Ack != former.RcvNxt[from] {
		return
	}
	state := former.State[from]
	if !over(state) || state == tcp.Closed {
		state = tcp.LastAck
	}
	*s = endpoint{former: true, state: state, sndUna: next - 1, sndNxt: next, finSeq: next - 1, sndKnown: true, finSent: true, finRcvd: true,
		rcvKnown: true, rcvNxt: seg.Ack, rcvWup: seg.Ack, stateSince: former.Ended.Time, ooo: s.ooo[:0]}
	if state == tcp.TimeWait {
		s.sndUna = next
	}
	p.refusedByFormer(env, from, seg, state)
}

// refusedByFormer revises the SYN that was taken to have met a listener.
func (p *Pair) refusedByFormer(env *Env, from tcp.Side, seg *tcp.Segment, state tcp.State) {
	syn := p.facts[from.Peer()].LastSYN
	p.revise(env, syn.Frame, func(st *Step) {
		st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.SynInWindow, tcp.RespondChallengeAck
		if state == tcp.TimeWait {
			st.Reason, st.Response = tcp.InTimeWait, tcp.RespondAck
		}
		st.ReceiverBefore, st.ReceiverAfter = state, state
		st.Notes |= NewSYN
		if seg.SeqLen() == 0 {
			st.AnsweredBy = seg.Frame
		}
	})
}
