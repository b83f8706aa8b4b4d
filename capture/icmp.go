package capture

import "github.com/lastack/lastack/tcp"

// icmp decodes ICMP errors (RFC 792). A redirect quotes a packet too, but stops nothing.
func (d *Decoder) icmp(b []byte, n int, seg *tcp.Segment) Skip {
	const header = 8
	if seg.IPv6 || len(b) < header {
		return SkipICMP
	}
	const unreachable, sourceQuench, timeExceeded, parameterProblem = 3, 4, 11, 12
	switch b[0] {
	case unreachable, sourceQuench, timeExceeded, parameterProblem:
	default:
		return SkipICMP
	}
	from := seg.Src
	quote, n := quoted(b[header:], n-header, int(b[5])*4)
	whole := len(quote) == n
	d.mark(HeaderICMP, b)
	d.mark(HeaderIPv4, quote)
	proto, payload, n, skip := ipv4Header(quote, n, seg)
	if skip != SkipNone || proto != protoTCP {
		return SkipICMP
	}
	const fragmentationNeeded = 4
	if b[0] == unreachable && b[1] == fragmentationNeeded {
		seg.ICMPMTU = uint32(be16(b[6:])) // RFC 1191 section 4
	}
	return d.icmpError(b, whole, from, payload, n, seg)
}

// icmpv6 decodes ICMPv6 errors, whose types are those below 128 (RFC 4443 section 2.1).
func (d *Decoder) icmpv6(b []byte, n int, seg *tcp.Segment) Skip {
	const header = 8
	if !seg.IPv6 || len(b) < header {
		return SkipICMP
	}
	const unreachable, packetTooBig, timeExceeded, parameterProblem = 1, 2, 3, 4
	length := 0
	switch b[0] {
	case unreachable, timeExceeded:
		length = int(b[4]) * 8
	case packetTooBig, parameterProblem: // no room for a length: RFC 4884 section 4.6
	default:
		return SkipICMP
	}
	from := seg.Src
	quote, n := quoted(b[header:], n-header, length)
	whole := len(quote) == n
	d.mark(HeaderICMPv6, b)
	d.mark(HeaderIPv6, quote)
	proto, payload, n, skip := ipv6Header(quote, n, seg)
	if skip != SkipNone || proto != protoTCP {
		return SkipICMP
	}
	if b[0] == packetTooBig {
		seg.ICMPMTU = be32(b[4:])
	}
	return d.icmpError(b, whole, from, payload, n, seg)
}

// quoted cuts what follows an ICMP error's header down to the quoted packet, when the length is
// given that extended messages have (RFC 4884 section 4).
func quoted(b []byte, n, length int) ([]byte, int) {
	if length == 0 || length > n {
		return b, n
	}
	return b[:min(len(b), length)], length
}

// icmpError decodes the start of a quoted TCP segment. RFC 792 promises its first eight bytes, of
// which the sequence number's are the last: when the whole quote was captured, no snap length cut
// it. TTL, identification and length in seg are the quoted packet's too.
func (d *Decoder) icmpError(icmp []byte, whole bool, from tcp.Addr, b []byte, n int, seg *tcp.Segment) Skip {
	d.mark(HeaderTCP, b)
	if decodeTCP(b, n, seg) != SkipNone {
		return SkipICMP
	}
	if whole && seg.Cut&(tcp.CutHeader|tcp.CutOptions|tcp.CutPayload) != 0 {
		seg.Cut |= tcp.CutQuote
	}
	seg.Kind = tcp.KindICMP
	seg.ICMPType, seg.ICMPCode, seg.ICMPFrom = icmp[0], icmp[1], from
	seg.Path = d.path
	// Routers on the way may have changed the segment, and it is not one that was received: no
	// verdict on it.
	seg.Checksum, seg.PayloadSum, seg.Content = tcp.ChecksumUnverified, 0, tcp.ContentUnknown
	return SkipNone
}
