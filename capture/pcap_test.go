package capture

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestPcapVariants reads one packet from every variant of the format that libpcap reads.
func TestPcapVariants(t *testing.T) {
	packet := data4().ip()
	n := uint32(len(packet))
	for _, c := range []struct {
		name   string
		magic  uint32
		minor  uint16
		header []uint32 // of the record
		want   int64
	}{
		{"microseconds", magicMicro, 4, []uint32{7, 8, n, n}, 7_000_008_000},
		{"nanoseconds", magicNano, 4, []uint32{7, 8, n, n}, 7_000_000_008},
		{"after 2038", magicMicro, 4, []uint32{1 << 31, 0, n, n}, 1 << 31 * 1e9},
		{"Kuznetzov", magicKuznetzov, 4, []uint32{7, 8, n, n, 3, 0x00000800}, 7_000_008_000},
		{"version 2.2, lengths swapped", magicMicro, 2, []uint32{7, 8, n + 9, n}, 7_000_008_000},
		{"version 2.3, lengths swapped", magicMicro, 3, []uint32{7, 8, n + 9, n}, 7_000_008_000},
		{"version 2.3, lengths in order", magicMicro, 3, []uint32{7, 8, n, n + 9}, 7_000_008_000},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			file := appendAll(order, pcapHeader(order, c.magic, c.minor, LinkRaw), c.header...)
			segs, _, err := readAll(t, Options{}, write(t, "x", append(file, packet...)))
			if err != nil || len(segs) != 1 || segs[0].Time != c.want || segs[0].Len != 5 {
				t.Errorf("%s, %s: %+v, %v", c.name, order, segs, err)
			}
		}
	}
	// DG/UX tcpdump: version 543.0.
	file := pcapHeader(binary.LittleEndian, magicMicro, 0, LinkRaw)
	binary.LittleEndian.PutUint16(file[4:], 543)
	file = appendAll(binary.LittleEndian, file, 7, 8, n+9, n)
	if segs, _, err := readAll(t, Options{}, write(t, "x", append(file, packet...))); err != nil || len(segs) != 1 {
		t.Errorf("DG/UX: %+v, %v", segs, err)
	}
}

// TestPcapFCS: the upper half of the link type says how long the frame check sequence is.
func TestPcapFCS(t *testing.T) {
	file := pcapBytes(binary.LittleEndian, LinkEthernet, 7, join(ether(0x0800, data4().ip()), make([]byte, 4)))
	binary.LittleEndian.PutUint32(file[20:], 1|1<<26|2<<28)
	segs, _, err := readAll(t, Options{}, write(t, "x", file))
	if err != nil || len(segs) != 1 || segs[0].Len != 5 || segs[0].Checksum != tcp.ChecksumGood {
		t.Errorf("%+v, %v", segs, err)
	}
}

// TestPcapNonsense: an impossible record ends the file, and the error says where it stands.
func TestPcapNonsense(t *testing.T) {
	packet := data4().ip()
	file := pcapBytes(binary.LittleEndian, LinkRaw, 7, packet)
	at := int64(len(file))
	file = appendAll(binary.LittleEndian, file, 8, 0, maxCaptured+1, maxCaptured+1)
	name := write(t, "x", append(file, make([]byte, 100)...))
	segs, stats, err := readAll(t, Options{}, name)
	var re *ReadError
	if !errors.As(err, &re) || re.Offset != at || re.File != name || !strings.Contains(re.Reason, "262145 bytes") || len(segs) != 1 {
		t.Errorf("%d segments, %v", len(segs), err)
	}
	if stats.Truncated {
		t.Error("called truncated")
	}
}
