package capture

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// decodeIP decodes a raw IP packet that must hold a segment.
func decodeIP(t *testing.T, packet []byte, wire int) tcp.Segment {
	t.Helper()
	var d Decoder
	var seg tcp.Segment
	if skip := d.Decode(LinkRaw, packet, wire, &seg); skip != SkipNone {
		t.Fatalf("skipped: %s", skip)
	}
	return seg
}

func TestFlags(t *testing.T) {
	for bits := range uint16(0x200) {
		s := data4()
		s.flags = bits
		seg := decodeIP(t, s.ip(), 0)
		if seg.Flags != tcp.Flags(bits) {
			t.Errorf("flags %#x, want %#x", seg.Flags, bits)
		}
		if hasAck := seg.Flags.Has(tcp.ACK); hasAck != (seg.Ack == 0x05060708) {
			t.Errorf("flags %#x: ack %#x", bits, seg.Ack)
		}
	}
}

func TestOptions(t *testing.T) {
	sack := join([]byte{1, 1, 5, 18}, u32(10, 20, 30, 40))
	for _, c := range []struct {
		name    string
		options []byte
		want    tcp.Segment
	}{
		{"none", nil, tcp.Segment{}},
		{"Linux SYN", []byte{2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7}, tcp.Segment{
			Options: tcp.OptMSS | tcp.OptSACKPerm | tcp.OptTimestamps | tcp.OptWScale, MSS: 1460, WScale: 7, TSval: 1, TSecr: 2}},
		{"timestamps as RFC 7323 lays them out", []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, tcp.Segment{
			Options: tcp.OptTimestamps, TSval: 1, TSecr: 2}},
		{"timestamps laid out otherwise", []byte{8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 1}, tcp.Segment{
			Options: tcp.OptTimestamps, TSval: 1, TSecr: 2}},
		{"SACK", sack, tcp.Segment{Options: tcp.OptSACK, SACKCount: 2,
			SACK: [tcp.MaxSACK]tcp.SACKBlock{{Left: 10, Right: 20}, {Left: 30, Right: 40}}}},
		{"four SACK blocks", join([]byte{5, 34}, u32(1, 2, 3, 4, 5, 6, 7, 8), []byte{1, 1}), tcp.Segment{
			Options: tcp.OptSACK, SACKCount: 4,
			SACK: [tcp.MaxSACK]tcp.SACKBlock{{Left: 1, Right: 2}, {Left: 3, Right: 4}, {Left: 5, Right: 6}, {Left: 7, Right: 8}}}},
		{"fast open request", []byte{34, 2, 1, 1}, tcp.Segment{Options: tcp.OptFastOpen}},
		{"fast open cookie", []byte{34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1}, tcp.Segment{Options: tcp.OptFastOpen, FastOpenLen: 8}},
		{"experimental fast open", []byte{254, 12, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8}, tcp.Segment{
			Options: tcp.OptFastOpen, FastOpenLen: 8}},
		{"another experiment", []byte{254, 4, 0xe2, 0xd4}, tcp.Segment{}},
		{"MPTCP", []byte{30, 4, 0, 1}, tcp.Segment{Options: tcp.OptMPTCP}},
		{"MD5", join([]byte{19, 18}, make([]byte, 16), []byte{1, 1}), tcp.Segment{Options: tcp.OptMD5}},
		{"AO", join([]byte{29, 16}, make([]byte, 14)), tcp.Segment{Options: tcp.OptAO}},
		{"unknown option before a known one", []byte{77, 4, 1, 2, 2, 4, 0, 9}, tcp.Segment{Options: tcp.OptMSS, MSS: 9}},
		{"after the end", []byte{0, 0, 0, 0, 2, 4, 0, 9}, tcp.Segment{}},
		{"known kind, wrong length", []byte{2, 3, 9, 1, 3, 4, 7, 7, 8, 4, 0, 0, 4, 4, 0, 0, 5, 4, 0, 0, 2, 4, 0, 9},
			tcp.Segment{Options: tcp.OptMSS, MSS: 9}},
		{"length 0", []byte{2, 4, 0, 9, 77, 0, 3, 3}, tcp.Segment{Options: tcp.OptMSS | tcp.OptMalformed, MSS: 9}},
		{"length 1", []byte{77, 1, 2, 4}, tcp.Segment{Options: tcp.OptMalformed}},
		{"length beyond the header", []byte{8, 10, 0, 0}, tcp.Segment{Options: tcp.OptMalformed}},
		{"no length", []byte{1, 1, 1, 8}, tcp.Segment{Options: tcp.OptMalformed}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := data4()
			s.options = c.options
			seg := decodeIP(t, s.ip(), 0)
			got := tcp.Segment{Options: seg.Options, MSS: seg.MSS, WScale: seg.WScale, TSval: seg.TSval, TSecr: seg.TSecr,
				SACK: seg.SACK, SACKCount: seg.SACKCount, FastOpenLen: seg.FastOpenLen}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if seg.Len != 5 || seg.Checksum != tcp.ChecksumGood {
				t.Errorf("%d bytes, checksum %d", seg.Len, seg.Checksum)
			}
		})
	}
}

