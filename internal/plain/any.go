package plain

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// A segment that is not ordinary is written down in a form that takes any. It begins like an
// ordinary one that says what its payload is, but has none: so no ordinary record looks like it.
const anyHead, anyOdd = isOdd, oddContent

// The bits of its shape, above the flags.
const (
	anyHidesAck = 1 << (iota + 9)
	anyDF
	anyIPv6
	anyICMP
	anySYNOptions // MSS, window scale, fast open, layout
	anySACK
	anyElsewhere // another file or interface than the connection's first segment

	flagBits = 1<<9 - 1
)

// The bits of its rarities.
const (
	rareUrgent = 1 << iota
	rareCut
	rareIPID // not the sender's next
	rareTTL  // not the sender's last
	rareSum
	rareContent // and whether a tunnel's checksum is wrong

	rareBits      = 6
	rareChecksums = 3 // tcp.Checksum, above
	isOuterBad    = 1 << 7
)

// zigzag makes small numbers of both signs short.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// encodeAny appends the record of any segment. c is what was known before it.
func (c *Conn) encodeAny(b []byte, seg *tcp.Segment, from tcp.Side) []byte {
	s, peer := &c.sides[from], &c.sides[from.Peer()]
	shape, rare := c.shapeOf(seg), c.raritiesOf(seg, s)
	b = append(b, anyHead|byte(from), anyOdd)
	b = binary.LittleEndian.AppendUint16(b, shape)
	b = append(b, rare)
	b = binary.AppendUvarint(b, zigzag(seg.Time-c.time))
	b = binary.AppendUvarint(b, seg.Frame-c.frame)
	if shape&anyElsewhere != 0 {
		b = binary.AppendUvarint(b, uint64(seg.File))
		b = binary.AppendUvarint(b, uint64(seg.Iface))
	}
	b = binary.AppendUvarint(b, zigzag(int64(seg.Seq.Sub(s.nxt))))
	b = binary.AppendUvarint(b, zigzag(int64(seg.Ack.Sub(peer.nxt))))
	b = binary.AppendUvarint(b, uint64(seg.Len))
	b = binary.LittleEndian.AppendUint16(b, seg.Window)
	b = binary.AppendUvarint(b, uint64(seg.Options))
	if seg.Options&tcp.OptTimestamps != 0 {
		b = binary.AppendUvarint(b, zigzag(int64(int32(seg.TSval-s.tsVal))))
		b = binary.AppendUvarint(b, zigzag(int64(int32(seg.TSecr-peer.tsVal))))
	}
	if shape&anySYNOptions != 0 {
		b = binary.LittleEndian.AppendUint16(b, seg.MSS)
		b = append(b, seg.WScale, seg.FastOpenLen, byte(seg.Layout))
	}
	if shape&anySACK != 0 {
		b = append(b, seg.SACKCount)
		for i := range seg.SACKCount {
			b = binary.AppendUvarint(b, zigzag(int64(seg.SACK[i].Left.Sub(seg.Ack))))
			b = binary.AppendUvarint(b, uint64(uint32(seg.SACK[i].Right-seg.SACK[i].Left)))
		}
	}
	b = appendRare(b, seg, rare)
	if seg.Kind == tcp.KindICMP {
		b = append(b, seg.ICMPType, seg.ICMPCode)
		b = append(b, seg.ICMPFrom[:]...)
		b = binary.LittleEndian.AppendUint32(b, seg.ICMPMTU)
	}
	return b
}

func (c *Conn) shapeOf(seg *tcp.Segment) uint16 {
	shape := uint16(seg.Flags) & flagBits
	for _, bit := range [...]struct {
		is  bool
		bit uint16
	}{{seg.HiddenAck, anyHidesAck}, {seg.DF, anyDF}, {seg.IPv6, anyIPv6}, {seg.Kind == tcp.KindICMP, anyICMP},
		{seg.SACKCount > 0, anySACK},
		{seg.MSS != 0 || seg.WScale != 0 || seg.FastOpenLen != 0 || seg.Layout != 0, anySYNOptions},
		{seg.File != c.file || seg.Iface != c.iface, anyElsewhere}} {
		if bit.is {
			shape |= bit.bit
		}
	}
	return shape
}

func (c *Conn) raritiesOf(seg *tcp.Segment, s *side) byte {
	return boolBit(seg.Urgent != 0, rareUrgent) | boolBit(seg.Cut != 0, rareCut) |
		boolBit(seg.IPID != s.nextID(seg.IPv6), rareIPID) | boolBit(seg.TTL != s.ttl, rareTTL) |
		boolBit(seg.PayloadSum != 0, rareSum) | boolBit(seg.Content != 0 || seg.OuterBad, rareContent) |
		byte(seg.Checksum)<<rareBits
}

