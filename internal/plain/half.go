package plain

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// Fits reports whether a segment can be the first of its direction of a connection, of which only
// the other direction has been recorded: its numbers are what that other direction asks for. An
// ICMP error is of the direction that it quotes no segment of.
func (s *Store) Fits(c *Conn, key *reassembly.Key, seg *tcp.Segment, fromB bool) bool {
	if c.phase == unusual && c.pair == 0 {
		s.rouse(c, key)
	}
	if c.pair != 0 {
		return s.pairs[c.pair].Fits(seg, fromB)
	}
	if seg.Kind == tcp.KindICMP {
		return c.phase == asked && c.from(fromB) == tcp.Initiator &&
			seg.Seq+1 == c.sides[tcp.Initiator].nxt
	}
	// Asleep, a connection with one direction alone has nothing but its SYN.
	return c.phase == asked && c.from(fromB) == tcp.Responder && seg.Flags.Has(tcp.ACK) &&
		seg.Flags.Any(tcp.SYN|tcp.RST) &&
		seg.Ack == c.sides[tcp.Initiator].nxt
}
