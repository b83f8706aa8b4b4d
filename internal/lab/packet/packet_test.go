package packet

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/lastack/lastack/tcp"
)

func segment(src, dst string) Segment {
	return Segment{
		Src: netip.MustParseAddrPort(src), Dst: netip.MustParseAddrPort(dst), Seq: 1, Ack: 2, Flags: tcp.PSH | tcp.ACK,
		Window: 500, TTL: 61, Payload: []byte("odd"),
		Options: Options{MSS: 1400, SACKPerm: true, HasWScale: true, WScale: 7, HasTimestamp: true, TSval: 3, TSecr: 4,
			SACK: [][2]uint32{{5, 6}}},
	}
}

// TestRoundTrip holds what Marshal writes against what Parse reads, over both families.
func TestRoundTrip(t *testing.T) {
	for _, s := range []Segment{segment("10.0.0.1:1", "10.0.0.2:2"), segment("[fd00::1]:1", "[fd00::2]:2")} {
		got, n, err := Parse(s.Marshal())
		if err != nil || n != 3 || !reflect.DeepEqual(got, s) {
			t.Errorf("read back %+v, %d, %v\nof %+v", got, n, err, s)
		}
	}
}

// TestChecksum relies on a right checksum making the whole sum all ones.
func TestChecksum(t *testing.T) {
	s := segment("10.0.0.1:1", "10.0.0.2:2")
	for _, bad := range []bool{false, true} {
		s.BadChecksum = bad
		if right := transportSum(s.Src.Addr(), s.Dst.Addr(), protoTCP, s.Marshal()[20:]) == 0; right == bad {
			t.Errorf("BadChecksum %v gives a right checksum: %v", bad, right)
		}
	}
}

func TestPcap(t *testing.T) {
	want := []Record{{Time: time.Unix(1, 2).UTC(), Data: []byte{1, 2, 3}}, {Time: time.Unix(4, 5).UTC(), Data: []byte{6}}}
	var b bytes.Buffer
	if err := WritePcap(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPcap(&b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read back %v, %v", got, err)
	}
}

func TestUnreachableQuotes(t *testing.T) {
	for _, s := range []Segment{segment("10.0.0.1:1", "10.0.0.2:2"), segment("[fd00::1]:1", "[fd00::2]:2")} {
		b := Unreachable(s.Dst.Addr(), s.Marshal(), 1, 4, 0)
		if s.Src.Addr().Is4() {
			b = Unreachable(s.Dst.Addr(), s.Marshal(), 3, 3, 0)
		}
		if !IsICMP(b) || IsICMP(s.Marshal()) {
			t.Errorf("an error about %v is not taken for one", s.Src)
		}
	}
}
