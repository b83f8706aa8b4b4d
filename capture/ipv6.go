package capture

import "github.com/lastack/lastack/tcp"

// ipv6Fixed is the length of an IPv6 header without extension headers (RFC 8200 section 3).
const ipv6Fixed = 40

// ipv6 decodes an IPv6 packet.
func (d *Decoder) ipv6(b []byte, wire int, seg *tcp.Segment) Skip {
	d.mark(HeaderIPv6, b)
	d.room.enterIP(seg)
	if len(b) >= ipv6Fixed && !d.room.holds(ipv6Fixed+int(be16(b[4:])), wire) {
		return SkipBeyondFrame
	}
	proto, payload, n, skip := ipv6Header(b, wire, seg)
	if skip != SkipNone {
		return skip
	}
	return d.transport(proto, payload, n, seg)
}

// ipv6Header takes an IPv6 header and its extension headers off (RFC 8200 sections 3 and 4): the
// protocol, and the payload as captured and its length on the wire. What the segment has of the
// headers goes to seg.
func ipv6Header(b []byte, wire int, seg *tcp.Segment) (proto uint8, payload []byte, n int, skip Skip) {
	const header = ipv6Fixed
	if len(b) < header {
		return 0, nil, 0, SkipTruncated
	}
	if b[0]>>4 != 6 {
		return 0, nil, 0, SkipBadIP
	}
	seg.Cut = 0
	seg.Src = tcp.AddrFrom6([16]byte(b[8:24]))
	seg.Dst = tcp.AddrFrom6([16]byte(b[24:40]))
	seg.TTL = b[7]
	seg.IPID, seg.DF = 0, false
	seg.IPv6 = true
	proto, n = b[6], int(be16(b[4:]))
	if n == 0 {
		// A jumbogram says its length in an option (RFC 2675 section 2), which is what is there in
		// any case; a packet that the sending card was to cut up may say it nowhere.
		n = wire - header
	}
	payload = b[header:min(len(b), header+n)]
	if proto == protoTCP {
		return proto, payload, n, SkipNone
	}
	return extensions(proto, payload, n, seg)
}

// maxExtensions is how many extension headers are looked through. RFC 8200 section 4.1 has seven in
// one packet.
const maxExtensions = 12

// extensions takes IPv6 extension headers off.
func extensions(next uint8, b []byte, n int, seg *tcp.Segment) (proto uint8, payload []byte, wire int, skip Skip) {
	for range maxExtensions {
		switch next {
		case protoHopByHop, protoDstOpts, protoRouting, protoMobility, protoHIP, protoShim6, protoFragment:
		default:
			return next, b, n, SkipNone
		}
		if len(b) < 8 {
			return 0, nil, 0, SkipTruncated
		}
		size := (int(b[1]) + 1) * 8
		if next == protoFragment {
			size = 8 // its second byte is reserved
			const offsetMask, moreFragments = 0xfff8, 1
			field := be16(b[2:])
			if field&offsetMask != 0 {
				return 0, nil, 0, SkipFragment
			}
			if field&moreFragments != 0 { // else atomic, RFC 6946: a whole packet
				seg.Cut = tcp.CutFragment
			}
		}
		if size > n {
			return 0, nil, 0, SkipBadIP
		}
		if len(b) < size {
			return 0, nil, 0, SkipTruncated
		}
		if next == protoRouting {
			finalDestination(b[:size], seg)
		}
		next, b, n = b[0], b[size:], n-size
	}
	return 0, nil, 0, SkipTooDeep
}

// finalDestination takes the destination from a routing header that still has segments to visit: it
// is the one that the other direction answers from and that the checksum is made with (RFC 8200
// section 8.1). It is the last address of the route in type 2 (RFC 6275 section 6.4), and the first
// of the list in type 4, which is written from the end (RFC 8754 section 2): in both right after
// the eight fixed bytes.
func finalDestination(b []byte, seg *tcp.Segment) {
	kind, left := b[2], b[3]
	if left > 0 && (kind == 2 || kind == 4) && len(b) >= 24 {
		seg.Dst = tcp.AddrFrom6([16]byte(b[8:24]))
	}
}
