package redact

import (
	"encoding/binary"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/tcp"
)

// Protocol numbers in pseudo-headers (https://www.iana.org/assignments/protocol-numbers).
const (
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)

// sum fills in a redacted packet's checksums, from the inside out, because the outer ones cover the
// inner ones. UDP's stays zero (not computed: RFC 768, and for tunnels over IPv6 RFC 6935), unless
// it was wrong.
func sum(out []byte, headers []capture.Header, seg *tcp.Segment) {
	for i := len(headers) - 1; i >= 0; i-- {
		h := headers[i]
		b := out[h.Start:h.Until]
		switch h.Kind {
		case capture.HeaderIPv4:
			put(b, 10, ^onesSum(out[h.Start:h.End]))
		case capture.HeaderICMP:
			put(b, 2, ^onesSum(b))
		case capture.HeaderICMPv6:
			put(b, 2, ^onesSum(pseudoHeader6(out, headers[:i], len(b)), b))
		case capture.HeaderGRE:
			sumGRE(b)
		case capture.HeaderUDP:
			if seg.OuterBad {
				sumUDP(out, headers[:i], b)
			}
		case capture.HeaderTCP:
			if seg.Kind == tcp.KindTCP {
				sumTCP(b, seg)
			}
		}
	}
}

// sumGRE fills in the checksum of a GRE header that has one (RFC 2784 section 2.1).
func sumGRE(b []byte) {
	const hasChecksum = 0x80
	if b[0]&hasChecksum != 0 {
		put(b, 4, 0)
		put(b, 4, ^onesSum(b))
	}
}

// sumUDP fills in a wrong checksum of a tunnel's datagram.
func sumUDP(out []byte, headers []capture.Header, b []byte) {
	var src, dst []byte
	for i := len(headers) - 1; i >= 0 && src == nil; i-- {
		switch h := headers[i]; h.Kind {
		case capture.HeaderIPv4:
			src, dst = out[h.Start+12:h.Start+16], out[h.Start+16:h.Start+20]
		case capture.HeaderIPv6:
			src, dst = out[h.Start+8:h.Start+24], out[h.Start+24:h.Start+40]
		}
	}
	pseudo := pseudoHeader(src, dst, len(b), protoUDP)
	partial := onesSum(pseudo)
	put(b, udpChecksum, bad(^onesSum(pseudo, b), partial, partial-uint16(len(b))))
}

// udpChecksum is where UDP's checksum stands.
const udpChecksum = 6

// sumTCP fills in the checksum of a segment between redacted addresses, as good or as bad as it
// was. One that could not be verified stays zero.
func sumTCP(b []byte, seg *tcp.Segment) {
	pseudo := pseudoHeader(seg.Src.Netip().AsSlice(), seg.Dst.Netip().AsSlice(), len(b), protoTCP)
	good, partial := ^onesSum(pseudo, b), onesSum(pseudo)
	switch seg.Checksum {
	case tcp.ChecksumGood:
		put(b, tcpChecksum, good)
	case tcp.ChecksumPartial:
		put(b, tcpChecksum, partial)
	case tcp.ChecksumBad:
		put(b, tcpChecksum, bad(good, partial, partial-uint16(len(b))))
	}
}

// bad gives a checksum that is neither good nor one that looks left to the card.
func bad(good, partial, withoutLength uint16) uint16 {
	c := good ^ 0x5555
	for c == partial || c == withoutLength || c == withoutLength-1 {
		c += 0x0101
	}
	return c
}

// pseudoHeader6 is that of the IPv6 packet which the last of the headers are of.
func pseudoHeader6(out []byte, headers []capture.Header, length int) []byte {
	for i := len(headers) - 1; i >= 0; i-- {
		if h := headers[i]; h.Kind == capture.HeaderIPv6 {
			return pseudoHeader(out[h.Start+8:h.Start+24], out[h.Start+24:h.Start+40], length, protoICMPv6)
		}
	}
	return nil
}

// pseudoHeader is what a checksum covers besides the segment: RFC 8200 section 8.1. RFC 9293
// section 3.1 has the same for IPv4, with fewer zeros.
func pseudoHeader(src, dst []byte, length int, proto byte) []byte {
	b := append(append([]byte(nil), src...), dst...)
	return append(binary.BigEndian.AppendUint32(b, uint32(length)), 0, 0, 0, proto)
}

// onesSum is the 16-bit one's-complement sum of RFC 1071. Only the last of the parts may have an
// odd length.
func onesSum(parts ...[]byte) uint16 {
	sum := uint64(0)
	for _, b := range parts {
		for ; len(b) >= 2; b = b[2:] {
			sum += uint64(b[0])<<8 | uint64(b[1])
		}
		if len(b) == 1 {
			sum += uint64(b[0]) << 8
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// put writes a checksum, as far as its place was captured.
func put(b []byte, at int, sum uint16) {
	if len(b) >= at+2 {
		binary.BigEndian.PutUint16(b[at:], sum)
	}
}
