package plain

import (
	"math"
	"time"

	"github.com/lastack/lastack/tcp"
)

// patience is the longest silence that is still ordinary: shorter than any timer that a rule looks
// at.
const patience = int64(10 * time.Second)

// ordinary reports whether a segment is what may come next of a connection that does nothing
// unusual, and if so takes it in. It is strict: to say no only costs time.
func (c *Conn) ordinary(seg *tcp.Segment, fromB bool, patience int64) bool {
	if seg.Kind != tcp.KindTCP || seg.Urgent != 0 || seg.SACKCount != 0 ||
		seg.Cut&^tcp.CutPayload != 0 || seg.Checksum == tcp.ChecksumBad || seg.OuterBad {
		return false
	}
	switch c.phase {
	case unborn:
		return c.begins(seg, fromB)
	case unusual:
		return false
	}
	if seg.Iface != c.iface || seg.File != c.file || seg.IPv6 != c.ipv6 || seg.Frame <= c.frame {
		return false
	}
	if silence := seg.Time - c.time; silence < 0 || silence >= patience {
		return false
	}
	from := c.from(fromB)
	c.marks |= markIf(seg.Checksum == tcp.ChecksumPartial, UnfinishedChecksums)
	switch c.phase {
	case asked:
		return c.answers(seg, from)
	case answered:
		if from != tcp.Initiator || seg.Flags&tcp.FIN != 0 {
			return false
		}
	case bothFIN:
		if from != c.closer {
			return false
		}
	case closed:
		return false
	}
	return c.continues(seg, from)
}

const (
	synOptions = tcp.OptMSS | tcp.OptWScale | tcp.OptSACKPerm | tcp.OptTimestamps
	maxShift   = 14      // RFC 7323 section 2.3
	latest     = 1 << 61 // what packTime can hold, ns
)

// begins: a SYN without anything but the usual options (RFC 9293 section 3.5).
func (c *Conn) begins(seg *tcp.Segment, fromB bool) bool {
	if seg.Flags != tcp.SYN || seg.Len != 0 || seg.Options&^synOptions != 0 ||
		seg.WScale > maxShift || seg.Window == 0 || seg.TSecr != 0 ||
		seg.Time < 0 || seg.Time > latest {
		return false
	}
	c.fromB, c.ipv6, c.file, c.iface, c.options = fromB, seg.IPv6, seg.File, seg.Iface, seg.Options
	c.marks = markIf(seg.Checksum == tcp.ChecksumPartial, UnfinishedChecksums)
	c.sides[tcp.Initiator].opens(seg)
	c.df[tcp.Initiator] = seg.DF
	c.phase = asked
	return true
}

// answers: the SYN,ACK.
func (c *Conn) answers(seg *tcp.Segment, from tcp.Side) bool {
	client, server := &c.sides[tcp.Initiator], &c.sides[tcp.Responder]
	if from != tcp.Responder || seg.Flags != tcp.SYN|tcp.ACK || seg.Len != 0 ||
		seg.Options&^synOptions != 0 || seg.WScale > maxShift ||
		seg.Window == 0 || seg.Ack != client.nxt {
		return false
	}
	c.options &= seg.Options // RFC 7323 sections 2.2 and 3.2: what both sides offered
	if seg.Has(tcp.OptTimestamps) &&
		(c.options&tcp.OptTimestamps == 0 || seg.TSecr != client.tsVal) {
		return false
	}
	server.opens(seg)
	c.df[tcp.Responder] = seg.DF
	server.ack, server.edge = seg.Ack, seg.Ack+tcp.Seq(seg.Window)
	if c.options&tcp.OptWScale == 0 {
		client.shift, server.shift = 0, 0
	}
	c.phase = answered
	return true
}

// opens sets a side's numbers from its SYN.
func (s *side) opens(seg *tcp.Segment) {
	s.nxt = seg.Seq + 1
	s.tsVal, s.tsEcr, s.mss, s.shift = seg.TSval, seg.TSecr, seg.MSS, seg.WScale
}

// sent keeps what the log leaves out where the next segment repeats it.
func (s *side) sent(seg *tcp.Segment) { s.ipID, s.window, s.ttl = seg.IPID, seg.Window, seg.TTL }

