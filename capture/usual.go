package capture

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// The quick way: nearly all packets are TCP in IP alone, without IP options or fragments, with all
// of the header captured. usual takes those apart by fixed offsets, and comes to what the methods
// of Decoder come to; a test holds the two equal.

// usual decodes a packet if it is such a one. Of any other it says false, and what it leaves in seg
// is of no use.
func usual(link LinkType, data []byte, seg *tcp.Segment) bool {
	var header, at int // of the link layer: how long it is, and where the ethertype stands
	switch link {
	case LinkEthernet:
		header, at = 14, 12
	case LinkLinuxSLL:
		header, at = 16, 14
	case LinkLinuxSLL2:
		header, at = 20, 0
	case LinkRaw:
		if len(data) > 0 && data[0]>>4 == 6 {
			return usual6(data, seg)
		}
		return usual4(data, seg)
	default:
		return false
	}
	if len(data) < header {
		return false
	}
	switch be16(data[at:]) {
	case etherIPv4:
		return usual4(data[header:], seg)
	case etherIPv6:
		return usual6(data[header:], seg)
	}
	return false
}

// usual4 decodes IPv4 as ipv4Header does.
func usual4(b []byte, seg *tcp.Segment) bool {
	const ip, notFragmented = 20, 0xc000 // of the fragment field: all but the reserved bit and "don't fragment"
	if len(b) < ip+tcpHeader || b[0] != 4<<4|ip/4 || b[9] != protoTCP || be16(b[6:])&^notFragmented != 0 {
		return false
	}
	total := int(be16(b[2:]))
	if total < ip+tcpHeader {
		return false
	}
	*seg = tcp.Segment{}
	setMapped(&seg.Src, b[12:])
	setMapped(&seg.Dst, b[16:])
	seg.TTL, seg.IPID, seg.DF = b[8], be16(b[4:]), b[6]&dontFragment != 0
	return usualTCP(b[ip:min(total, len(b))], total-ip, seg)
}

// usual6 decodes IPv6 as ipv6Header does.
func usual6(b []byte, seg *tcp.Segment) bool {
	const ip = 40
	if len(b) < ip+tcpHeader || b[0]>>4 != 6 || b[6] != protoTCP {
		return false
	}
	n := int(be16(b[4:]))
	if n < tcpHeader {
		return false
	}
	*seg = tcp.Segment{}
	setAddr(&seg.Src, b[8:])
	setAddr(&seg.Dst, b[24:])
	seg.TTL, seg.IPv6 = b[7], true
	return usualTCP(b[ip:min(len(b), ip+n)], n, seg)
}

// setAddr is tcp.AddrFrom6 as two copies of eight bytes, which are later loaded as such.
func setAddr(a *tcp.Addr, b []byte) {
	const mappedPrefix = 0xffff << 16 // of the lower half, little-endian
	high, low := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	if high == 0 && uint32(low) == mappedPrefix {
		*a = tcp.AddrFrom6([16]byte(b))
		return
	}
	binary.LittleEndian.PutUint64(a[:8], high)
	binary.LittleEndian.PutUint64(a[8:], low)
}

// usualTCP decodes TCP as decodeTCP does.
func usualTCP(b []byte, n int, seg *tcp.Segment) bool {
	if len(b) < tcpHeader {
		return false
	}
	h := (*[tcpHeader]byte)(b)
	header := int(h[tcpOffset]>>4) * 4
	if header < tcpHeader || header > len(b) {
		return false
	}
	seg.SrcPort, seg.DstPort = be16(h[tcpPorts:]), be16(h[tcpPorts+2:])
	seg.Seq, seg.Window, seg.Urgent = tcp.Seq(be32(h[tcpSeq:])), be16(h[tcpWindow:]), be16(h[tcpUrgent:])
	seg.Flags = tcp.Flags(be16(h[tcpOffset:])) & flagMask
	if seg.Flags&tcp.ACK != 0 {
		seg.Ack = tcp.Seq(be32(h[tcpAck:]))
	} else {
		seg.HiddenAck = seg.Flags&tcp.RST != 0 && be32(h[tcpAck:]) != 0
	}
	seg.Len = uint32(n - header)
	switch {
	case header == tcpHeader:
	case header == 32 && be32(b[tcpHeader:]) == nopNopTimestamp:
		seg.Options, seg.TSval, seg.TSecr = tcp.OptTimestamps, be32(b[24:]), be32(b[28:])
	default:
		decodeOptions(b[tcpHeader:header], header-tcpHeader, seg)
	}
	if n > header {
		seg.Content = contentOf(b[header:min(n, len(b))], n-header)
	}
	if len(b) < n {
		seg.Cut = tcp.CutPayload
		return true
	}
	verify(b[:header], b[header:n], seg)
	return true
}
