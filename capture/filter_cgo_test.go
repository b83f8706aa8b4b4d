//go:build cgo

package capture

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestFilter: a filter means the same on each interface's link type, and frame numbers still count
// all records.
func TestFilter(t *testing.T) {
	le, other := binary.LittleEndian, data4()
	other.dport = 443
	cooked := func(ip []byte) []byte { return join(u16(0x0800, 0), make([]byte, 16), ip) }
	file := join(ngSection(le), ngInterface(le, LinkEthernet, 0), ngInterface(le, LinkRaw, 0), ngInterface(le, LinkLinuxSLL2, 0),
		ngInterface(le, LinkPKTAP, 0), ngInterface(le, LinkUser2, 0), ngInterface(le, 189, 0), // USB
		ngPacketOf(le, 0, 1, ether(0x0800, other.ip())), ngPacketOf(le, 0, 2, ether(0x0800, data4().ip())),
		ngPacketOf(le, 1, 3, other.ip()), ngPacketOf(le, 1, 4, data4().ip()),
		ngPacketOf(le, 2, 5, cooked(other.ip())), ngPacketOf(le, 2, 6, cooked(data4().ip())),
		ngPacketOf(le, 3, 7, pktap(1, 0, ether(0x0800, other.ip()))), ngPacketOf(le, 3, 8, pktap(1, 0, ether(0x0800, data4().ip()))),
		ngPacketOf(le, 4, 9, pktap(12, 4, data4().ip())), ngPacketOf(le, 4, 10, []byte{1, 2}), ngPacketOf(le, 5, 11, []byte{1, 2}))
	segs, stats, err := readAll(t, Options{Filter: "tcp port 80"}, write(t, "x", file))
	if err != nil || !slices.Equal(frames(segs), []uint64{2, 4, 6, 8, 9}) || stats.Filtered != 4 || stats.Skipped[SkipLinkType] != 1 ||
		stats.Skipped[SkipTruncated] != 1 || stats.Packets != 11 {
		t.Errorf("frames %v, statistics %+v, error %v", frames(segs), stats, err)
	}
}

// TestFilterLength: a filter on the length means the length on the wire, also of a packet that was
// cut.
func TestFilterLength(t *testing.T) {
	packet := data4().ip()
	file := appendAll(binary.LittleEndian, pcapHeader(binary.LittleEndian, magicMicro, 4, LinkRaw), 1, 0, 40, uint32(len(packet)))
	name := write(t, "x", append(file, packet[:40]...))
	for filter, want := range map[string]int{"greater 45": 1, "greater 46": 0, "less 45": 1, "less 40": 0} {
		if segs, _, err := readAll(t, Options{Filter: filter}, name); err != nil || len(segs) != want {
			t.Errorf("%s: %d segments, %v", filter, len(segs), err)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	name := write(t, "x", pcapBytes(binary.LittleEndian, LinkRaw, 1, data4().ip()))
	if _, err := OpenFiles([]string{name}, Options{Filter: "tcp prot 80"}); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("syntax: %v", err)
	}
	// Good on Ethernet, impossible on raw IP.
	_, _, err := readAll(t, Options{Filter: "ether src 02:00:00:00:00:01"}, name)
	var re *ReadError
	var fe *FilterError
	if !errors.As(err, &re) || !errors.As(err, &fe) || !strings.Contains(err.Error(), "raw") {
		t.Errorf("link type: %v", err)
	}
}

// BenchmarkFilter runs a filter both ways: in Go, and in libpcap as filters on the length do.
func BenchmarkFilter(b *testing.B) {
	frame := benchFrame(0)
	for name, expr := range map[string]string{"Go": "tcp port 80 and host 192.0.2.1", "libpcap": "tcp port 80 and host 192.0.2.1 and greater 1"} {
		b.Run(name, func(b *testing.B) {
			p, err := compile(LinkEthernet, expr)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if !p.match(frame, len(frame)) {
					b.Fatal("no match")
				}
			}
		})
	}
}
