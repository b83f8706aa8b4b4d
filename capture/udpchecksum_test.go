package capture

import (
	"encoding/binary"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// rightUDP gives the checksum of a UDP packet between two hosts, computed two bytes at a time as
// RFC 768 has it.
func rightUDP(src, dst, datagram []byte) uint16 {
	sum := uint32(17) + uint32(len(datagram))
	for _, part := range [][]byte{src, dst, datagram} {
		for i := 0; i < len(part); i += 2 {
			word := uint32(part[i]) << 8
			if i+1 < len(part) {
				word |= uint32(part[i+1])
			}
			sum += word
		}
	}
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// TestOuterChecksum: a tunnel's wrong checksum is noted of whole SYNs, whose own one is good.
func TestOuterChecksum(t *testing.T) {
	syn := data4()
	syn.flags, syn.payload = 2, nil
	inner := ether(0x0800, syn.ip())
	plain := data4() // ACK, with payload
	vxlan := func(b []byte) []byte { return udpTo(4789, join(u32(0x08000000, 42<<8), b)) }
	geneve := func(b []byte) []byte { return udpTo(6081, join(u16(0, 0x6558), u32(42<<8), b)) }
	right := func(d []byte) uint16 { return rightUDP(outerA.AsSlice(), outerB.AsSlice(), d) }
	pseudo := func(d []byte) uint16 { return ^rightUDP(outerA.AsSlice(), outerB.AsSlice(), make([]byte, len(d))) }
	partial := ether(0x0800, syn.ip())
	tcpAt := len(partial) - len(syn.ip()) + 20
	binary.BigEndian.PutUint16(partial[tcpAt+tcpChecksum:], 0x1234)
	for _, c := range []struct {
		why      string
		datagram []byte
		sum      func([]byte) uint16
		want     bool
	}{
		{"right", vxlan(inner), right, false},
		{"not computed", vxlan(inner), func([]byte) uint16 { return 0 }, false},
		{"wrong", vxlan(inner), func(d []byte) uint16 { return right(d) ^ 0x0101 }, true},
		{"as the cards that get it wrong write it", vxlan(inner), func([]byte) uint16 { return 0xffff }, true},
		{"wrong, GENEVE", geneve(inner), func(d []byte) uint16 { return right(d) + 1 }, true},
		{"right, GENEVE", geneve(inner), right, false},
		{"left to the card", vxlan(inner), pseudo, false},
		{"wrong, and the segment's own is not good", vxlan(partial), func(d []byte) uint16 { return right(d) + 1 }, false},
		{"wrong, of no SYN", vxlan(ether(0x0800, plain.ip())), func(d []byte) uint16 { return right(d) + 1 }, false},
	} {
		binary.BigEndian.PutUint16(c.datagram[6:], 0)
		binary.BigEndian.PutUint16(c.datagram[6:], c.sum(c.datagram))
		packet := ether(0x0800, ip4(17, outerA, outerB, c.datagram))
		var d Decoder
		var seg tcp.Segment
		if skip := d.Decode(LinkEthernet, packet, len(packet), &seg); skip != SkipNone {
			t.Fatalf("%s: %s", c.why, skip)
		}
		if seg.OuterBad != c.want {
			t.Errorf("%s: noted %v", c.why, seg.OuterBad)
		}
		cut := packet[:len(packet)-1]
		if skip := d.Decode(LinkEthernet, cut, len(packet), &seg); skip == SkipNone && seg.OuterBad {
			t.Errorf("%s: noted of a packet that the capture cut", c.why)
		}
	}
}

// wrongOuter is a SYN in VXLAN, the checksum of whose datagram is wrong.
func wrongOuter() []byte {
	syn := data4()
	syn.flags, syn.payload = 2, nil
	datagram := udpTo(4789, join(u32(0x08000000, 42<<8), ether(0x0800, syn.ip())))
	binary.BigEndian.PutUint16(datagram[6:], 0xffff)
	return ether(0x0800, ip4(17, outerA, outerB, datagram))
}

// WrongOuter is for the tests of redaction.
var WrongOuter = wrongOuter
