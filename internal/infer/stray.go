package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// farBelow is how far below its ACK a duplicate SACK may reach (RFC 2883), bytes: more than can be
// under way.
const farBelow = 1 << 26

// withoutStraySACK gives the segment without its SACK blocks if they are of no data that the peer
// can have sent: beyond the right edge of every window that their sender has offered, or far below
// its ACK. Something on the way has shifted the connection's numbers, but not those in the option,
// and the peer ignores them (tcp_is_sackblock_valid).
func (p *Pair) withoutStraySACK(env *Env, from tcp.Side, seg *tcp.Segment) *tcp.Segment {
	if seg.SACKCount == 0 || !seg.Flags.Has(tcp.ACK) || seg.Flags.Any(tcp.SYN|tcp.RST) || !p.strays(from, seg) {
		return seg
	}
	s := &p.extra().stray[from]
	if s.Count++; s.Count == 1 {
		s.First, s.Ack, s.Left = fsm.Mark{Frame: seg.Frame, Time: seg.Time}, seg.Ack, seg.SACK[0].Left
	}
	env.bare = *seg
	env.bare.SACKCount = 0
	return &env.bare
}

func (p *Pair) strays(from tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[from]
	if !s.EdgeKnown {
		return false
	}
	edge := tcp.MaxSeq(s.Edge, seg.Ack+tcp.Seq(s.Scaled(seg)))
	for _, b := range seg.SACK[:seg.SACKCount] {
		if !b.Left.After(edge) && !b.Right.After(edge) && seg.Ack.Sub(b.Left) <= farBelow {
			return false
		}
	}
	return true
}
