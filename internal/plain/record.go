package plain

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// An ordinary segment is written down as what cannot be told from the segments before it. The first
// byte says what follows:
const (
	fromResponder = 1 << iota // tcp.Responder
	isPush                    // PSH
	hasLen                    // a payload: its length and sum
	acksLess                  // the distance of its ACK from all that was sent
	newWindow                 // a window other than the sender's last
	newTSval                  // how much newer than the sender's last
	olderEcho                 // how much older its echo is than the peer's last timestamp
	isOdd                     // a byte of odd things
)

// Odd things.
const (
	oddChecksum  = 1 << iota // not verified
	oddCut                   // the payload was cut
	oddIPID                  // not the one after the sender's last
	oddTTL                   // another than the sender's last
	isSYN                    // with its numbers and options in full
	oddSumAbsent             // data without a payload sum
	isFIN
	oddPartial // only the pseudo header's sum

	// what no ordinary segment is at once: how far before the sender's next number it begins
	isAgain = isSYN | isFIN
	// nor is this: a byte that says what the payload is, and how the checksum was
	oddContent = oddChecksum | oddPartial
)

// maxRecord is the most bytes that a segment takes.
const maxRecord = 64

// record is a record on its way: the bytes, and how many there are.
type record struct {
	b *[maxRecord]byte
	n int
}

// encode writes the record of a segment and gives its length. c is what was known before it.
func (c *Conn) encode(b *[maxRecord]byte, seg *tcp.Segment, from tcp.Side) int {
	s, peer := &c.sides[from], &c.sides[from.Peer()]
	odd := oddities(seg, s)
	head := headOf(seg, s, peer, odd) | byte(from) // fromResponder
	b[0] = head
	r := record{b, 1}
	if odd != 0 {
		r.byte(odd)
	}
	r.number(packTime(seg.Time - c.time))
	r.number(seg.Frame - c.frame)
	switch odd & isAgain {
	case isSYN:
		r.syn(seg)
	case isAgain:
		r.number(uint64(s.nxt - seg.Seq))
	}
	if head&acksLess != 0 {
		r.number(uint64(peer.nxt - seg.Ack))
	}
	if head&newWindow != 0 {
		r.uint16(seg.Window)
	}
	if head&newTSval != 0 {
		r.number(uint64(seg.TSval - s.tsVal))
	}
	if head&olderEcho != 0 {
		r.number(uint64(peer.tsVal - seg.TSecr))
	}
	if odd&oddContent == oddContent {
		r.byte(byte(seg.Content) | byte(seg.Checksum)<<4)
	}
	if odd&oddIPID != 0 {
		r.uint16(seg.IPID)
	}
	if odd&oddTTL != 0 {
		r.byte(seg.TTL)
	}
	if head&hasLen != 0 {
		r.number(uint64(seg.Len))
		if odd&oddSumAbsent == 0 {
			r.uint16(seg.PayloadSum)
		}
	}
	return r.n
}

// headOf tells what a segment's record says but for odd things.
func headOf(seg *tcp.Segment, s, peer *side, odd byte) (head byte) {
	if seg.Flags&tcp.PSH != 0 {
		head |= isPush
	}
	if seg.Len > 0 {
		head |= hasLen
	}
	if seg.Window != s.window {
		head |= newWindow
	}
	if odd != 0 {
		head |= isOdd
	}
	if odd&isAgain == isSYN {
		return head
	}
	if seg.Ack != peer.nxt {
		head |= acksLess
	}
	if seg.Options&tcp.OptTimestamps != 0 {
		if seg.TSval != s.tsVal {
			head |= newTSval
		}
		if seg.TSecr != peer.tsVal {
			head |= olderEcho
		}
	}
	return head
}

// oddities tells what a segment's record must say beyond the usual.
func oddities(seg *tcp.Segment, s *side) (odd byte) {
	switch seg.Checksum {
	case tcp.ChecksumUnverified:
		odd |= oddChecksum
	case tcp.ChecksumPartial:
		odd |= oddPartial
	}
	if seg.Content != tcp.ContentUnknown {
		odd |= oddContent
	}
	if seg.Cut != 0 {
		odd |= oddCut
	}
	if seg.IPID != s.nextID(seg.IPv6) {
		odd |= oddIPID
	}
	if seg.TTL != s.ttl {
		odd |= oddTTL
	}
	if seg.Flags&tcp.SYN != 0 {
		odd |= isSYN
	}
	if seg.Len > 0 && seg.PayloadSum == 0 {
		odd |= oddSumAbsent
	}
	if seg.Flags&tcp.FIN != 0 {
		odd |= isFIN
	}
	if seg.Seq != s.nxt && odd&isSYN == 0 {
		odd |= isAgain
	}
	return odd
}

// nextID is the IP identification that a Linux socket's next packet has (ip_select_ident_segs);
// IPv6 has none.
func (s *side) nextID(ipv6 bool) uint16 {
	if ipv6 {
		return 0
	}
	return s.ipID + 1
}

// isDF is beside the layout of a SYN's options.
const isDF = 1 << 7

func boolBit(is bool, bit byte) byte {
	if is {
		return bit
	}
	return 0
}

// syn writes what a SYN says in full.
func (r *record) syn(seg *tcp.Segment) {
	r.uint32(uint32(seg.Seq))
	r.uint16(uint16(seg.Options))
	r.uint16(seg.MSS)
	r.byte(seg.WScale)
	r.byte(byte(seg.Layout) | boolBit(seg.DF, isDF))
	r.uint32(seg.TSval)
}

func (r *record) byte(v byte) {
	r.b[r.n] = v
	r.n++
}

func (r *record) uint16(v uint16) {
	binary.LittleEndian.PutUint16(r.b[r.n:], v)
	r.n += 2
}

func (r *record) uint32(v uint32) {
	binary.LittleEndian.PutUint32(r.b[r.n:], v)
	r.n += 4
}

// number is binary.PutUvarint, with numbers of one and two bytes at once: most are.
func (r *record) number(v uint64) {
	switch {
	case v < 1<<7:
		r.byte(byte(v))
	case v < 1<<14:
		r.uint16(uint16(v&0x7f | 0x80 | v>>7<<8))
	default:
		r.n += binary.PutUvarint(r.b[r.n:], v)
	}
}

// packTime makes microseconds, which most captures have, short.
func packTime(ns int64) uint64 {
	if ns%1000 == 0 {
		return uint64(ns/1000) << 1
	}
	return uint64(ns)<<1 | 1
}

func unpackTime(v uint64) int64 {
	if v&1 == 0 {
		return int64(v>>1) * 1000
	}
	return int64(v >> 1)
}
