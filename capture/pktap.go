package capture

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// pktapHeader is the least length of a PKTAP header.
const pktapHeader = 108

// pktap decodes what macOS records of several interfaces at once.
func (d *Decoder) pktap(b []byte, wire int, seg *tcp.Segment) Skip {
	inside, header, skip := pktapHeaderOf(b, wire)
	if skip != SkipNone {
		return skip
	}
	d.mark(HeaderPKTAP, b)
	if inside == LinkPKTAP || inside == LinkUser2 {
		return SkipTooDeep
	}
	return d.link(inside, b[header:], wire-header, seg)
}

// pktapHeaderOf reads a PKTAP header (https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html), which
// is little-endian: its own length, the type of the record and the link type of the packet behind
// it. Apple's libpcap writes it by a number that others use for other things: what cannot be such a
// header is something else.
func pktapHeaderOf(b []byte, wire int) (inside LinkType, header int, skip Skip) {
	const packet = 1 // the record type of one that holds a packet; 0 holds none
	if len(b) < 12 {
		return 0, 0, SkipTruncated
	}
	length, record, link := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	switch {
	case length < pktapHeader, record > packet, link > 0xffff:
		return 0, 0, SkipLinkType
	case record != packet:
		return 0, 0, SkipNotPacket
	case int64(length) > int64(wire):
		return 0, 0, SkipLinkType
	case int64(length) > int64(len(b)):
		return 0, 0, SkipTruncated
	}
	return LinkType(link), int(length), SkipNone
}
