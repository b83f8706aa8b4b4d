package fsm

import (
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// syn is a SYN, or with ACK a SYN,ACK, as a stack sends it.
func syn(layout tcp.Layout, ttl uint8, window uint16, scale int, change ...func(*tcp.Segment)) tcp.Segment {
	seg := tcp.Segment{Flags: tcp.SYN, Layout: layout, TTL: ttl, Window: window, DF: true, IPID: 1234, Options: tcp.OptMSS}
	if scale >= 0 {
		seg.Options |= tcp.OptWScale
		seg.WScale = uint8(scale)
	}
	for _, c := range change {
		c(&seg)
	}
	return seg
}

func answer(s *tcp.Segment)     { s.Flags |= tcp.ACK }
func zeroID(s *tcp.Segment)     { s.IPID = 0 }
func fragments(s *tcp.Segment)  { s.DF = false }
func zeroStamps(s *tcp.Segment) { s.Options |= tcp.OptTimestamps }

// TestGuessOfSYN: what a SYN or SYN,ACK is taken for. Each is what p0f.fp, nmap-os-db or a capture
// has of the system.
func TestGuessOfSYN(t *testing.T) {
	for _, c := range []struct {
		name string
		seg  tcp.Segment
		want Stack
	}{
		{"Linux", syn(tcp.LayoutLinux, 64, 64240, 7), Linux},
		{"Linux 30 hops away", syn(tcp.LayoutLinux, 34, 64240, 7), Linux},
		{"Linux without timestamps", syn(tcp.LayoutLinuxNoStamps, 61, 29200, 7), Linux},
		{"Linux answers with SACK alone", syn(tcp.LayoutSACK, 60, 29200, -1, answer, zeroID), Linux},
		{"Linux's order through a box that sets the TTL", syn(tcp.LayoutLinux, 121, 64240, 7), AnyStack},
		{"Windows 10", syn(tcp.LayoutWindows, 128, 64240, 8), Windows},
		{"Windows 7", syn(tcp.LayoutWindows, 116, 8192, 2), Windows},
		{"Windows XP", syn(tcp.LayoutSACK, 128, 65535, -1), Windows},
		{"Windows answers with timestamps", syn(tcp.LayoutWindowsStamps, 128, 8192, 8, answer), Windows},
		{"Windows XP answers with timestamp 0", syn(tcp.LayoutWindowsXP, 128, 65535, 0, answer, zeroStamps), Windows},
		{"Windows's order with another TTL", syn(tcp.LayoutWindows, 64, 65535, 8), AnyStack},
		{"a browser's proxy", syn(tcp.LayoutWindowsStamps, 52, 64240, 9), AnyStack},
		{"macOS", syn(tcp.LayoutDarwin, 64, 65535, 6), Darwin},
		{"macOS behind a firewall that blanks timestamps", syn(tcp.LayoutDarwinBlanked, 57, 65535, 6), Darwin},
		{"macOS answers", syn(tcp.LayoutDarwin, 64, 65535, 5, answer, zeroID), Darwin},
		{"F5's answer with the order of macOS", syn(tcp.LayoutDarwin, 250, 4380, 0, answer), AnyStack},
		{"NetScaler's answer", syn(tcp.LayoutScale, 231, 8190, 8, answer), AnyStack},
		{"FreeBSD answers", syn(tcp.LayoutWindowsStamps, 64, 65535, 6, answer), FreeBSD},
		{"FreeBSD", syn(tcp.LayoutWindowsStamps, 58, 65535, 6), FreeBSD},
		{"FreeBSD answers without timestamps", syn(tcp.LayoutFreeBSD, 64, 65535, 6, answer), FreeBSD},
		{"OpenBSD", syn(tcp.LayoutOpenBSD, 64, 16384, 6), OpenBSD},
		{"Solaris 8", syn(tcp.LayoutSolaris8, 64, 24820, 0), Solaris},
		{"lwIP", syn(tcp.LayoutMSS, 255, 5840, -1, fragments), Embedded},
		{"Cisco IOS", syn(tcp.LayoutMSS, 255, 4128, -1, fragments), AnyStack},
		{"a scanner", syn(tcp.LayoutMSS, 51, 1024, -1, fragments), AnyStack},
		{"MSS alone", syn(tcp.LayoutMSS, 64, 65535, -1), AnyStack},
		{"no options", syn(0, 64, 65535, -1), AnyStack},
	} {
		signs := SignsOfSYN(&c.seg)
		if got := signs.Guess(); got != c.want {
			t.Errorf("%s: %s, want %s (%s)", c.name, got, c.want, strings.Join(signs.AppendEvidence(nil, AnyStack), "; "))
		}
	}
}

// TestGuessOfLaterSigns: without a SYN two other signs are needed; they add to what the SYN showed,
// but do not outdo the order of its options.
func TestGuessOfLaterSigns(t *testing.T) {
	ttl := func(n uint8) Signs { return Signs(0).WithTTL(n) }
	lin := syn(tcp.LayoutLinux, 64, 64240, 7)
	for _, c := range []struct {
		name  string
		signs Signs
		want  Stack
	}{
		{"a TTL alone", ttl(128), AnyStack},
		{"a RST of Windows", ttl(125) | SignResetHidesAck, Windows},
		{"a RST,ACK of Windows", ttl(128) | SignResetNaked, Windows},
		{"keep-alives of Windows", ttl(128) | SignProbeByte, Windows},
		{"keep-alives of macOS", ttl(64) | SignProbeBare, Darwin},
		{"a RST,ACK of Linux", ttl(64) | SignResetStamped, Linux},
		{"keep-alives with timestamps, which several have", ttl(64) | SignProbeStamped, AnyStack},
		{"a RST that Windows sends, with Linux's order", SignsOfSYN(&lin) | SignResetHidesAck | SignResetNaked, AnyStack},
		{"a RST,ACK without window, with Linux's order", SignsOfSYN(&lin) | SignResetNaked, Linux},
		{"the host's other connections", ttl(128) | Signs(Windows)<<hostShift, Windows},
		{"the host's other connections, and a keep-alive that it does not send", ttl(64) | Signs(Linux)<<hostShift | SignProbeByte, AnyStack},
	} {
		if got := c.signs.Guess(); got != c.want {
			t.Errorf("%s: %s, want %s (%s)", c.name, got, c.want, strings.Join(c.signs.AppendEvidence(nil, AnyStack), "; "))
		}
	}
}

// TestEvidence: what speaks for the guess is told, and nothing else; of an unknown host all is.
func TestEvidence(t *testing.T) {
	seg := syn(tcp.LayoutDarwin, 60, 65535, 6, answer, zeroID)
	signs := SignsOfSYN(&seg) | SignProbeBare
	want := []string{"SYN,ACK options M,N,W,N,N,T,S,E", "initial TTL 64", "IP ID 0 in its SYN,ACK", "window 65535 with scale 6",
		"keep-alive probes without the timestamps agreed on"}
	if got := signs.AppendEvidence(nil, Darwin); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	seg = syn(tcp.LayoutWindows, 64, 65535, 8)
	if got := SignsOfSYN(&seg).AppendEvidence(nil, AnyStack); !slices.Equal(got, []string{"SYN options M,N,W,N,N,S", "initial TTL 64"}) {
		t.Errorf("%q", got)
	}
}
