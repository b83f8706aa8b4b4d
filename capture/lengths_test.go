package capture

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// withData gives a segment in an Ethernet frame with so many bytes of data.
func withData(n int) []byte {
	s := data4()
	s.payload = []byte(strings.Repeat("x", n))
	return ether(0x0800, s.ip())
}

// withData6 is withData over IPv6.
func withData6(n int) []byte {
	s := data6()
	s.payload = []byte(strings.Repeat("x", n))
	return ether(0x86dd, s.ip())
}

const headers4 = 14 + 20 + 20 // of withData's frame

// TestIPLengthBeyondFrame: what becomes of frames that end before the IP packet in them, though all
// of each frame was captured. One among whole ones Linux drops; where all frames of a capture are
// so, a tool has cut them.
func TestIPLengthBeyondFrame(t *testing.T) {
	whole, long := withData(100), withData(900)
	bad := long[:500]
	other := ether(0x0806, make([]byte, 46))
	for _, c := range []struct {
		name    string
		packets [][]byte
		beyond  uint64
	}{
		{"one among whole ones", [][]byte{whole, bad, long}, 1},
		{"the only long one", [][]byte{whole, bad}, 1},
		{"alone", [][]byte{bad}, 1},
		{"two, cut to different lengths", [][]byte{whole, bad, long[:499]}, 2},
		{"two, shorter than a whole one that comes later", [][]byte{bad, bad, other, withData(600)}, 2},
		{"over IPv6", [][]byte{whole, withData6(900)[:500]}, 1},
		{"by one byte", [][]byte{whole, long[:len(long)-1]}, 1},
		{"cut to 96 bytes", [][]byte{withData(20), long[:96], withData(20), long[:96], whole[:96]}, 0},
		{"cut to 96 bytes, none whole", [][]byte{long[:96], withData6(900)[:96]}, 0},
		{"cut to the headers", [][]byte{long[:headers4], withData(1)[:headers4], withData6(900)[:headers4+20]}, 0},
		{"whole", [][]byte{whole, long, withData6(100)}, 0},
	} {
		name := write(t, "x", pcapBytes(binary.LittleEndian, LinkEthernet, 1, c.packets...))
		segs, stats, err := readAll(t, Options{}, name)
		if err != nil {
			t.Fatal(err)
		}
		arp := stats.Skipped[SkipARP]
		if got := stats.Skipped[SkipBeyondFrame]; got != c.beyond || len(segs) != len(c.packets)-int(c.beyond+arp) {
			t.Errorf("%s: %d not believed, %d segments of %d packets; want %d not believed", c.name, got, len(segs), len(c.packets), c.beyond)
		}
	}
	if got := SkipBeyondFrame.String(); got != "ip-length-beyond-frame" {
		t.Errorf("called %q", got)
	}
}

// TestIPLengthOfOneInterface: a tool cut the packets of one interface. What is true of it is not
// true of the other, on which one packet says more than there is.
func TestIPLengthOfOneInterface(t *testing.T) {
	le := binary.LittleEndian
	long := withData(900)
	file := join(ngSection(le), ngInterface(le, LinkEthernet, 0), ngInterface(le, LinkEthernet, 0))
	for i, p := range [][]byte{long[:96], withData(100), long[:96], long[:300], withData(400)} {
		file = append(file, ngPacketOf(le, []uint32{0, 1, 0, 1, 1}[i], uint64(i), p)...)
	}
	segs, stats, err := readAll(t, Options{}, write(t, "x", file))
	if err != nil || len(segs) != 4 || stats.Skipped[SkipBeyondFrame] != 1 {
		t.Errorf("%d segments, %d not believed, %v", len(segs), stats.Skipped[SkipBeyondFrame], err)
	}
	for _, s := range segs {
		if s.Frame == 4 {
			t.Error("the packet on the interface that was not cut is believed")
		}
	}
}

// TestIPLengthFromPipe: a pipe cannot be read twice, so what came before decides. A whole frame
// that was longer shows that nothing was cut.
func TestIPLengthFromPipe(t *testing.T) {
	long := withData(900)
	for _, c := range []struct {
		first []byte
		want  uint64
	}{{withData(600), 1}, {withData(20), 0}} {
		b := pcapBytes(binary.LittleEndian, LinkEthernet, 1, c.first, long[:96], long[:96])
		_, stats, err := readAll(t, Options{Stdin: bytes.NewReader(b)}, "-")
		if got := stats.Skipped[SkipBeyondFrame]; err != nil || got != 2*c.want {
			t.Errorf("after %d bytes: %d not believed, want %d; %v", len(c.first), got, 2*c.want, err)
		}
	}
}

// TestIPLengthLive: of a live packet the kernel says how long it was, and that is so.
func TestIPLengthLive(t *testing.T) {
	var s sink
	b := Batch{make([]tcp.Segment, 0, 8)}
	long := withData(900)
	for _, n := range []int{96, 96, 500, len(long)} {
		if err := s.take(&record{data: long[:n], wire: n, link: LinkEthernet}, 1, 0, &b); err != nil {
			t.Fatal(err)
		}
	}
	if s.skipped[SkipBeyondFrame] != 3 || len(b.Segments) != 1 {
		t.Errorf("%d not believed, %d segments", s.skipped[SkipBeyondFrame], len(b.Segments))
	}
}

// TestIPLengthThatIsRight: lengths that look wrong, and are not, even where nothing is believed: a
// packet that the snap length cut, one without a length because the card was to cut it up or
// because it is larger than a length can say (Linux, "BIG TCP"), padding, the inside of a first
// fragment, a mirrored frame that the switch says it cut, and what an ICMP error quotes.
func TestIPLengthThatIsRight(t *testing.T) {
	long := withData(900)
	noLength := bytes.Clone(long)
	copy(noLength[16:18], []byte{0, 0})
	big6 := withData6(900)
	copy(big6[18:20], []byte{0, 0})
	inner := data4()
	inner.payload = make([]byte, 900)
	fragment := fragmented(ip4(protoIPv4, outerA, outerB, inner.ip()[:600]), 0x2000)
	erspan := func(t uint16) []byte {
		return ip4(protoGRE, outerA, outerB, join(u16(0x1000, 0x88be), u32(1), u16(0x1001, 0x0064|t), u32(0), long[:500]))
	}
	for _, c := range []struct {
		name   string
		link   LinkType
		packet []byte
		wire   int
		want   Skip
	}{
		{"snap length", LinkEthernet, long[:96], len(long), SkipNone},
		{"no length", LinkEthernet, noLength, 0, SkipNone},
		{"IPv6 without a length", LinkEthernet, big6, 0, SkipNone},
		{"padding", LinkEthernet, join(withData(1), make([]byte, 9)), 0, SkipNone},
		{"first fragment", LinkRaw, fragment, 0, SkipNone},
		{"inside a whole packet", LinkRaw, ip4(protoIPv4, outerA, outerB, inner.ip()[:600]), 0, SkipBeyondFrame},
		{"mirrored and cut", LinkRaw, erspan(0x0400), 0, SkipNone},
		{"mirrored, and not said to be cut", LinkRaw, erspan(0), 0, SkipBeyondFrame},
		{"quoted", LinkRaw, icmpQuoting(false, 3, 4, 1400, inner.ip()[:28]), 0, SkipNone},
	} {
		s := sink{}
		var seg tcp.Segment
		rec := record{data: c.packet, wire: max(c.wire, len(c.packet)), link: c.link}
		if skip := s.unusual(&rec, 0, &seg); skip != c.want {
			t.Errorf("%s: skipped for %q, want %q", c.name, skip, c.want)
		}
	}
}
