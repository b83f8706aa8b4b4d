package capture

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

// fragmented sets the fragment field of an IPv4 packet.
func fragmented(packet []byte, field uint16) []byte {
	copy(packet[6:], u16(field))
	return packet
}

// wrapped are packets that hold data4 or data6 in some encapsulation.
var wrapped = []struct {
	name   string
	link   LinkType
	packet []byte
	path   string
}{
	{"ethernet", LinkEthernet, ether(0x0800, data4().ip()), ""},
	{"ethernet padded", LinkEthernet, join(ether(0x0800, data4().ip()), make([]byte, 20)), ""},
	{"ethernet IPv6", LinkEthernet, ether(0x86dd, data6().ip()), ""},
	{"802.1Q", LinkEthernet, ether(0x8100, join(u16(0x600c, 0x0800), data4().ip())), "vlan 12"},
	{"802.1Q priority tag", LinkEthernet, ether(0x8100, join(u16(0x6000, 0x0800), data4().ip())), ""},
	{"802.1ad", LinkEthernet, ether(0x88a8, join(u16(5, 0x8100, 12, 0x0800), data4().ip())), "vlan 5, vlan 12"},
	{"QinQ 0x9100", LinkEthernet, ether(0x9100, join(u16(5, 0x8100, 12, 0x86dd), data6().ip())), "vlan 5, vlan 12"},
	{"SNAP", LinkEthernet, ether(80, join(u32(0xaaaa0300), u16(0, 0x0800), data4().ip())), ""},
	{"MPLS", LinkEthernet, ether(0x8847, join(u32(16<<12|64, 17<<12|1<<8|64), data4().ip())), "mpls"},
	{"MPLS IPv6", LinkEthernet, ether(0x8848, join(u32(17<<12|1<<8|64), data6().ip())), "mpls"},
	{"MPLS pseudowire", LinkEthernet, ether(0x8847, join(u32(17<<12|1<<8|64, 0), ether(0x0800, data4().ip()))), "mpls"},
	{"PPPoE", LinkEthernet, ether(0x8864, join(u16(0x1100, 9, 47, 0x0021), data4().ip())), "pppoe 9"},
	{"PPPoE IPv6", LinkEthernet, ether(0x8864, join(u16(0x1100, 9, 67, 0x0057), data6().ip())), "pppoe 9"},
	{"PPPoE link", LinkPPPEther, join(u16(0x1100, 9, 47, 0x0021), data4().ip()), "pppoe 9"},
	{"Linux cooked", LinkLinuxSLL, join(u16(0, 1, 6), make([]byte, 8), u16(0x0800), data4().ip()), ""},
	{"Linux cooked VLAN", LinkLinuxSLL, join(u16(0, 1, 6), make([]byte, 8), u16(0x8100, 12, 0x0800), data4().ip()), "vlan 12"},
	{"Linux cooked 2", LinkLinuxSLL2, join(u16(0x86dd, 0), make([]byte, 16), data6().ip()), ""},
	{"raw", LinkRaw, data4().ip(), ""},
	{"raw IPv6", LinkRaw, data6().ip(), ""},
	{"raw 12", LinkRawDLT, data4().ip(), ""},
	{"raw 14", LinkRawOpenBSD, data6().ip(), ""},
	{"IPv4", LinkIPv4, data4().ip(), ""},
	{"IPv6", LinkIPv6, data6().ip(), ""},
	{"null little-endian", LinkNull, join([]byte{2, 0, 0, 0}, data4().ip()), ""},
	{"null big-endian", LinkNull, join([]byte{0, 0, 0, 2}, data4().ip()), ""},
	{"null IPv6 NetBSD", LinkNull, join([]byte{24, 0, 0, 0}, data6().ip()), ""},
	{"null IPv6 FreeBSD", LinkNull, join([]byte{28, 0, 0, 0}, data6().ip()), ""},
	{"null IPv6 macOS", LinkNull, join([]byte{30, 0, 0, 0}, data6().ip()), ""},
	{"loop", LinkLoop, join([]byte{0, 0, 0, 24}, data6().ip()), ""},
	{"PKTAP Ethernet", LinkPKTAP, pktap(1, 0, ether(0x0800, data4().ip())), ""},
	{"PKTAP null", LinkPKTAP, pktap(0, 0, join([]byte{30, 0, 0, 0}, data6().ip())), ""},
	{"PKTAP raw, longer header", LinkPKTAP, pktap(12, 48, data6().ip()), ""},
	{"PKTAP by Apple's number", LinkUser2, pktap(1, 48, ether(0x8100, join(u16(12, 0x0800), data4().ip()))), "vlan 12"},
	{"PPP", LinkPPP, join(u16(0x0021), data4().ip()), ""},
	{"PPP in HDLC framing", LinkPPP, join(u16(0xff03, 0x0021), data4().ip()), ""},
	{"PPP protocol compressed", LinkPPP, join([]byte{0x21}, data4().ip()), ""},
	{"PPP MPLS", LinkPPP, join(u16(0x0281), u32(17<<12|1<<8|64), data4().ip()), "mpls"},
	{"PPP HDLC", LinkPPPHDLC, join(u16(0xff03, 0x0057), data6().ip()), ""},
	{"Cisco HDLC", LinkPPPHDLC, join(u16(0x0f00, 0x0800), data4().ip()), ""},
	{"IPv4 options", LinkRaw, ip4Options(protoTCP, hostA, hostB, []byte{7, 7, 4, 0, 0, 0, 0, 0}, data4().bytes()), ""},
	{"IPv6 hop-by-hop", LinkRaw, ip6(0, hostA6, hostB6, join([]byte{6, 0, 1, 4, 0, 0, 0, 0}, data6().bytes())), ""},
	{"IPv6 three extensions", LinkRaw, ip6(0, hostA6, hostB6, join([]byte{60, 0, 1, 4, 0, 0, 0, 0},
		[]byte{43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, []byte{6, 0, 0, 0, 0, 0, 0, 0}, data6().bytes())), ""},
	{"IPv6 segment routing", LinkRaw, ip6(43, hostA6, outerB6, join([]byte{6, 4, 4, 1, 1, 0, 0, 0},
		hostB6.AsSlice(), outerB6.AsSlice(), data6().bytes())), ""},
	{"IPv6 mobile routing", LinkRaw, ip6(43, hostA6, outerB6, join([]byte{6, 2, 2, 1, 0, 0, 0, 0},
		hostB6.AsSlice(), data6().bytes())), ""},
	{"IPv6 atomic fragment", LinkRaw, ip6(44, hostA6, hostB6, join([]byte{6, 0, 0, 0, 0, 0, 0, 9}, data6().bytes())), ""},
	{"IPv6 authenticated", LinkRaw, ip6(51, hostA6, hostB6, join([]byte{6, 4}, make([]byte, 22), data6().bytes())), ""},
	{"IPv4 authenticated", LinkRaw, ip4(51, hostA, hostB, join([]byte{6, 4}, make([]byte, 22), data4().bytes())), ""},
	{"IP in IP", LinkRaw, ip4(4, outerA, outerB, data4().ip()), "ipip 10.0.0.1-10.0.0.2"},
	{"6in4", LinkRaw, ip4(41, outerA, outerB, data6().ip()), "6in4 10.0.0.1-10.0.0.2"},
	{"4in6", LinkRaw, ip6(4, outerA6, outerB6, data4().ip()), "4in6 fd00::1-fd00::2"},
	{"6in6", LinkRaw, ip6(41, outerB6, outerA6, data6().ip()), "6in6 fd00::1-fd00::2"},
	{"MPLS in IP", LinkRaw, ip4(137, outerA, outerB, join(u32(17<<12|1<<8|64), data4().ip())), "mpls"},
	{"GRE", LinkRaw, ip4(47, outerA, outerB, join(u16(0, 0x0800), data4().ip())), "gre 10.0.0.1-10.0.0.2"},
	{"GRE all fields", LinkRaw, ip4(47, outerB, outerA, join(u16(0xb000, 0x86dd), u32(0, 77, 1), data6().ip())),
		"gre 77 10.0.0.1-10.0.0.2"},
	{"GRE Ethernet", LinkRaw, ip4(47, outerA, outerB, join(u16(0x2000, 0x6558), u32(77), ether(0x0800, data4().ip()))),
		"gre 77 10.0.0.1-10.0.0.2"},
	{"ERSPAN I", LinkRaw, ip4(47, outerA, outerB, join(u16(0, 0x88be), ether(0x0800, data4().ip()))),
		"erspan 0 10.0.0.1-10.0.0.2"},
	{"ERSPAN II", LinkRaw, ip4(47, outerA, outerB, join(u16(0x1000, 0x88be), u32(1), u16(0x1001, 0x0064), u32(0),
		ether(0x0800, data4().ip()))), "erspan 100 10.0.0.1-10.0.0.2"},
	{"ERSPAN III", LinkRaw, ip4(47, outerA, outerB, join(u16(0x1000, 0x22eb), u32(1), u16(0x2001, 0x0064), u32(0, 0),
		ether(0x0800, data4().ip()))), "erspan 100 10.0.0.1-10.0.0.2"},
	{"ERSPAN III with platform part", LinkRaw, ip4(47, outerA, outerB, join(u16(0x1000, 0x22eb), u32(1),
		u16(0x2001, 0x0064), u32(0, 1, 0, 0), ether(0x0800, data4().ip()))), "erspan 100 10.0.0.1-10.0.0.2"},
	{"VXLAN", LinkEthernet, ether(0x0800, ip4(17, outerA, outerB, udpTo(4789, join(u32(0x08000000, 42<<8),
		ether(0x0800, data4().ip()))))), "vxlan 42 10.0.0.1-10.0.0.2"},
	{"VXLAN Linux port, tagged", LinkEthernet, ether(0x8100, join(u16(12, 0x0800), ip4(17, outerB, outerA,
		udpTo(8472, join(u32(0x08000000, 42<<8), ether(0x86dd, data6().ip())))))), "vlan 12, vxlan 42 10.0.0.1-10.0.0.2"},
	{"GENEVE", LinkRaw, ip6(17, outerA6, outerB6, udpTo(6081, join(u16(0x0200, 0x6558), u32(42<<8, 0, 0),
		ether(0x0800, data4().ip())))), "geneve 42 fd00::1-fd00::2"},
	{"GENEVE IP", LinkRaw, ip4(17, outerA, outerB, udpTo(6081, join(u16(0, 0x0800), u32(42<<8), data4().ip()))),
		"geneve 42 10.0.0.1-10.0.0.2"},
	{"GTP-U", LinkRaw, ip4(17, outerA, outerB, udpTo(2152, join([]byte{0x30, 255}, u16(45), u32(1), data4().ip()))),
		"gtp 10.0.0.1-10.0.0.2"},
	{"GTP-U sequence number", LinkRaw, ip4(17, outerA, outerB, udpTo(2152, join([]byte{0x32, 255}, u16(69), u32(1, 0),
		data6().ip()))), "gtp 10.0.0.1-10.0.0.2"},
	{"GTP-U two extension headers", LinkRaw, ip4(17, outerA, outerB, udpTo(2152, join([]byte{0x34, 255}, u16(61),
		u32(1, 0x85), []byte{1, 0, 9, 0xc0}, []byte{2, 0, 0, 0, 0, 0, 0, 0}, data4().ip()))), "gtp 10.0.0.1-10.0.0.2"},
}

// TestEncapsulations holds the decoder to the specifications: whatever is around it, the segment
// comes out whole.
func TestEncapsulations(t *testing.T) {
	for _, c := range wrapped {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			var got tcp.Segment
			if skip := d.Decode(c.link, c.packet, len(c.packet), &got); skip != SkipNone {
				t.Fatalf("skipped: %s", skip)
			}
			if p := PathName(got.Path); p != c.path {
				t.Errorf("path %q, want %q", p, c.path)
			}
			want := tcp.Segment{Src: tcp.AddrFrom(hostA), Dst: tcp.AddrFrom(hostB), SrcPort: 1000, DstPort: 80,
				Path: got.Path, Seq: 0x01020304, Ack: 0x05060708, Flags: tcp.PSH | tcp.ACK, Window: 8192, Urgent: 7, Len: 5,
				TTL: 64, IPID: 0x1234, Checksum: tcp.ChecksumGood, PayloadSum: slowSum([]byte("hello"))}
			if got.IPv6 {
				want.Src, want.Dst = tcp.AddrFrom(hostA6), tcp.AddrFrom(hostB6)
				want.TTL, want.IPID, want.IPv6 = 63, 0, true
			}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestCutAnywhere cuts every packet after every byte: what is decoded is never wrong, and never
// more than was there.
func TestCutAnywhere(t *testing.T) {
	for _, c := range wrapped {
		for n := range len(c.packet) {
			var d Decoder
			var whole, got tcp.Segment
			d.Decode(c.link, c.packet, len(c.packet), &whole)
			if d.Decode(c.link, c.packet[:n:n], len(c.packet), &got) != SkipNone {
				continue
			}
			if got.Seq != whole.Seq || got.SrcPort != whole.SrcPort || got.Src != whole.Src || got.Path != whole.Path {
				t.Errorf("%s cut to %d: another segment: %+v", c.name, n, got)
			}
			if got.Cut == 0 && got != whole {
				t.Errorf("%s cut to %d: not marked as cut: %+v", c.name, n, got)
			}
			if got.Cut&tcp.CutHeader == 0 && (got.Len != whole.Len || got.Flags != whole.Flags || got.Ack != whole.Ack) {
				t.Errorf("%s cut to %d: another header: %+v", c.name, n, got)
			}
		}
	}
}

// TestSkips names the reason for everything that is not decoded.
func TestSkips(t *testing.T) {
	deep := data4().ip()
	for range maxDepth + 1 {
		deep = ip4(4, outerA, outerB, deep)
	}
	wrongVersion := data4().ip()
	wrongVersion[0] = 0x55
	shortHeader := data4().ip()
	shortHeader[0] = 0x44
	shortTotal := data4().ip()
	copy(shortTotal[2:], u16(19))
	shortTCP := ip4(6, hostA, hostB, data4().bytes()[:19])
	badOffset := data4().bytes()
	badOffset[12] = 0x40
	longOffset := data4().bytes()
	longOffset[12] = 0xf0
	for _, c := range []struct {
		name   string
		link   LinkType
		packet []byte
		want   Skip
	}{
		{"nothing", LinkEthernet, nil, SkipEmpty},
		{"wireless", 105, data4().ip(), SkipLinkType},
		{"ARP", LinkEthernet, ether(0x0806, make([]byte, 28)), SkipARP},
		{"RARP", LinkEthernet, ether(0x8035, make([]byte, 28)), SkipARP},
		{"spanning tree", LinkEthernet, ether(38, join(u32(0x42420300), make([]byte, 35))), SkipLLC},
		{"CDP", LinkEthernet, ether(90, join(u32(0xaaaa0300), u16(0x000c, 0x2000), make([]byte, 35))), SkipLLC},
		{"LLDP", LinkEthernet, ether(0x88cc, make([]byte, 40)), SkipEthertype},
		{"MACsec", LinkEthernet, ether(0x88e5, make([]byte, 40)), SkipEncrypted},
		{"PPPoE discovery", LinkEthernet, ether(0x8863, make([]byte, 40)), SkipPPPControl},
		{"LCP", LinkPPP, join(u16(0xff03, 0xc021), make([]byte, 8)), SkipPPPControl},
		{"LCP in PPPoE", LinkEthernet, ether(0x8864, join(u16(0x1100, 9, 10, 0xc021), make([]byte, 8))), SkipPPPControl},
		{"AppleTalk loopback", LinkNull, join([]byte{16, 0, 0, 0}, make([]byte, 30)), SkipEthertype},
		{"UDP", LinkRaw, ip4(17, hostA, hostB, udpTo(53, make([]byte, 40))), SkipUDP},
		{"not VXLAN", LinkRaw, ip4(17, hostA, hostB, udpTo(4789, make([]byte, 40))), SkipUDP},
		{"not GENEVE", LinkRaw, ip4(17, hostA, hostB, udpTo(6081, join(u32(0x80000000), make([]byte, 40)))), SkipUDP},
		{"GTP-U echo", LinkRaw, ip4(17, hostA, hostB, udpTo(2152, join([]byte{0x32, 1}, make([]byte, 40)))), SkipUDP},
		{"GTP-U endless extension", LinkRaw, ip4(17, hostA, hostB, udpTo(2152, join([]byte{0x34, 255}, u16(8),
			u32(1, 0x85), make([]byte, 40)))), SkipUDP},
		{"GTP-U not IP", LinkRaw, ip4(17, hostA, hostB, udpTo(2152, join([]byte{0x30, 255}, u16(8), u32(1),
			make([]byte, 40)))), SkipTunnel},
		{"ping", LinkRaw, ip4(1, hostA, hostB, join([]byte{8, 0}, make([]byte, 40))), SkipICMP},
		{"ping IPv6", LinkRaw, ip6(58, hostA6, hostB6, join([]byte{128, 0}, make([]byte, 40))), SkipICMP},
		{"ESP", LinkRaw, ip4(50, hostA, hostB, make([]byte, 40)), SkipEncrypted},
		{"SCTP", LinkRaw, ip4(132, hostA, hostB, make([]byte, 40)), SkipProtocol},
		{"PPTP", LinkRaw, ip4(47, hostA, hostB, join(u16(0x3001, 0x880b), make([]byte, 40))), SkipTunnel},
		{"MPLS of something else", LinkEthernet, ether(0x8847, join(u32(17<<12|1<<8|64), []byte{0x81, 0, 0, 0})), SkipTunnel},
		{"later fragment", LinkRaw, fragmented(data4().ip(), 0x2001), SkipFragment},
		{"later fragment IPv6", LinkRaw, ip6(44, hostA6, hostB6, join([]byte{6, 0, 0, 8, 0, 0, 0, 9}, data6().bytes())),
			SkipFragment},
		{"too deep", LinkRaw, deep, SkipTooDeep},
		{"IP version 5", LinkRaw, wrongVersion, SkipBadIP},
		{"IPv6 where IPv4 is due", LinkEthernet, ether(0x0800, data6().ip()), SkipBadIP},
		{"IPv4 where IPv6 is due", LinkEthernet, ether(0x86dd, join(data4().ip(), make([]byte, 40))), SkipBadIP},
		{"IPv4 header of 16 bytes", LinkRaw, shortHeader, SkipBadIP},
		{"IPv4 of 19 bytes in all", LinkRaw, shortTotal, SkipBadIP},
		{"IPv6 extension beyond the packet", LinkRaw, ip6(60, hostA6, hostB6, join([]byte{6, 9}, make([]byte, 30))), SkipBadIP},
		{"TCP of 19 bytes", LinkRaw, shortTCP, SkipBadTCP},
		{"TCP data offset 4", LinkRaw, ip4(6, hostA, hostB, badOffset), SkipBadTCP},
		{"TCP data offset beyond the packet", LinkRaw, ip4(6, hostA, hostB, longOffset), SkipBadTCP},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			var seg tcp.Segment
			if got := d.Decode(c.link, c.packet, len(c.packet), &seg); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPathBothWays: a connection's two directions are in one tunnel.
func TestPathBothWays(t *testing.T) {
	var d Decoder
	var there, back tcp.Segment
	d.Decode(LinkRaw, ip4(4, outerA, outerB, data4().ip()), 0, &there)
	d.Decode(LinkRaw, ip4(4, outerB, outerA, data4().ip()), 0, &back)
	if there.Path == 0 || there.Path != back.Path {
		t.Errorf("paths %d and %d", there.Path, back.Path)
	}
}

// TestLengthNotSaid covers packets that were longer than their IP header says: the sending card was
// to cut them up.
func TestLengthNotSaid(t *testing.T) {
	big := data4()
	big.payload = make([]byte, 70000)
	packet4 := big.ip()
	copy(packet4[2:], u16(0))
	big.src, big.dst = hostA6, hostB6
	packet6 := big.ip()
	copy(packet6[4:], u16(0))
	jumbo := ip6(0, hostA6, hostB6, join([]byte{6, 0, 0xc2, 4}, u32(8+uint32(len(big.bytes()))), big.bytes()))
	copy(jumbo[4:], u16(0))
	for name, packet := range map[string][]byte{"IPv4": packet4, "IPv6": packet6, "jumbogram": jumbo} {
		var d Decoder
		var seg tcp.Segment
		if skip := d.Decode(LinkRaw, packet, len(packet), &seg); skip != SkipNone || seg.Len != 70000 ||
			seg.Checksum != tcp.ChecksumGood {
			t.Errorf("%s whole: %s, %d bytes, checksum %d", name, skip, seg.Len, seg.Checksum)
		}
		if skip := d.Decode(LinkRaw, packet[:200], len(packet), &seg); skip != SkipNone || seg.Len != 70000 ||
			seg.Cut != tcp.CutPayload {
			t.Errorf("%s cut: %s, %d bytes, cut %b", name, skip, seg.Len, seg.Cut)
		}
	}
}

// TestFirstFragment: its header is decoded, its length is its own, and there is nothing to verify.
func TestFirstFragment(t *testing.T) {
	v6 := ip6(44, hostA6, hostB6, join([]byte{6, 0, 0, 1, 0, 0, 0, 9}, data6().bytes()))
	for name, packet := range map[string][]byte{"IPv4": fragmented(data4().ip(), 0x2000), "IPv6": v6} {
		var d Decoder
		var seg tcp.Segment
		if skip := d.Decode(LinkRaw, packet, len(packet), &seg); skip != SkipNone {
			t.Fatalf("%s: %s", name, skip)
		}
		if seg.Cut != tcp.CutFragment || seg.Len != 5 || seg.Checksum != tcp.ChecksumUnverified {
			t.Errorf("%s: cut %b, %d bytes, checksum %d", name, seg.Cut, seg.Len, seg.Checksum)
		}
	}
}
