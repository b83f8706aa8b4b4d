package capture

import (
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lastack/lastack/tcp"
)

// gopacketDecoders are the link types that gopacket decodes as this package does.
var gopacketDecoders = map[LinkType]gopacket.Decoder{
	LinkEthernet: layers.LayerTypeEthernet,
	LinkLinuxSLL: layers.LayerTypeLinuxSLL,
	LinkIPv4:     layers.LayerTypeIPv4,
	LinkIPv6:     layers.LayerTypeIPv6,
}

// comparableWithGopacket reports whether gopacket is an oracle for a packet: plain TCP in one IP
// packet that is whole and right. Cut and damaged packets it gives up early, and several tunnels it
// does not know.
func comparableWithGopacket(p gopacket.Packet, seg *tcp.Segment) (*layers.TCP, bool) {
	if p.ErrorLayer() != nil || p.Metadata().Truncated || seg.Kind != tcp.KindTCP || seg.Cut != 0 || seg.Path != 0 {
		return nil, false
	}
	ips := 0
	for _, l := range p.Layers() {
		switch l.LayerType() {
		case layers.LayerTypeIPv4, layers.LayerTypeIPv6:
			ips++
		case layers.LayerTypeIPv6Routing: // final destinations are not gopacket's business
			return nil, false
		}
	}
	th, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	return th, ok && ips == 1
}

// compareWithGopacket decodes a packet with gopacket too and compares what both know.
func compareWithGopacket(t *testing.T, link LinkType, packet []byte, seg *tcp.Segment) (compared bool) {
	t.Helper()
	decoder, ok := gopacketDecoders[link]
	if !ok {
		return false
	}
	p := gopacket.NewPacket(packet, decoder, gopacket.DecodeOptions{NoCopy: true})
	th, ok := comparableWithGopacket(p, seg)
	if !ok {
		return false
	}
	want := tcp.Segment{SrcPort: uint16(th.SrcPort), DstPort: uint16(th.DstPort), Seq: tcp.Seq(th.Seq), Window: th.Window,
		Urgent: th.Urgent, Flags: gopacketFlags(th), Len: uint32(len(th.Payload))}
	if th.ACK {
		want.Ack = tcp.Seq(th.Ack)
	}
	want.HiddenAck = th.RST && !th.ACK && th.Ack != 0
	switch ip := p.NetworkLayer().(type) {
	case *layers.IPv4:
		want.TTL, want.IPID, want.DF = ip.TTL, ip.Id, ip.Flags&layers.IPv4DontFragment != 0
		want.Src, want.Dst = tcp.Addr(ip.SrcIP.To16()), tcp.Addr(ip.DstIP.To16())
	case *layers.IPv6:
		want.TTL, want.IPv6 = ip.HopLimit, true
		want.Src, want.Dst = tcp.AddrFrom6([16]byte(ip.SrcIP.To16())), tcp.AddrFrom6([16]byte(ip.DstIP.To16()))
	}
	got := *seg
	got.PayloadSum, got.Checksum, got.Content = 0, 0, 0
	compareOptions(t, th, seg)
	got.Options, got.MSS, got.WScale, got.TSval, got.TSecr, got.FastOpenLen = 0, 0, 0, 0, 0, 0
	got.Layout = 0
	got.SACK, got.SACKCount = [tcp.MaxSACK]tcp.SACKBlock{}, 0
	if got != want {
		t.Errorf("got      %+v\ngopacket %+v\npacket % x", got, want, packet)
	}
	return true
}

// gopacketFlags gathers gopacket's flags.
func gopacketFlags(th *layers.TCP) (f tcp.Flags) {
	for i, set := range []bool{th.FIN, th.SYN, th.RST, th.PSH, th.ACK, th.URG, th.ECE, th.CWR, th.NS} {
		if set {
			f |= 1 << i
		}
	}
	return f
}

// gopacketLayout tells the layout of a SYN's options.
func gopacketLayout(th *layers.TCP) tcp.Layout {
	var order tcp.LayoutOrder
	for i, o := range th.Options {
		if o.OptionType > tcp.OptionSACKPerm && o.OptionType != tcp.OptionTimestamps {
			break
		}
		order = order.Add(i, byte(o.OptionType))
		if o.OptionType == tcp.OptionEnd {
			break
		}
	}
	if !th.SYN {
		return 0
	}
	return tcp.LayoutOf(order)
}

// compareOptions compares the options that gopacket gives as bytes.
func compareOptions(t *testing.T, th *layers.TCP, seg *tcp.Segment) {
	t.Helper()
	want := tcp.Segment{Layout: gopacketLayout(th)}
	for _, o := range th.Options {
		if o.OptionType > tcp.OptionNop {
			decodeOption(uint8(o.OptionType), o.OptionData, &want)
		}
	}
	if seg.Layout != want.Layout || seg.Options&^tcp.OptMalformed != want.Options || seg.MSS != want.MSS || seg.WScale != want.WScale ||
		seg.TSval != want.TSval || seg.TSecr != want.TSecr || seg.SACK != want.SACK || seg.FastOpenLen != want.FastOpenLen {
		t.Errorf("options %+v, gopacket %+v", seg, th.Options)
	}
}

// TestGopacket holds the decoder equal to gopacket on every committed capture and hand-built
// packet.
func TestGopacket(t *testing.T) {
	compared := 0
	for _, c := range wrapped {
		var d Decoder
		var seg tcp.Segment
		if d.Decode(c.link, c.packet, len(c.packet), &seg) == SkipNone && compareWithGopacket(t, c.link, c.packet, &seg) {
			compared++
		}
	}
	for _, name := range captures(t) {
		for _, rec := range readRecords(t, name) {
			var d Decoder
			var seg tcp.Segment
			if d.Decode(rec.link, rec.data, rec.wire, &seg) == SkipNone && compareWithGopacket(t, rec.link, rec.data, &seg) {
				compared++
			}
		}
	}
	if compared < 50 {
		t.Errorf("only %d packets could be compared", compared)
	}
	t.Logf("%d packets compared", compared)
}

// readRecords gives copies of a capture's records.
func readRecords(t testing.TB, name string) (all []record) {
	t.Helper()
	in := &input{stats: FileStats{Name: name}}
	if err := in.open(new(blockReader)); err != nil {
		t.Fatal(err)
	}
	defer in.close()
	for in.format.next(&in.head) == nil {
		rec := in.head
		rec.data = append([]byte(nil), rec.data...)
		all = append(all, rec)
	}
	return all
}
