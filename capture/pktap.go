package capture

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// pktapHeader is the least length of a PKTAP header.
const pktapHeader = 108

// pktap decodes what macOS records of several interfaces at once (https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html): a header,
// little-endian, with its own length, the type of the record and the link type of the packet behind it. Apple's libpcap writes it by a
// number that others use for other things: what cannot be such a header is something else.
func (d *Decoder) pktap(b []byte, wire int, seg *tcp.Segment) Skip {
	const packet = 1 // the record type of one that holds a packet; 0 holds none
	if len(b) < 12 {
		return SkipTruncated
	}
	length, record, inner := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	switch {
	case length < pktapHeader, record > packet, inner > 0xffff:
		return SkipLinkType
	case record != packet:
		return SkipNotPacket
	case int64(length) > int64(wire):
		return SkipLinkType
	case int64(length) > int64(len(b)):
		return SkipTruncated
	}
	d.mark(HeaderPKTAP, b)
	n := int(length)
	if inside := LinkType(inner); inside != LinkPKTAP && inside != LinkUser2 {
		return d.link(inside, b[n:], wire-n, seg)
	}
	return SkipTooDeep
}
