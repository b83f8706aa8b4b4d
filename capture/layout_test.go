package capture

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestLayouts: the SYN of each system is known by the order of its options (p0f.fp, nmap-os-db),
// whatever stands behind the usual ones.
func TestLayouts(t *testing.T) {
	mss, scale, sack, stamps := []byte{2, 4, 0x05, 0xb4}, []byte{3, 3, 7}, []byte{4, 2}, []byte{8, 10, 0, 0, 0, 1, 0, 0, 0, 0}
	nop, end := []byte{1}, []byte{0}
	for _, c := range []struct {
		name    string
		options [][]byte
		want    tcp.Layout
		text    string
	}{
		{"Linux", [][]byte{mss, sack, stamps, nop, scale}, tcp.LayoutLinux, "M,S,T,N,W"},
		{"Linux, fast open", [][]byte{mss, sack, stamps, nop, scale, {34, 2}, nop, nop}, tcp.LayoutLinux, "M,S,T,N,W"},
		{"Linux without timestamps", [][]byte{mss, nop, nop, sack, nop, scale}, tcp.LayoutLinuxNoStamps, "M,N,N,S,N,W"},
		{"Windows", [][]byte{mss, nop, scale, nop, nop, sack}, tcp.LayoutWindows, "M,N,W,N,N,S"},
		{"Windows with timestamps", [][]byte{mss, nop, scale, sack, stamps}, tcp.LayoutWindowsStamps, "M,N,W,S,T"},
		{"macOS", [][]byte{mss, nop, scale, nop, nop, stamps, sack, end, end}, tcp.LayoutDarwin, "M,N,W,N,N,T,S,E"},
		{"macOS behind a firewall", [][]byte{mss, nop, scale, nop, nop, nop, nop, nop, nop, nop, nop, nop, nop, nop, nop, sack, end, end},
			tcp.LayoutDarwinBlanked, "M,N,W,N,N,N,N,N,N,N,N,N,N,N,N,S"},
		{"OpenBSD", [][]byte{mss, nop, nop, sack, nop, scale, nop, nop, stamps}, tcp.LayoutOpenBSD, "M,N,N,S,N,W,N,N,T"},
		{"Solaris", [][]byte{nop, nop, stamps, mss, nop, scale}, tcp.LayoutSolarisNNT, "N,N,T,…"},
		{"a scanner", [][]byte{mss}, tcp.LayoutMSS, "M"},
		{"an order that none has", [][]byte{scale, mss}, 0, ""},
		{"no options", nil, 0, ""},
		{"cut short", [][]byte{{2, 4, 5}}, 0, ""},
	} {
		b := join(c.options...)
		seg := tcp.Segment{Flags: tcp.SYN}
		decodeOptions(b, len(b), &seg)
		if seg.Layout != c.want || seg.Layout.String() != c.text {
			t.Errorf("%s: %q, want %q", c.name, seg.Layout, c.text)
		}
		seg = tcp.Segment{Flags: tcp.ACK}
		if decodeOptions(b, len(b), &seg); seg.Layout != 0 {
			t.Errorf("%s: an ACK has the layout %q", c.name, seg.Layout)
		}
		seg = tcp.Segment{Flags: tcp.SYN}
		if decodeOptions(b, len(b)+4, &seg); seg.Layout != 0 {
			t.Errorf("%s: what the capture cut has the layout %q", c.name, seg.Layout)
		}
	}
}
