package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// formerSpan is how far back in the former life's numbers a late segment of it can be: a large
// window's worth.
const formerSpan = 1 << 24

// ofFormer reports whether a segment belongs to the former life of the four-tuple: it is numbered
// as that one was, and its acknowledgment too, which the present life's numbers do not explain.
func (c *Case) ofFormer(s *fsm.Step) bool {
	if s.Notes.Has(fsm.OldLife) {
		return true
	}
	f := &c.Former
	if !f.Known || s.Kind != tcp.KindTCP || s.Flags.Has(tcp.SYN) || !s.Flags.Has(tcp.ACK) || !s.Wanted.Known {
		return false
	}
	return behind(f.SndNxt[s.From], s.EndSeq()) && behind(f.RcvNxt[s.From], s.Ack) && !c.acksPresent(s)
}

// acksPresent reports whether a segment acknowledges something of the present life.
func (c *Case) acksPresent(s *fsm.Step) bool {
	if peer := &c.Sides[s.From.Peer()]; peer.ISNKnown && s.Ack.AtOrBefore(peer.ISN) {
		return false
	}
	return behind(s.Wanted.SndNxt, s.Ack)
}

// behind reports whether n is at or not far before edge.
func behind(edge, n tcp.Seq) bool {
	d := edge.Sub(n)
	return d >= 0 && d < formerSpan
}
