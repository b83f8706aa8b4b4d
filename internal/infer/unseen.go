package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// goesOnUnseen begins the life that a segment belongs to if its opening, and more, is not in the
// capture. A connection sends nothing beyond its FIN, nor beyond the window that it was offered
// (RFC 9293 sections 3.10.4 and 3.8.6). One segment that does may be forged, but not one with the
// other side's acknowledgment of it, which is numbered beyond what that side can send, too. It
// reports whether a life began.
func (p *Pair) goesOnUnseen(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	if seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) != tcp.ACK || !p.cannotSend(from, seg.Seq) {
		return false
	}
	first := &p.story.last[from.Peer()]
	if first.Kind != tcp.KindTCP || first.Flags.Any(tcp.SYN|tcp.RST) ||
		!p.cannotSend(from.Peer(), first.Seq) ||
		seg.Ack.Before(first.Seq) || seg.Ack.After(first.EndSeq()) {
		return false
	}
	p.landFrom(env, from.Peer()) // it has arrived, since it is acknowledged
	if first.Verdict != tcp.Discard {
		return false
	}
	p.assume(env, MissingFromCapture, one(first.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
	})
	p.renewFrom(env, seg, tcp.Initiator, fsm.Successor{}, fsm.NotReused, tcp.DirectionFromPort)
	return true
}

// cannotSend reports whether a number is beyond all that a side may send in this life.
func (p *Pair) cannotSend(side tcp.Side, seq tcp.Seq) bool {
	s, r := &p.ends[side], &p.ends[side.Peer()]
	return s.FINSent && seq.After(s.FINSeq+1) || r.EdgeKnown && seq.After(r.Edge)
}
