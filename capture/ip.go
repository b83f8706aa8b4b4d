package capture

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// IP protocol numbers (https://www.iana.org/assignments/protocol-numbers).
const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIPv4     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoGRE      = 47
	protoESP      = 50
	protoAH       = 51
	protoICMPv6   = 58
	protoDstOpts  = 60
	protoMobility = 135
	protoMPLS     = 137
	protoHIP      = 139
	protoShim6    = 140
)

// dontFragment is the flag of that name, in the byte that it stands in (RFC 791 section 3.1).
const dontFragment = 0x40

// ipv4 decodes an IPv4 packet.
func (d *Decoder) ipv4(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderIPv4, b)
	d.room.enterIP(seg)
	proto, payload, n, skip := ipv4Header(b, wire, seg)
	if skip != SkipNone {
		return skip
	}
	if header := int(b[0]&15) * 4; !d.room.holds(header+n, wire) {
		return SkipBeyondFrame
	}
	return d.transport(proto, payload, n, seg)
}

// ipv4Header takes an IPv4 header off (RFC 791 section 3.1): the protocol, and the payload as
// captured and its length on the wire. What the segment has of the header goes to seg.
func ipv4Header(b []byte, wire int, seg *tcp.Segment) (proto uint8, payload []byte, n int, skip Skip) {
	if len(b) < 20 {
		return 0, nil, 0, SkipTruncated
	}
	header, total := int(b[0]&15)*4, int(be16(b[2:]))
	if total == 0 {
		// The sending card was to cut this packet up and fill the length in; or it is longer than
		// 16 bits can say (Linux, "BIG TCP").
		total = wire
	}
	if b[0]>>4 != 4 || header < 20 || total < header {
		return 0, nil, 0, SkipBadIP
	}
	const offsetMask, moreFragments = 0x1fff, 0x2000
	fragment := be16(b[6:])
	if fragment&offsetMask != 0 {
		return 0, nil, 0, SkipFragment
	}
	if len(b) > total {
		b = b[:total] // what is beyond is Ethernet padding or a frame check sequence
	}
	if len(b) < header {
		return 0, nil, 0, SkipTruncated
	}
	seg.Cut = 0
	if fragment&moreFragments != 0 {
		seg.Cut = tcp.CutFragment
	}
	setMapped(&seg.Src, b[12:])
	setMapped(&seg.Dst, b[16:])
	seg.TTL = b[8]
	seg.IPID = be16(b[4:])
	seg.DF = b[6]&dontFragment != 0
	seg.IPv6 = false
	return b[9], b[header:], total - header, SkipNone
}

// setMapped sets an address to the IPv4 address that b begins with, in IPv6 form (RFC 4291 section
// 2.5.5.2). Two stores of eight bytes: an array literal would be stored by bytes and copied in one
// piece, which stalls the processor.
func setMapped(a *tcp.Addr, b []byte) {
	const prefix = 0xffff << 16
	binary.LittleEndian.PutUint64(a[:8], 0)
	binary.LittleEndian.PutUint64(a[8:], uint64(binary.LittleEndian.Uint32(b))<<32|prefix)
}

// transport decodes what an IP packet carries. n is its length on the wire.
func (d *Decoder) transport(proto uint8, b []byte, n int, seg *tcp.Segment) Skip {
	switch proto {
	case protoTCP:
		d.mark(HeaderTCP, b)
		seg.Path = d.path
		return decodeTCP(b, n, seg)
	case protoUDP:
		return d.udp(b, n, seg)
	case protoICMP:
		return d.icmp(b, n, seg)
	case protoICMPv6:
		return d.icmpv6(b, n, seg)
	case protoGRE:
		return d.gre(b, n, seg)
	case protoIPv4, protoIPv6:
		return d.ipInIP(proto, b, n, seg)
	case protoMPLS:
		return d.mpls(b, n, seg)
	case protoAH:
		return d.authenticated(b, n, seg)
	case protoESP:
		return SkipEncrypted
	}
	return SkipProtocol
}

// authenticated takes an authentication header off (RFC 4302 section 2).
func (d *Decoder) authenticated(b []byte, n int, seg *tcp.Segment) Skip {
	if len(b) < 12 {
		return SkipTruncated
	}
	header := (int(b[1]) + 2) * 4
	if header < 12 || header > n {
		return SkipBadIP
	}
	if len(b) < header {
		return SkipTruncated
	}
	if !d.skipDepth() {
		return SkipTooDeep
	}
	d.mark(HeaderAH, b)
	return d.transport(b[0], b[header:], n-header, seg)
}
