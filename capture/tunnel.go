package capture

import "github.com/lastack/lastack/tcp"

// ipInIP decodes IP in IP (RFC 2003, RFC 2473, RFC 4213), whose protocol number is the inner
// version.
func (d *Decoder) ipInIP(proto uint8, b []byte, n int, seg *tcp.Segment) Skip {
	kind := layer4in4
	switch {
	case proto == protoIPv6 && seg.IPv6:
		kind = layer6in6
	case proto == protoIPv6:
		kind = layer6in4
	case seg.IPv6:
		kind = layer4in6
	}
	if !d.enter(layer{kind: kind}.between(&seg.Src, &seg.Dst)) {
		return SkipTooDeep
	}
	if proto == protoIPv6 {
		return d.ipv6(b, n, seg)
	}
	return d.ipv4(b, n, seg)
}

// ERSPAN's protocol types in GRE (draft-foschiano-erspan-03 sections 4.1 and 4.2).
const (
	greERSPAN2 = 0x88be
	greERSPAN3 = 0x22eb
)

// gre decodes generic routing encapsulation (RFC 2784 section 2, RFC 2890 section 2). Version 1 is
// PPTP's and not decoded: its content is mostly compressed or encrypted.
func (d *Decoder) gre(b []byte, n int, seg *tcp.Segment) Skip {
	const hasChecksum, hasRouting, hasKey, hasSequence, version = 0x8000, 0x4000, 0x2000, 0x1000, 0x0007
	if len(b) < 4 {
		return SkipTruncated
	}
	flags, proto := be16(b), be16(b[2:])
	if flags&(hasRouting|version) != 0 {
		return SkipTunnel
	}
	d.mark(HeaderGRE, b)
	l := layer{kind: layerGRE}
	header := 4
	if flags&hasChecksum != 0 {
		header += 4
	}
	if flags&hasKey != 0 {
		if len(b) < header+4 {
			return SkipTruncated
		}
		l.kind, l.id = layerGREKey, be32(b[header:])
		header += 4
	}
	if flags&hasSequence != 0 {
		header += 4
	}
	if len(b) < header {
		return SkipTruncated
	}
	b, n = b[header:], n-header
	if proto == greERSPAN2 || proto == greERSPAN3 {
		return d.erspan(proto, flags&hasSequence != 0, b, n, seg)
	}
	if !d.enter(l.between(&seg.Src, &seg.Dst)) {
		return SkipTooDeep
	}
	return d.ethertype(proto, b, n, seg)
}

// erspan decodes a mirrored Ethernet frame (draft-foschiano-erspan-03 section 4). Type I is type II
// without a GRE sequence number and has no header.
func (d *Decoder) erspan(proto uint16, sequence bool, b []byte, n int, seg *tcp.Segment) Skip {
	d.mark(HeaderERSPAN, b)
	l := layer{kind: layerERSPAN}
	header := 0
	const truncated = 0x04 // of the third byte: the switch cut the mirrored frame
	if (sequence || proto == greERSPAN3) && len(b) > 2 && b[2]&truncated != 0 {
		d.room.unknown = true
	}
	switch {
	case proto == greERSPAN3:
		header = 12
	case sequence:
		header = 8
	}
	if len(b) < header {
		return SkipTruncated
	}
	if header != 0 {
		l.id = uint32(be16(b[2:]) & 0x03ff) // session
	}
	if header == 12 && b[11]&1 != 0 { // the optional platform-specific part
		header += 8
		if len(b) < header {
			return SkipTruncated
		}
	}
	if !d.enter(l.between(&seg.Src, &seg.Dst)) {
		return SkipTooDeep
	}
	return d.ethernet(b[header:], n-header, seg)
}
