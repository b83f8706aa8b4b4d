package capture

import (
	"net/netip"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// mappedA and mappedB are IPv6 addresses that hold hostA and hostB.
var mappedA, mappedB = netip.AddrFrom16(hostA.As16()), netip.AddrFrom16(hostB.As16())

// TestMappedAddressInIPv6: an IPv6 packet between ::ffff:192.0.2.1 and ::ffff:198.51.100.2 is not
// between the IPv4 hosts of these addresses: it keeps its addresses, and its checksum is good. So
// in all its forms: the quick way, header by header, as quoted by an ICMP error, and as the last
// stop of a route.
func TestMappedAddressInIPv6(t *testing.T) {
	mapped, plain := data6(), data4()
	mapped.src, mapped.dst = mappedA, mappedB
	routed := data6()
	routed.dst = mappedB
	route := join([]byte{protoTCP, 2, 2, 1, 0, 0, 0, 0}, mappedB.AsSlice())
	var d Decoder
	var four tcp.Segment
	d.Decode(LinkRaw, plain.ip(), len(plain.ip()), &four)
	for name, c := range map[string]struct {
		packet   []byte
		src, dst netip.Addr
		sum      tcp.Checksum
	}{
		"usual":       {mapped.ip(), mappedA, mappedB, tcp.ChecksumGood},
		"one of both": {func() tcpSegment { s := data6(); s.src = mappedA; return s }().ip(), mappedA, hostB6, tcp.ChecksumGood},
		"quoted":      {icmpQuoting(true, 1, 0, 0, mapped.ip()), mappedA, mappedB, tcp.ChecksumUnverified},
		"routed":      {ip6(protoRouting, hostA6, hostB6, join(route, routed.bytes())), hostA6, mappedB, tcp.ChecksumGood},
	} {
		var seg, slow tcp.Segment
		if skip := d.Decode(LinkRaw, c.packet, len(c.packet), &seg); skip != SkipNone {
			t.Errorf("%s: skipped, %s", name, skip)
			continue
		}
		if d.decode(LinkRaw, c.packet, len(c.packet), &slow); slow != seg {
			t.Errorf("%s: %+v, and header by header %+v", name, seg, slow)
		}
		if seg.Src.Netip() != c.src || seg.Dst.Netip() != c.dst || seg.Checksum != c.sum || !seg.IPv6 {
			t.Errorf("%s: %s to %s, checksum %d, IPv6 %v", name, seg.Src.Netip(), seg.Dst.Netip(), seg.Checksum, seg.IPv6)
		}
		if seg.Src == four.Src || seg.Dst == four.Dst {
			t.Errorf("%s: an end is the same as the IPv4 host's", name)
		}
	}
}