// TestSnapLength cuts one segment after each byte of its TCP header and says what must be left of
// it.
func TestSnapLength(t *testing.T) {
	s := data4()
	s.options = []byte{2, 4, 0x05, 0xb4, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7}
	packet := s.ip()
	const header, cutAll = 40, tcp.CutHeader | tcp.CutOptions | tcp.CutPayload
	for n := 8; n < header; n++ {
		seg := decodeIP(t, packet[:20+n], len(packet))
		want := tcp.Segment{Src: seg.Src, Dst: seg.Dst, TTL: 64, IPID: 0x1234, SrcPort: 1000, DstPort: 80, Seq: 0x01020304,
			Cut: tcp.CutHeader}
		if n > 12 {
			want.Len, want.Cut, want.Options = 5, cutAll, tcp.OptCut
		}
		if n > 13 {
			want.Flags, want.Ack = tcp.PSH|tcp.ACK, 0x05060708
		}
		if n >= 16 {
			want.Window = 8192
		}
		if n >= 20 {
			want.Urgent, want.Cut = 7, tcp.CutOptions|tcp.CutPayload
		}
		if n >= 24 {
			want.MSS, want.Options = 1460, tcp.OptCut|tcp.OptMSS
		}
		if n >= 36 {
			want.TSval, want.TSecr = 1, 2
			want.Options |= tcp.OptTimestamps
		}
		if seg != want {
			t.Errorf("%d bytes of TCP captured:\ngot  %+v\nwant %+v", n, seg, want)
		}
	}
	var d Decoder
	var seg tcp.Segment
	if skip := d.Decode(LinkRaw, packet[:20+7], len(packet), &seg); skip != SkipTruncated {
		t.Errorf("without the sequence number: %q", skip)
	}
}

// TestChecksum verifies every payload length around the unrolled loop's borders, whole and with one
// bit changed.
func TestChecksum(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		s := data4()
		if n%2 == 1 {
			s = data6()
		}
		s.payload = make([]byte, n)
		for i := range s.payload {
			s.payload[i] = byte(random.Uint32())
		}
		packet := s.ip()
		seg := decodeIP(t, packet, 0)
		if seg.Checksum != tcp.ChecksumGood || seg.PayloadSum != slowSum(s.payload) {
			t.Errorf("%d bytes: checksum %d, payload sum %#x, want %#x", n, seg.Checksum, seg.PayloadSum, slowSum(s.payload))
		}
		packet[len(packet)-1] ^= 0x10
		if seg := decodeIP(t, packet, 0); seg.Checksum != tcp.ChecksumBad {
			t.Errorf("%d bytes, one wrong: checksum %d", n, seg.Checksum)
		}
	}
}

// TestChecksumOffload: a segment whose checksum the card was to fill in is not called damaged.
func TestChecksumOffload(t *testing.T) {
	for _, s := range []tcpSegment{data4(), data6()} {
		packet := s.ip()
		field := packet[len(packet)-len(s.bytes())+tcpChecksum:]
		binary.BigEndian.PutUint16(field, slowSum(s.pseudo(len(s.bytes()))))
		if seg := decodeIP(t, packet, 0); seg.Checksum != tcp.ChecksumPartial {
			t.Errorf("Linux, IPv6 %t: %d", seg.IPv6, seg.Checksum)
		}
		binary.BigEndian.PutUint16(field, slowSum(s.pseudo(0)))
		if seg := decodeIP(t, packet, 0); seg.Checksum != tcp.ChecksumPartial {
			t.Errorf("Windows, IPv6 %t: %d", seg.IPv6, seg.Checksum)
		}
		binary.BigEndian.PutUint16(field, 0)
		if seg := decodeIP(t, packet, 0); seg.Checksum != tcp.ChecksumBad {
			t.Errorf("zero, IPv6 %t: %d", seg.IPv6, seg.Checksum)
		}
	}
}

// TestChecksumUnverified: nothing is said of a segment that was not captured whole.
func TestChecksumUnverified(t *testing.T) {
	packet := data4().ip()
	if seg := decodeIP(t, packet[:len(packet)-1], len(packet)); seg.Checksum != tcp.ChecksumUnverified ||
		seg.PayloadSum != 0 || seg.Cut != tcp.CutPayload || seg.Len != 5 {
		t.Errorf("got %+v", seg)
	}
}
