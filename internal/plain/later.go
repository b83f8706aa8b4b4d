package plain

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// A connection that does something unusual need not be followed at once: whoever reads a file wants
// to know of it when it ends. Until then its segments are written down, and the full tracker
// observes them all then, one connection after the other. So a capture with a million odd
// connections takes the memory of a million logs.
//
// What may begin another life of the four-tuple is for the full tracker to say at once, because
// lives are numbered in the order in which they begin.

// seen is what has come of an unusual connection.
type seen uint16

const (
	sawSYN  seen = 1 << iota // it began with a SYN
	sawMore                  // and that was not all
	sawRST
	sawFIN        // of the initiator
	sawPeerFIN    // of the responder
	sawSocket     // neither SYN nor RST, but an ACK, of the initiator
	sawPeerSocket // of the responder
	sawSYNACK     // the SYN was answered
	sawError      // an ICMP error
)

// mayBeOver reports whether the connection may have come to its end.
func (s seen) mayBeOver() bool {
	return s&(sawRST|sawError) != 0 || s&(sawFIN|sawPeerFIN) == sawFIN|sawPeerFIN
}

// opened reports whether the connection has come about, as far as that tells: its SYN was answered
// and its client went on, both sides have sent what only a socket sends, or one has, and the
// beginning is not in the capture.
func (s seen) opened() bool {
	switch s & (sawSocket | sawPeerSocket) {
	case sawSocket | sawPeerSocket:
		return true
	case sawSocket:
		return s&sawSYNACK != 0 || s&sawSYN == 0
	case sawPeerSocket:
		return s&(sawSYN|sawSYNACK) == 0
	}
	return false
}

// noteLater writes down a segment that is not ordinary. It reports false if the full tracker must
// see it at once.
func (s *Store) noteLater(c *Conn, seg *tcp.Segment, from tcp.Side) bool {
	if c.log.size >= maxLog || seg.Kind != tcp.KindTCP || !c.inReach(seg) ||
		c.mayBeginAgain(seg, from) || c.takesBack(seg, from) {
		return false
	}
	if c.id == 0 {
		c.id = s.Env.NextID()
	}
	s.anyBytes = c.encodeAny(s.anyBytes[:0], seg, from)
	c.log.write(&s.logs, s.anyBytes)
	c.time, c.frame = seg.Time, seg.Frame
	c.sides[from].sentAny(seg)
	c.see(seg, from)
	return true
}

// inReach reports whether a record can hold when a segment came.
func (c *Conn) inReach(seg *tcp.Segment) bool {
	const longest = 1 << 60 // between two segments, ns
	gap := seg.Time - c.time
	return seg.Time >= 0 && seg.Time <= latest &&
		(c.frame == 0 || seg.Frame > c.frame && gap <= longest && gap >= -longest)
}

// turn makes an ordinary connection an unusual one, or begins one with a segment.
func (s *Store) turn(c *Conn, key *reassembly.Key, seg *tcp.Segment, fromB bool) {
	was := c.phase
	if was == closed && c.frame == 0 {
		s.recall(c, key)
	}
	c.phase = unusual
	if was == unborn {
		c.fromB, c.ipv6, c.file, c.iface = fromB, seg.IPv6, seg.File, seg.Iface
		if seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST|tcp.FIN) == tcp.SYN {
			c.seen, c.isn = sawSYN, seg.Seq
		}
		return
	}
	c.seen = sawSYN
	c.isn = c.sides[tcp.Initiator].nxt - 1
	if was != asked {
		c.seen |= sawMore | sawSYNACK
	}
	if was >= open {
		c.seen |= sawSocket
	}
	if was >= closing {
		c.seen |= sawFIN << c.closer
	}
	if was >= bothFIN {
		c.seen |= sawFIN | sawPeerFIN
	}
	for i := range c.sides {
		c.sides[i].high = c.sides[i].nxt
	}
}

