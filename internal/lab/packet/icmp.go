package packet

import (
	"encoding/binary"
	"net/netip"
)

// Unreachable builds an ICMP or ICMPv6 error from a router that quotes the given raw packet to its
// sender: as much of it as RFC 792 asks for and most routers send (IPv4: header and 8 bytes) or RFC
// 4443 does (IPv6: as much as fits). rest fills the second word of the header: the next-hop MTU
// where the type has one.
func Unreachable(router netip.Addr, quoted []byte, kind, code uint8, rest uint32) []byte {
	var s Segment
	_, src, _, _, _, err := network(quoted, &s)
	if err != nil {
		panic("lab: ICMP error about something that is no IP packet")
	}
	quote := quoted
	if src.Is4() {
		quote = cut(quoted, int(quoted[0]&15)*4+8)
	}
	body := make([]byte, 8, 8+len(quote))
	body[0], body[1] = kind, code
	binary.BigEndian.PutUint32(body[4:], rest)
	body = append(body, quote...)
	if src.Is4() {
		binary.BigEndian.PutUint16(body[2:], ^fold(sum(0, body)))
		return ipPacket(router, src, protoICMP, defaultTTL, 0, body)
	}
	binary.BigEndian.PutUint16(body[2:], transportSum(router, src, protoICMPv6, body))
	return ipPacket(router, src, protoICMPv6, defaultTTL, 0, body)
}

// IsICMP reports whether b is an ICMP or ICMPv6 packet that reports an error (not neighbour
// discovery or the like).
func IsICMP(b []byte) bool {
	switch {
	case len(b) >= 28 && b[0]>>4 == 4 && b[9] == protoICMP:
		kind := b[int(b[0]&15)*4]
		return kind == 3 || kind == 11 || kind == 12
	case len(b) >= 48 && b[0]>>4 == 6 && b[6] == protoICMPv6:
		return b[40] < 128
	}
	return false
}
