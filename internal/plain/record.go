package plain

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// An ordinary segment is written down as what cannot be told from the segments before it. The first byte says what follows:
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
)

// maxRecord is the most bytes that a segment takes.
const maxRecord = 64

// encode appends the record of a segment. c is what was known before it.
func (c *Conn) encode(b []byte, seg *tcp.Segment, from tcp.Side) []byte {
	s, peer := &c.sides[from], &c.sides[from.Peer()]
	odd := oddities(seg, s)
	head := byte(from) // fromResponder
	syn := odd&isSYN != 0
	if seg.Flags&tcp.PSH != 0 {
		head |= isPush
	}
	if seg.Len > 0 {
		head |= hasLen
	}
	if !syn && seg.Ack != peer.nxt {
		head |= acksLess
	}
	if seg.Window != s.window {
		head |= newWindow
	}
	if stamped := !syn && seg.Options&tcp.OptTimestamps != 0; stamped {
		if seg.TSval != s.tsVal {
			head |= newTSval
		}
		if seg.TSecr != peer.tsVal {
			head |= olderEcho
		}
	}
	if odd != 0 {
		head |= isOdd
	}
	b = append(b, head)
	if odd != 0 {
		b = append(b, odd)
	}
	b = appendShort(b, packTime(seg.Time-c.time))
	b = appendShort(b, seg.Frame-c.frame)
	if syn {
		b = encodeSYN(b, seg)
	}
	if head&acksLess != 0 {
		b = binary.AppendUvarint(b, uint64(peer.nxt-seg.Ack))
	}
	if head&newWindow != 0 {
		b = binary.LittleEndian.AppendUint16(b, seg.Window)
	}
	if head&newTSval != 0 {
		b = binary.AppendUvarint(b, uint64(seg.TSval-s.tsVal))
	}
	if head&olderEcho != 0 {
		b = binary.AppendUvarint(b, uint64(peer.tsVal-seg.TSecr))
	}
	if odd&oddIPID != 0 {
		b = binary.LittleEndian.AppendUint16(b, seg.IPID)
	}
	if odd&oddTTL != 0 {
		b = append(b, seg.TTL)
	}
	if head&hasLen != 0 {
		b = binary.AppendUvarint(b, uint64(seg.Len))
		if odd&oddSumAbsent == 0 {
			b = binary.LittleEndian.AppendUint16(b, seg.PayloadSum)
		}
	}
	return b
}

// oddities tells what a segment's record must say beyond the usual.
func oddities(seg *tcp.Segment, s *side) (odd byte) {
	switch seg.Checksum {
	case tcp.ChecksumUnverified:
		odd |= oddChecksum
	case tcp.ChecksumPartial:
		odd |= oddPartial
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
	return odd
}

// nextID is the IP identification that a Linux socket's next packet has (ip_select_ident_segs); IPv6 has none.
func (s *side) nextID(ipv6 bool) uint16 {
	if ipv6 {
		return 0
	}
	return s.ipID + 1
}

func encodeSYN(b []byte, seg *tcp.Segment) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(seg.Seq))
	b = binary.LittleEndian.AppendUint16(b, uint16(seg.Options))
	b = binary.LittleEndian.AppendUint16(b, seg.MSS)
	b = append(b, seg.WScale)
	return binary.LittleEndian.AppendUint32(b, seg.TSval)
}

// appendShort is binary.AppendUvarint, with numbers of two bytes at once: most are.
func appendShort(b []byte, v uint64) []byte {
	if v >= 1<<7 && v < 1<<14 {
		return append(b, byte(v)|0x80, byte(v>>7))
	}
	return binary.AppendUvarint(b, v)
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
