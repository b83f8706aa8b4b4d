package plain

import (
	"encoding/binary"

	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// reader takes records apart. The bytes are the Store's own, so that they are as long as they say.
type reader struct{ b []byte }

func (r *reader) byte() byte {
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return v
}

func (r *reader) uint16() uint16 {
	v := binary.LittleEndian.Uint16(r.b)
	r.b = r.b[2:]
	return v
}

func (r *reader) uint32() uint32 {
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

// past is what decoding knows of the segments before.
type past struct {
	seg   tcp.Segment // the one that was decoded last
	sides [2]side
	df    [2]bool
}

// replay calls yield with each segment that was written down, exactly as it was given, and with its
// direction. The segment is used again.
func (s *Store) replay(c *Conn, key *reassembly.Key, yield func(seg *tcp.Segment, fromB bool)) {
	s.bytes = c.log.read(&s.logs, s.bytes[:0])
	r := reader{s.bytes}
	p := &s.past
	*p = past{}
	tuple := c.tuple(key)
	for len(r.b) > 0 {
		from := p.decode(&r, c)
		t := tuple
		if from == tcp.Responder {
			t = tuple.Reverse()
		}
		seg := &p.seg
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort, seg.Path = t.Src, t.Dst, t.SrcPort, t.DstPort, t.Path
		yield(seg, c.fromB == (from == tcp.Initiator))
	}
}

// decode is the reverse of encode.
func (p *past) decode(r *reader, c *Conn) tcp.Side {
	head, odd := r.byte(), byte(0)
	if head&isOdd != 0 {
		odd = r.byte()
	}
	from := tcp.Initiator
	if head&fromResponder != 0 {
		from = tcp.Responder
	}
	if odd == anyOdd && head&^fromResponder == anyHead {
		p.decodeAny(r, from, c)
		return from
	}
	s, peer := &p.sides[from], &p.sides[from.Peer()]
	seg := &p.seg
	*seg = tcp.Segment{File: c.file, Iface: c.iface, IPv6: c.ipv6, Time: seg.Time + unpackTime(r.uvarint()), Frame: seg.Frame + r.uvarint(),
		Seq: s.nxt, Ack: peer.nxt, Flags: tcp.ACK,
		Window: s.window, Checksum: tcp.ChecksumGood, IPID: s.nextID(c.ipv6), TTL: s.ttl}
	if odd&isAgain == isAgain {
		seg.Seq -= tcp.Seq(r.uvarint())
	}
	if odd&isAgain == isSYN {
		p.decodeSYN(r, from)
	} else if seg.Options = c.options & tcp.OptTimestamps; seg.Options != 0 {
		seg.TSval, seg.TSecr = s.tsVal, peer.tsVal
	}
	seg.DF = p.df[from]
	if head&isPush != 0 {
		seg.Flags |= tcp.PSH
	}
	p.decodeNumbers(r, head, peer)
	p.decodeOdd(r, odd)
	if head&hasLen != 0 {
		seg.Len = uint32(r.uvarint())
		if odd&oddSumAbsent == 0 {
			seg.PayloadSum = r.uint16()
		}
	}
	s.nxt, s.tsVal, s.window, s.ipID, s.ttl = seg.EndSeq(), seg.TSval, seg.Window, seg.IPID, seg.TTL
	return from
}

func (p *past) decodeSYN(r *reader, from tcp.Side) {
	seg := &p.seg
	seg.Seq, seg.Options, seg.MSS, seg.WScale = tcp.Seq(r.uint32()), tcp.OptionSet(r.uint16()), r.uint16(), r.byte()
	layout := r.byte()
	seg.Layout, p.df[from] = tcp.Layout(layout&^isDF), layout&isDF != 0
	seg.TSval = r.uint32()
	if from == tcp.Initiator {
		seg.Flags, seg.Ack = tcp.SYN, 0
		return
	}
	seg.Flags = tcp.SYN | tcp.ACK
	if seg.Has(tcp.OptTimestamps) {
		seg.TSecr = p.sides[tcp.Initiator].tsVal
	}
}

// readSYN takes what a summary has of the SYN from the beginning of a log, which is its record.
func (s *Summary) readSYN(log []byte) {
	r := reader{log[2:]} // after the head and the odd things, which say that it is a SYN
	s.SYNTime = unpackTime(r.uvarint())
	r.uvarint()   // frame
	r.b = r.b[4:] // sequence number
	s.SYNOptions = tcp.OptionSet(r.uint16())
	r.b = r.b[4:] // MSS, window scale and layout
	s.SYNTSval = r.uint32()
}

func (p *past) decodeNumbers(r *reader, head byte, peer *side) {
	seg := &p.seg
	if head&acksLess != 0 {
		seg.Ack = peer.nxt - tcp.Seq(r.uvarint())
	}
	if head&newWindow != 0 {
		seg.Window = r.uint16()
	}
	if head&newTSval != 0 {
		seg.TSval += uint32(r.uvarint())
	}
	if head&olderEcho != 0 {
		seg.TSecr = peer.tsVal - uint32(r.uvarint())
	}
}

func (p *past) decodeOdd(r *reader, odd byte) {
	seg := &p.seg
	if odd&isAgain == isFIN {
		seg.Flags |= tcp.FIN
	}
	switch odd & oddContent {
	case oddChecksum:
		seg.Checksum = tcp.ChecksumUnverified
	case oddPartial:
		seg.Checksum = tcp.ChecksumPartial
	case oddContent:
		both := r.byte()
		seg.Content, seg.Checksum = tcp.Content(both&0xf), tcp.Checksum(both>>4)
	}
	if odd&oddCut != 0 {
		seg.Cut = tcp.CutPayload
	}
	if odd&oddIPID != 0 {
		seg.IPID = r.uint16()
	}
	if odd&oddTTL != 0 {
		seg.TTL = r.byte()
	}
}
