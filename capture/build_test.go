package capture

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
)

// The builders make packets from the inside out, one header each, so that a test reads like the
// packet.

var (
	hostA, hostB     = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.2")
	hostA6, hostB6   = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8:ffff::2")
	outerA, outerB   = netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.0.1") // not in canonical order
	outerA6, outerB6 = netip.MustParseAddr("fd00::1"), netip.MustParseAddr("fd00::2")
)

func u16(v ...uint16) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint16(b, x)
	}
	return b
}

func u32(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// ether puts an Ethernet header before payload.
func ether(kind uint16, payload []byte) []byte {
	return join([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, u16(kind), payload)
}

// ip4 puts an IPv4 header of TTL 64 and identification 0x1234 before payload.
func ip4(proto byte, src, dst netip.Addr, payload []byte) []byte {
	return ip4Options(proto, src, dst, nil, payload)
}

func ip4Options(proto byte, src, dst netip.Addr, options, payload []byte) []byte {
	header := 20 + len(options)
	return join([]byte{0x40 | byte(header/4), 0}, u16(uint16(header+len(payload)), 0x1234, 0), []byte{64, proto, 0, 0},
		src.AsSlice(), dst.AsSlice(), options, payload)
}

// ip6 puts an IPv6 header of hop limit 63 before payload.
func ip6(next byte, src, dst netip.Addr, payload []byte) []byte {
	return join([]byte{0x60, 0, 0, 0}, u16(uint16(len(payload))), []byte{next, 63}, src.AsSlice(), dst.AsSlice(), payload)
}

func udpTo(port uint16, payload []byte) []byte {
	return join(u16(40000, port, uint16(8+len(payload)), 0), payload)
}

// tcpSegment builds segments, with true checksums.
type tcpSegment struct {
	src, dst     netip.Addr
	sport, dport uint16
	seq, ack     uint32
	flags        uint16
	options      []byte // padded with zeros
	payload      []byte
}

// bytes gives the segment from its TCP header on.
func (s tcpSegment) bytes() []byte {
	options := slices.Clone(s.options)
	for len(options)%4 != 0 {
		options = append(options, 0)
	}
	header := 20 + len(options)
	b := join(u16(s.sport, s.dport), u32(s.seq, s.ack), u16(uint16(header/4)<<12|s.flags, 8192, 0, 7), options, s.payload)
	binary.BigEndian.PutUint16(b[16:], ^slowSum(join(s.pseudo(len(b)), b)))
	return b
}

// pseudo gives the pseudo-header for a segment of n bytes.
func (s tcpSegment) pseudo(n int) []byte {
	return join(s.src.AsSlice(), s.dst.AsSlice(), u32(uint32(n), 6))
}

// ip gives the segment in an IP packet.
func (s tcpSegment) ip() []byte {
	if s.src.Is4() {
		return ip4(protoTCP, s.src, s.dst, s.bytes())
	}
	return ip6(protoTCP, s.src, s.dst, s.bytes())
}

// data4 and data6 are the segments that most tests wrap.
func data4() tcpSegment {
	return tcpSegment{src: hostA, dst: hostB, sport: 1000, dport: 80, seq: 0x01020304, ack: 0x05060708, flags: 0x18,
		payload: []byte("hello")}
}

func data6() tcpSegment {
	s := data4()
	s.src, s.dst = hostA6, hostB6
	return s
}

// slowSum is the one's-complement sum as RFC 1071 section 1 defines it.
func slowSum(b []byte) uint16 {
	sum := uint32(0)
	for i, c := range b {
		if i%2 == 0 {
			sum += uint32(c) << 8
		} else {
			sum += uint32(c)
		}
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
