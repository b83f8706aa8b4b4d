package capture

import "github.com/lastack/lastack/tcp"

// Ports of tunnels over UDP (https://www.iana.org/assignments/service-names-port-numbers).
const (
	portGTP        = 2152
	portVXLAN      = 4789
	portVXLANLinux = 8472 // Linux's default, from before 4789 was assigned
	portGENEVE     = 6081
)

// udp decodes the tunnels over UDP. The port alone proves nothing: any program may use it, so the
// tunnel's header has to look right too.
func (d *Decoder) udp(b []byte, n int, seg *tcp.Segment) Skip {
	const header = 8
	if len(b) < header {
		return SkipUDP
	}
	d.mark(HeaderUDP, b)
	outer := outerOf(seg)
	skip := d.tunnel(be16(b[2:]), b[header:], n-header, seg)
	// Rules ask of SYN and SYN,ACK only. A segment whose own checksum is not finished tells nothing:
	// the tunnel's was made for the finished one (Linux lco_csum).
	if skip == SkipNone && seg.Kind == tcp.KindTCP && seg.Flags&tcp.SYN != 0 && seg.Checksum == tcp.ChecksumGood && outer.wrong(b) {
		seg.OuterBad = true
	}
	return skip
}

// tunnel decodes what is sent to a tunnel's port.
func (d *Decoder) tunnel(port uint16, inner []byte, n int, seg *tcp.Segment) Skip {
	switch port {
	case portVXLAN, portVXLANLinux:
		return d.vxlan(inner, n, seg)
	case portGENEVE:
		return d.geneve(inner, n, seg)
	case portGTP:
		return d.gtp(inner, n, seg)
	}
	return SkipUDP
}

// vxlan decodes VXLAN (RFC 7348 section 5): the flag of a valid network identifier is set, and the
// last byte reserved.
func (d *Decoder) vxlan(b []byte, n int, seg *tcp.Segment) Skip {
	const header = 8
	if len(b) < header || b[0]&0x08 == 0 || b[7] != 0 {
		return SkipUDP
	}
	d.mark(HeaderVXLAN, b)
	l := layer{kind: layerVXLAN, id: be32(b[4:]) >> 8}
	if !d.enter(l.between(&seg.Src, &seg.Dst)) {
		return SkipTooDeep
	}
	return d.ethernet(b[header:], n-header, seg)
}

// geneve decodes GENEVE (RFC 8926 section 3.4): version 0, the length of its options in four-byte
// words, an ethertype, a network identifier, and a reserved byte.
func (d *Decoder) geneve(b []byte, n int, seg *tcp.Segment) Skip {
	if len(b) < 8 || b[0]>>6 != 0 || b[7] != 0 {
		return SkipUDP
	}
	header := 8 + int(b[0]&0x3f)*4
	if header > n {
		return SkipUDP
	}
	if len(b) < header {
		return SkipTruncated
	}
	d.mark(HeaderGENEVE, b)
	l := layer{kind: layerGENEVE, id: be32(b[4:]) >> 8}
	if !d.enter(l.between(&seg.Src, &seg.Dst)) {
		return SkipTooDeep
	}
	return d.ethertype(be16(b[2:]), b[header:], n-header, seg)
}

// gtp decodes GTP-U (3GPP TS 29.281 sections 5.1 and 5.2): version 1, protocol type GTP, and a user
// packet, which message type 255 is. Tunnel endpoint identifiers differ between the directions, so
// that only the outer addresses name the tunnel.
func (d *Decoder) gtp(b []byte, n int, seg *tcp.Segment) Skip {
	const versionMask, version1, extension, anyOptional, userPacket = 0xf0, 0x30, 0x04, 0x07, 255
	if len(b) < 8 || b[0]&versionMask != version1 || b[1] != userPacket {
		return SkipUDP
	}
	d.mark(HeaderGTP, b)
	header := 8
	if b[0]&anyOptional != 0 {
		header = 12 // sequence number, N-PDU number, next extension header's type
	}
	if len(b) < header {
		return SkipTruncated
	}
	if b[0]&extension != 0 {
		for next := b[header-1]; next != 0; next = b[header-1] {
			if len(b) <= header {
				return SkipTruncated
			}
			size := int(b[header]) * 4
			if size == 0 {
				return SkipUDP
			}
			if header += size; len(b) < header {
				return SkipTruncated
			}
		}
	}
	if !d.enter(layer{kind: layerGTP}.between(&seg.Src, &seg.Dst)) {
		return SkipTooDeep
	}
	if skip := d.ip(b[header:], n-header, seg); skip != SkipBadIP {
		return skip
	}
	return SkipTunnel // a user packet that is not IP
}
