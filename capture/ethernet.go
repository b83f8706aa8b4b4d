package capture

import "github.com/lastack/lastack/tcp"

// Ethertypes (IEEE 802 numbers, https://www.iana.org/assignments/ieee-802-numbers).
const (
	etherIPv4    = 0x0800
	etherARP     = 0x0806
	etherBridged = 0x6558 // transparent Ethernet bridging
	etherRARP    = 0x8035
	etherVLAN    = 0x8100
	etherIPv6    = 0x86dd
	etherMPLS    = 0x8847
	etherMPLSMC  = 0x8848
	etherPPPoE   = 0x8864 // session stage
	etherPPPoED  = 0x8863 // discovery stage
	etherMACsec  = 0x88e5
	etherQinQ    = 0x88a8 // 802.1ad
	etherOldQinQ = 0x9100 // before 802.1ad

	// etherMinimum is the least ethertype; what is below is an 802.3 length.
	etherMinimum = 0x0600
)

// ethernet decodes an Ethernet frame (IEEE 802.3 section 3.1.1).
func (d *Decoder) ethernet(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderEthernet, b)
	const header = 14
	if len(b) < header {
		return SkipTruncated
	}
	return d.typeOrLength(be16(b[12:]), b[header:], wire-header, seg)
}

// typeOrLength decodes what follows a field that is an ethertype, or up to 1500 a length (IEEE 802.3
// section 3.2.6): what is behind that many bytes is padding, or was added by a switch.
func (d *Decoder) typeOrLength(t uint16, b []byte, wire int, seg *tcp.Segment) Skip {
	if n := int(t); t < etherMinimum && 0 < n && n < wire {
		b, wire = b[:min(n, len(b))], n
	}
	return d.ethertype(t, b, wire, seg)
}

// ethertype decodes what follows an ethertype.
func (d *Decoder) ethertype(t uint16, b []byte, wire int, seg *tcp.Segment) Skip {
	switch t {
	case etherIPv4:
		return d.ipv4(b, wire, seg)
	case etherIPv6:
		return d.ipv6(b, wire, seg)
	case etherVLAN, etherQinQ, etherOldQinQ:
		return d.vlan(b, wire, seg)
	case etherMPLS, etherMPLSMC:
		return d.mpls(b, wire, seg)
	case etherPPPoE:
		return d.pppoe(b, wire, seg)
	case etherBridged:
		return d.ethernet(b, wire, seg)
	case etherPPPoED:
		return SkipPPPControl
	case etherARP, etherRARP:
		return SkipARP
	case etherMACsec:
		return SkipEncrypted
	}
	if t < etherMinimum {
		return d.llc(b, wire, seg)
	}
	return SkipEthertype
}

// vlan decodes an 802.1Q or 802.1ad tag (IEEE 802.1Q section 9.6). VLAN 0 only carries a priority
// and is no network of its own: one direction of a connection may have it and the other not.
func (d *Decoder) vlan(b []byte, wire int, seg *tcp.Segment) Skip {
	if len(b) < 4 {
		return SkipTruncated
	}
	d.mark(HeaderVLAN, b)
	vid := be16(b) & 0x0fff
	if vid != 0 && !d.enter(layer{kind: layerVLAN, id: uint32(vid)}) || vid == 0 && !d.skipDepth() {
		return SkipTooDeep
	}
	return d.typeOrLength(be16(b[2:]), b[4:], wire-4, seg)
}

// llc decodes an 802.2 header. Only with the SNAP extension of RFC 1042 does IP come in one.
func (d *Decoder) llc(b []byte, wire int, seg *tcp.Segment) Skip {
	const header = 8
	if len(b) < header {
		return SkipLLC
	}
	if be32(b) != 0xaaaa0300 || be16(b[4:]) != 0 {
		return SkipLLC
	}
	if t := be16(b[6:]); t >= etherMinimum {
		d.mark(HeaderLLC, b)
		return d.ethertype(t, b[header:], wire-header, seg)
	}
	return SkipLLC
}

// mpls decodes a label stack (RFC 3032 section 2.1). Nothing says what follows it: the first four
// bits tell IP from a pseudowire with a control word (RFC 4928 section 3, RFC 4385 section 3),
// which carries Ethernet as a rule.
func (d *Decoder) mpls(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderMPLS, b)
	for bottom := false; !bottom; b, wire = b[4:], wire-4 {
		if len(b) < 4 {
			return SkipTruncated
		}
		bottom = b[2]&1 != 0
	}
	if len(b) == 0 {
		return SkipTruncated
	}
	if !d.enter(layer{kind: layerMPLS}) {
		return SkipTooDeep
	}
	switch b[0] >> 4 {
	case 4:
		return d.ipv4(b, wire, seg)
	case 6:
		return d.ipv6(b, wire, seg)
	case 0:
		if len(b) < 4 {
			return SkipTruncated
		}
		return d.ethernet(b[4:], wire-4, seg)
	}
	return SkipTunnel
}