// see takes in what a segment of an unusual connection shows.
func (c *Conn) see(seg *tcp.Segment, from tcp.Side) {
	first := c.seen == sawSYN && c.sides[from].high == 0
	if !first {
		c.seen |= sawMore
	}
	s := &c.sides[from]
	switch {
	case seg.Kind != tcp.KindTCP:
		c.seen |= sawError
		return
	case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN && c.seen.mayBeOver():
		c.seen = sawSYN | sawMore // perhaps another life
	case seg.Flags&tcp.RST != 0:
		c.seen |= sawRST
	case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN|tcp.ACK:
		c.seen |= sawSYNACK
	case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.ACK:
		c.seen |= sawSocket << from
	}
	end, fin := seg.EndSeq(), sawFIN<<from
	switch {
	case c.seen&fin != 0 && seg.Flags&tcp.FIN != 0 && end.Before(s.high), // what the other was, it is not its FIN
		c.seen&fin == 0 && (s.high == 0 || seg.Flags&tcp.FIN != 0 || end.After(s.high)):
		s.high = end
	}
	if seg.Flags&tcp.FIN != 0 {
		c.seen |= fin
	}
	if seg.Flags&(tcp.ACK|tcp.RST) == tcp.ACK {
		edge := seg.Ack + tcp.Seq(uint32(seg.Window)<<s.shift)
		if s.edge == 0 || edge.After(s.edge) {
			s.edge = edge
		}
	}
}

// mayBeginAgain reports whether a segment may begin another life. A SYN does, unless it is the one
// that began this life, before anything came of it. A SYN,ACK does, unless it is the answer to that
// one. And so does what its sender cannot send in this life, behind its FIN or beyond the window that
// it was offered (see goesOnUnseen).
func (c *Conn) mayBeginAgain(seg *tcp.Segment, from tcp.Side) bool {
	switch {
	case seg.Flags&tcp.SYN != 0 && seg.Flags&(tcp.RST|tcp.FIN) != 0:
		return true
	case c.frame == 0:
		return false
	case seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN:
		return c.seen&^sawMore != sawSYN || from != tcp.Initiator || seg.Seq != c.isn
	case seg.Flags&tcp.SYN != 0:
		return from != tcp.Responder || c.seen&^(sawMore|sawSYNACK|sawSocket) != sawSYN ||
			c.seen&sawSYNACK != 0 && seg.EndSeq() != c.sides[from].high
	case seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) != tcp.ACK:
		return false
	}
	return c.cannotSend(from, seg.Seq)
}

// takesBack reports whether a reset comes from a client of which nothing but SYNs has come, and that
// nobody answered: it ends the attempt, or does not, as its number tells.
func (c *Conn) takesBack(seg *tcp.Segment, from tcp.Side) bool {
	return seg.Flags&tcp.RST != 0 && from == tcp.Initiator && c.seen&^sawMore == sawSYN
}

// cannotSend reports whether a number is beyond all that a side may send in this life.
func (c *Conn) cannotSend(side tcp.Side, seq tcp.Seq) bool {
	s, peer := &c.sides[side], &c.sides[side.Peer()]
	return c.seen&(sawFIN<<side) != 0 && seq.After(s.high) || peer.edge != 0 && seq.After(peer.edge)
}

// recall learns again what the next record is written against, of a connection that was frozen.
func (s *Store) recall(c *Conn, key *reassembly.Key) {
	s.replay(c, key, func(*tcp.Segment, bool) {})
	c.sides, c.time, c.frame = s.past.sides, s.past.seg.Time, s.past.seg.Frame
}

// Unusual reports whether a connection waits to be observed by the full tracker.
func (c *Conn) Unusual() bool { return c.phase == unusual && c.pair == 0 }

// Wake has the full tracker observe a connection that waits for it.
func (s *Store) Wake(c *Conn, key *reassembly.Key) {
	if c.Unusual() {
		s.rouse(c, key)
	}
}

// Followed gives how many connections the full tracker follows.
func (s *Store) Followed() int { return max(0, len(s.pairs)-1) - len(s.free) }
