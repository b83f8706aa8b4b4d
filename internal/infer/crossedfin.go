package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// sentFINBefore: a FIN is seen only now that its side had sent before: the ACK with which it took
// the peer's FIN bore the number after its own. So the FINs crossed, and the side passed CLOSING
// (RFC 9293 section 3.6, figure 13), not CLOSE-WAIT. Where the peer's FIN came twice that ACK may
// have answered the second, and the FIN been lost in between.
func (p *Pair) sentFINBefore(env *Env, from tcp.Side) {
	s, peer := &p.ends[from], &p.facts[from.Peer()]
	t, ack := p.lastTransition(from), p.known(peer.FINAcked.Frame)
	if t == nil || t.From != tcp.Established || t.To != tcp.CloseWait || ack == nil ||
		ack.From != from || ack.Flags.Has(tcp.FIN) ||
		ack.Seq != s.FINSeq+1 || peer.FirstFIN != peer.LastFIN {
		return
	}
	at := t.Mark
	t.From, t.To = tcp.FinWait1, tcp.Closing
	ts := p.story.transitions
	i := slices.IndexFunc(ts, func(o fsm.Transition) bool {
		return o.Side == from &&
			o.To == tcp.Closing && !o.Withdrawn
	})
	p.story.transitions = slices.Insert(ts, i, fsm.Transition{Mark: at, Side: from,
		From: tcp.Established, To: tcp.FinWait1,
		Certainty: tcp.Confirmed, Cause: fsm.SentFIN})
	s.State = tcp.Closing
	p.assume(env, FINsCrossed, allSince(at.Time), func(st *fsm.Step) {
		before, after := &st.SenderBefore, &st.SenderAfter
		if st.From != from {
			before, after = &st.ReceiverBefore, &st.ReceiverAfter
		}
		if st.Frame == at.Frame {
			*before = tcp.FinWait1
		}
		for _, state := range []*tcp.State{before, after} {
			if *state == tcp.CloseWait {
				*state = tcp.Closing
			}
		}
	})
}