func appendRare(b []byte, seg *tcp.Segment, rare byte) []byte {
	if rare&rareUrgent != 0 {
		b = binary.LittleEndian.AppendUint16(b, seg.Urgent)
	}
	if rare&rareCut != 0 {
		b = append(b, byte(seg.Cut))
	}
	if rare&rareIPID != 0 {
		b = binary.LittleEndian.AppendUint16(b, seg.IPID)
	}
	if rare&rareTTL != 0 {
		b = append(b, seg.TTL)
	}
	if rare&rareSum != 0 {
		b = binary.LittleEndian.AppendUint16(b, seg.PayloadSum)
	}
	if rare&rareContent != 0 {
		b = append(b, byte(seg.Content)|boolBit(seg.OuterBad, isOuterBad))
	}
	return b
}

// sentAny keeps what the next record is written against. decodeAny does the same.
func (s *side) sentAny(seg *tcp.Segment) {
	if seg.Kind == tcp.KindICMP {
		return
	}
	s.nxt, s.window, s.ipID, s.ttl = seg.EndSeq(), seg.Window, seg.IPID, seg.TTL
	if seg.Options&tcp.OptTimestamps != 0 {
		s.tsVal = seg.TSval
	}
}

// decodeAny is the reverse of encodeAny, behind the first two bytes.
func (p *past) decodeAny(r *reader, from tcp.Side, c *Conn) {
	s, peer := &p.sides[from], &p.sides[from.Peer()]
	shape, rare := r.uint16(), r.byte()
	seg := &p.seg
	*seg = tcp.Segment{Time: seg.Time + unzigzag(r.uvarint()), Frame: seg.Frame + r.uvarint(),
		File: c.file, Iface: c.iface, Flags: tcp.Flags(shape & flagBits), HiddenAck: shape&anyHidesAck != 0,
		DF: shape&anyDF != 0, IPv6: shape&anyIPv6 != 0,
		Checksum: tcp.Checksum(rare >> rareBits & rareChecksums)}
	if shape&anyICMP != 0 {
		seg.Kind = tcp.KindICMP
	}
	if shape&anyElsewhere != 0 {
		seg.File, seg.Iface = uint16(r.uvarint()), uint16(r.uvarint())
	}
	seg.Seq, seg.Ack = s.nxt+tcp.Seq(unzigzag(r.uvarint())), peer.nxt+tcp.Seq(unzigzag(r.uvarint()))
	seg.Len, seg.Window, seg.Options = uint32(r.uvarint()), r.uint16(), tcp.OptionSet(r.uvarint())
	if seg.Options&tcp.OptTimestamps != 0 {
		seg.TSval, seg.TSecr = s.tsVal+uint32(unzigzag(r.uvarint())), peer.tsVal+uint32(unzigzag(r.uvarint()))
	}
	if shape&anySYNOptions != 0 {
		seg.MSS, seg.WScale, seg.FastOpenLen, seg.Layout = r.uint16(), r.byte(), r.byte(), tcp.Layout(r.byte())
	}
	if shape&anySACK != 0 {
		seg.SACKCount = r.byte()
		for i := range seg.SACKCount {
			left := seg.Ack + tcp.Seq(unzigzag(r.uvarint()))
			seg.SACK[i] = tcp.SACKBlock{Left: left, Right: left + tcp.Seq(r.uvarint())}
		}
	}
	seg.IPID, seg.TTL = s.nextID(seg.IPv6), s.ttl
	p.decodeRare(r, rare)
	if seg.Kind == tcp.KindICMP {
		seg.ICMPType, seg.ICMPCode = r.byte(), r.byte()
		copy(seg.ICMPFrom[:], r.b)
		r.b = r.b[len(seg.ICMPFrom):]
		seg.ICMPMTU = r.uint32()
	}
	s.sentAny(seg)
}

func (p *past) decodeRare(r *reader, rare byte) {
	seg := &p.seg
	if rare&rareUrgent != 0 {
		seg.Urgent = r.uint16()
	}
	if rare&rareCut != 0 {
		seg.Cut = tcp.Cut(r.byte())
	}
	if rare&rareIPID != 0 {
		seg.IPID = r.uint16()
	}
	if rare&rareTTL != 0 {
		seg.TTL = r.byte()
	}
	if rare&rareSum != 0 {
		seg.PayloadSum = r.uint16()
	}
	if rare&rareContent != 0 {
		content := r.byte()
		seg.Content, seg.OuterBad = tcp.Content(content&^isOuterBad), content&isOuterBad != 0
	}
}
