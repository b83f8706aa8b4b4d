package capture

import (
	"math/bits"

	"github.com/lastack/lastack/tcp"
)

// Links other than Ethernet, each as https://www.tcpdump.org/linktypes.html describes it.

// cooked decodes LINKTYPE_LINUX_SLL, what tcpdump -i any wrote before version 4.99.
func (d *Decoder) cooked(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderCooked, b)
	const header = 16
	if len(b) < header {
		return SkipTruncated
	}
	return d.ethertype(be16(b[14:]), b[header:], wire-header, seg)
}

// cooked2 decodes LINKTYPE_LINUX_SLL2.
func (d *Decoder) cooked2(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderCooked2, b)
	const header = 20
	if len(b) < header {
		return SkipTruncated
	}
	return d.ethertype(be16(b), b[header:], wire-header, seg)
}

// ip decodes raw IP, whose version is in its first four bits.
func (d *Decoder) ip(b []byte, wire int, seg *tcp.Segment) Skip {
	if len(b) == 0 {
		return SkipTruncated
	}
	switch b[0] >> 4 {
	case 4:
		return d.ipv4(b, wire, seg)
	case 6:
		return d.ipv6(b, wire, seg)
	}
	return SkipBadIP
}

// loopback decodes LINKTYPE_NULL and LINKTYPE_LOOP: the address family in four bytes, in the byte
// order of the machine that captured (NULL) or of the network (LOOP). Either way the families are
// small numbers, which tells the order.
func (d *Decoder) loopback(b []byte, wire int, seg *tcp.Segment) Skip {
	const header = 4
	if len(b) < header {
		return SkipTruncated
	}
	d.mark(HeaderLoopback, b)
	family := be32(b)
	if family > 0xffff {
		family = bits.ReverseBytes32(family)
	}
	switch family {
	case 2: // AF_INET everywhere
		return d.ipv4(b[header:], wire-header, seg)
	case 10, 24, 28, 30: // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS
		return d.ipv6(b[header:], wire-header, seg)
	}
	return SkipEthertype
}

// ppp decodes LINKTYPE_PPP: a PPP frame, in HDLC-like framing if it begins with that framing's
// address and control bytes (RFC 1662 section 3.1).
func (d *Decoder) ppp(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderPPP, b)
	if len(b) >= 2 && be16(b) == 0xff03 {
		b, wire = b[2:], wire-2
	}
	return d.pppProtocol(b, wire, seg)
}

// pppHDLC decodes LINKTYPE_PPP_HDLC: PPP, or Cisco's HDLC, which has an ethertype instead (RFC 1547
// section 4.3.1).
func (d *Decoder) pppHDLC(b []byte, wire int, seg *tcp.Segment) Skip {
	const header = 4
	if len(b) >= header && (b[0] == 0x0f || b[0] == 0x8f) {
		d.mark(HeaderPPP, b)
		return d.ethertype(be16(b[2:]), b[header:], wire-header, seg)
	}
	return d.ppp(b, wire, seg)
}

// pppoe decodes a PPPoE session frame (RFC 2516 section 4).
func (d *Decoder) pppoe(b []byte, wire int, seg *tcp.Segment) Skip {
	const header = 6
	if len(b) < header {
		return SkipTruncated
	}
	d.mark(HeaderPPPoE, b)
	if b[0] != 0x11 || b[1] != 0 { // version and type 1; code 0 is the session stage
		return SkipPPPControl
	}
	if !d.enter(layer{kind: layerPPPoE, id: uint32(be16(b[2:]))}) {
		return SkipTooDeep
	}
	return d.pppProtocol(b[header:], wire-header, seg)
}

// pppProtocol decodes what follows a PPP protocol number, which protocol field compression may have
// shortened to one byte: an odd one (RFC 1661 sections 2 and 6.5).
func (d *Decoder) pppProtocol(b []byte, wire int, seg *tcp.Segment) Skip {
	if len(b) < 2 {
		return SkipTruncated
	}
	protocol, n := be16(b), 2
	if b[0]&1 != 0 {
		protocol, n = uint16(b[0]), 1
	}
	b, wire = b[n:], wire-n
	switch protocol {
	case 0x0021:
		return d.ipv4(b, wire, seg)
	case 0x0057:
		return d.ipv6(b, wire, seg)
	case 0x0281, 0x0283:
		return d.mpls(b, wire, seg)
	}
	return SkipPPPControl
}
