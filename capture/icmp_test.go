package capture

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

// icmpQuoting makes an ICMP or ICMPv6 error of host outerA or outerA6 that quotes a packet.
func icmpQuoting(v6 bool, kind, code byte, rest uint32, quoted []byte) []byte {
	message := join([]byte{kind, code, 0, 0}, u32(rest), quoted)
	if v6 {
		return ip6(58, outerA6, hostA6, message)
	}
	return ip4(1, outerA, hostA, message)
}

func TestICMPErrors(t *testing.T) {
	// The least that RFC 792 promises: the IP header and eight bytes.
	short := data4().ip()[:28]
	extended := join(data4().ip(), make([]byte, 128-45), []byte{0x20, 0, 0, 0, 0, 8, 1, 1, 0, 0, 0, 0})
	for _, c := range []struct {
		name   string
		packet []byte
		v6     bool
		kind   uint8
		code   uint8
		mtu    uint32
	}{
		{"port unreachable", icmpQuoting(false, 3, 3, 0, data4().ip()), false, 3, 3, 0},
		{"port unreachable, eight bytes", icmpQuoting(false, 3, 3, 0, short), false, 3, 3, 0},
		{"fragmentation needed", icmpQuoting(false, 3, 4, 1400, data4().ip()), false, 3, 4, 1400},
		{"source quench", icmpQuoting(false, 4, 0, 0, data4().ip()), false, 4, 0, 0},
		{"time exceeded", icmpQuoting(false, 11, 0, 0, data4().ip()), false, 11, 0, 0},
		{"time exceeded with extensions", icmpQuoting(false, 11, 0, 32<<16, extended), false, 11, 0, 0},
		{"parameter problem", icmpQuoting(false, 12, 0, 20<<24, data4().ip()), false, 12, 0, 0},
		{"unreachable IPv6", icmpQuoting(true, 1, 4, 0, data6().ip()), true, 1, 4, 0},
		{"packet too big", icmpQuoting(true, 2, 0, 1280, data6().ip()), true, 2, 0, 1280},
		{"time exceeded IPv6", icmpQuoting(true, 3, 0, 0, data6().ip()), true, 3, 0, 0},
		{"parameter problem IPv6", icmpQuoting(true, 4, 1, 40, data6().ip()), true, 4, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			seg := decodeIP(t, c.packet, 0)
			src, dst, from := hostA, hostB, outerA
			if c.v6 {
				src, dst, from = hostA6, hostB6, outerA6
			}
			if seg.Kind != tcp.KindICMP || seg.ICMPType != c.kind || seg.ICMPCode != c.code || seg.ICMPMTU != c.mtu ||
				seg.ICMPFrom != tcp.AddrFrom(from) {
				t.Errorf("error: %+v", seg)
			}
			if seg.Src != tcp.AddrFrom(src) || seg.Dst != tcp.AddrFrom(dst) || seg.SrcPort != 1000 || seg.DstPort != 80 ||
				seg.Seq != 0x01020304 || seg.IPv6 != c.v6 || seg.Checksum != tcp.ChecksumUnverified || seg.PayloadSum != 0 {
				t.Errorf("quoted segment: %+v", seg)
			}
			if quotes := seg.Cut&tcp.CutQuote != 0; quotes != (c.name == "port unreachable, eight bytes") {
				t.Errorf("the end of the quote: %+v", seg)
			}
			if whole := seg.Cut&tcp.CutHeader == 0; whole && (seg.Flags != tcp.PSH|tcp.ACK || seg.Len != 5) {
				t.Errorf("quoted header: %+v", seg)
			}
		})
	}
}

// TestICMPOther: what is no error about a TCP segment is counted as ICMP.
func TestICMPOther(t *testing.T) {
	for name, packet := range map[string][]byte{
		"redirect":             icmpQuoting(false, 5, 1, 0, data4().ip()),
		"error about UDP":      icmpQuoting(false, 3, 3, 0, ip4(17, hostA, hostB, udpTo(53, nil))),
		"error about fragment": icmpQuoting(false, 3, 4, 0, fragmented(data4().ip(), 7)),
		"error about nothing":  icmpQuoting(false, 3, 3, 0, nil),
		"seven bytes of TCP":   icmpQuoting(false, 3, 3, 0, data4().ip()[:27]),
		"ICMPv6 over IPv4":     ip4(58, outerA, hostA, join([]byte{1, 4, 0, 0, 0, 0, 0, 0}, data6().ip())),
		"ICMP over IPv6":       ip6(1, outerA6, hostA6, join([]byte{3, 3, 0, 0, 0, 0, 0, 0}, data4().ip())),
		"neighbour discovery":  ip6(58, outerA6, hostA6, join([]byte{135, 0, 0, 0, 0, 0, 0, 0}, hostB6.AsSlice())),
	} {
		var d Decoder
		var seg tcp.Segment
		if skip := d.Decode(LinkRaw, packet, len(packet), &seg); skip != SkipICMP {
			t.Errorf("%s: %q", name, skip)
		}
	}
}

// TestICMPCut: the snap length cut what an ICMP error quotes only when the capture lacks a part of
// the message.
func TestICMPCut(t *testing.T) {
	whole := icmpQuoting(false, 3, 4, 1400, data4().ip()[:28])
	long := icmpQuoting(false, 3, 4, 1400, data4().ip())
	for _, c := range []struct {
		name     string
		captured []byte
		wire     int
		want     tcp.Cut
	}{
		{"eight bytes quoted", whole, len(whole), tcp.CutHeader | tcp.CutQuote},
		{"the same, padded", append(whole[:len(whole):len(whole)], 0, 0, 0, 0), len(whole) + 4, tcp.CutHeader | tcp.CutQuote},
		{"all quoted", long, len(long), 0},
		{"all quoted, eight bytes captured", long[:len(whole)], len(long), tcp.CutHeader},
	} {
		var d Decoder
		var seg tcp.Segment
		if skip := d.Decode(LinkRaw, c.captured, c.wire, &seg); skip != SkipNone || seg.Cut != c.want {
			t.Errorf("%s: %q, cut %b, want %b", c.name, skip, seg.Cut, c.want)
		}
	}
}