// continues: the next segment of its sender, which acknowledges no more than was sent and fits the
// window and the MSS.
func (c *Conn) continues(seg *tcp.Segment, from tcp.Side) bool {
	s, peer := &c.sides[from], &c.sides[from.Peer()]
	end := seg.EndSeq()
	switch {
	case seg.Flags&^(tcp.PSH|tcp.FIN) != tcp.ACK, seg.Window == 0, seg.DF != c.df[from]:
		return false
	case seg.Seq != s.nxt && !c.sentAgain(seg, s, peer):
		return false
	case seg.Ack.After(peer.nxt), end.After(peer.edge):
		return false
	case c.phase == answered && seg.Ack != peer.nxt, c.phase != answered && seg.Ack.Before(s.ack):
		return false
	case !c.timestamps(seg, s, peer):
		return false
	case end == seg.Seq && seg.Ack == s.ack && c.phase != answered && !tellsApart(seg, s):
		return false
	case !c.closes(seg, from):
		return false
	}
	c.marks |= markIf(peer.mss != 0 && seg.Len > uint32(peer.mss), Superframes)
	if edge := seg.Ack + tcp.Seq(uint32(seg.Window)<<s.shift); c.phase == answered ||
		edge.After(s.edge) {
		s.edge = edge
	}
	if c.phase == answered {
		c.phase = open
	}
	if seg.Len > 0 {
		s.len, s.sum = fits(seg.Len), seg.PayloadSum
	}
	c.again = c.again || seg.Seq != s.nxt
	s.nxt, s.ack, s.tsVal, s.tsEcr = end, seg.Ack, seg.TSval, seg.TSecr
	return true
}

// quiet is the least silence before a timer sends something again, ns: long enough that it is no
// copy that the capture made.
const quiet = int64(25 * time.Millisecond)

// sentAgain: once, the sender's last data, of which nothing was acknowledged, in a new packet after
// a silence: a retransmission timer's or a loss probe's (RFC 6298 section 5.4, RFC 8985 section
// 7.3). Every network loses a segment now and then, and no rule has anything to say of one; what
// has no silence before it may be many other things.
func (c *Conn) sentAgain(seg *tcp.Segment, s, peer *side) bool {
	return !c.again && c.phase == open && seg.Flags&tcp.FIN == 0 && seg.Len > 0 &&
		seg.Len == uint32(s.len) && seg.EndSeq() == s.nxt &&
		seg.PayloadSum == s.sum && !peer.ack.After(seg.Seq) && seg.Time-c.time >= quiet &&
		seg.TTL == s.ttl && tellsApart(seg, s)
}

// fits gives a length that fits 16 bits, 0 for one that does not.
func fits(n uint32) uint16 {
	if n > math.MaxUint16 {
		return 0
	}
	return uint16(n)
}

// timestamps: agreed ones that do not go back, and echo what the peer sent (RFC 7323 section 4).
func (c *Conn) timestamps(seg *tcp.Segment, s, peer *side) bool {
	agreed := c.options & tcp.OptTimestamps
	if seg.Options != agreed {
		return false
	}
	return agreed == 0 || !tcp.TSBefore(seg.TSval, s.tsVal) &&
		!tcp.TSBefore(peer.tsVal, seg.TSecr) &&
		(c.phase == answered || !tcp.TSBefore(seg.TSecr, s.tsEcr))
}

// tellsApart reports whether an ACK that says nothing new is surely not the last one recorded
// twice.
func tellsApart(seg *tcp.Segment, s *side) bool {
	return seg.IPID != 0 && seg.IPID == s.ipID+1 || seg.TSval != s.tsVal
}

// closes checks a segment for the close: one side's FIN, with nothing of the other side's after it
// but its acknowledgment and its own FIN, then the last ACK (RFC 9293 section 3.6, figure 5).
func (c *Conn) closes(seg *tcp.Segment, from tcp.Side) bool {
	fin := seg.Flags&tcp.FIN != 0
	switch c.phase {
	case answered, open:
		if fin {
			c.phase, c.closer = closing, from
		}
		return true
	case closing:
		switch {
		case from == c.closer:
			return !fin && seg.Len == 0
		case seg.Len != 0:
			return false
		case !fin:
			return true
		case seg.Ack != c.sides[c.closer].nxt:
			return false // simultaneous
		}
		c.phase, c.ended = bothFIN, seg.Time
		return true
	case bothFIN:
		if fin || seg.Len != 0 || seg.Ack != c.sides[from.Peer()].nxt {
			return false
		}
		c.phase = closed
		return true
	}
	return false
}
