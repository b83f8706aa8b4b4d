package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// formerSpeaks: a life was taken to begin with a SYN, but the other side answers with an ACK of an
// older connection. It may be the old life's last ACK that was lost, so that the side is still in
// LAST-ACK; or TIME-WAIT refused the SYN after all; or the connection is older than the capture.
// What was taken for a listener is the old socket.
func (p *Pair) formerSpeaks(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if from != tcp.Responder || s.State != tcp.Listen || p.opening != tcp.Unanswered ||
		seg.Flags.Any(tcp.SYN|tcp.RST) ||
		!seg.Flags.Has(tcp.ACK) || p.lastTransition(from) != nil {
		return
	}
	former := &p.peek().former
	state := tcp.Established
	if former.Known {
		if seg.EndSeq() != former.SndNxt[from] || seg.Ack != former.RcvNxt[from] {
			return
		}
		state = tcp.TimeWait
		if former.State[from] != tcp.TimeWait && former.WasTimeWait[from] == 0 {
			state = tcp.LastAck
		}
	} else if client := &p.ends[tcp.Initiator]; seg.Ack == client.SndNxt {
		return // it acknowledges the SYN: the SYN,ACK is missing from the capture
	}
	p.setFormer(s, seg, state)
	p.refusedByFormer(env, from, seg, state)
}

// setFormer makes the model of an old socket from what it says of itself.
func (p *Pair) setFormer(s *fsm.Socket, seg *tcp.Segment, state tcp.State) {
	next := seg.EndSeq()
	*s = fsm.Socket{Former: true, State: state, SndUna: next, SndNxt: next, SndKnown: true,
		RcvKnown: true, RcvNxt: seg.Ack,
		RcvWup: seg.Ack, OutOfOrder: s.OutOfOrder[:0]}
	if state.SentFIN() {
		s.FINSent, s.FINRcvd, s.FINSeq = true, true, next-1
	}
	if state == tcp.LastAck {
		s.SndUna = next - 1
	}
}

// refusedByFormer revises the SYN that was taken to have met a listener.
func (p *Pair) refusedByFormer(env *Env, from tcp.Side, seg *tcp.Segment, state tcp.State) {
	syn := p.facts[from.Peer()].LastSYN
	p.assume(env, OldSocket, one(syn.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.SynInWindow, tcp.RespondChallengeAck
		if state == tcp.TimeWait {
			st.Reason, st.Response = tcp.InTimeWait, tcp.RespondAck
			st.Wanted = p.ends[from].Wanted()
		}
		st.ReceiverBefore, st.ReceiverAfter = state, state
		st.Notes |= fsm.NewSYN
		if seg.SeqLen() == 0 {
			st.AnsweredBy = seg.Frame
		}
	})
}
