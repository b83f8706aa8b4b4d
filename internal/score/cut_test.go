package score

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// snapLengths are what tcpdump -s was told: 96 is enough for most headers, 64 cuts options, and of
// IPv6 with timestamps all of them.
var snapLengths = []int{96, 64}

// cutTo reads a capture as tcpdump -s records it: no more than so many bytes of each packet, with
// the length that it had.
func cutTo(t *testing.T, file string, snap int) []tcp.Segment {
	t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const fileHeader, recordHeader = 24, 16
	cut := append([]byte(nil), whole[:fileHeader]...)
	for b := whole[fileHeader:]; len(b) >= recordHeader; {
		held := int(binary.LittleEndian.Uint32(b[8:]))
		kept := min(held, snap)
		at := len(cut)
		cut = append(cut, b[:recordHeader+kept]...)
		binary.LittleEndian.PutUint32(cut[at+8:], uint32(kept))
		b = b[recordHeader+held:]
	}
	name := filepath.Join(t.TempDir(), "cut.pcap")
	if err := os.WriteFile(name, cut, 0o600); err != nil {
		t.Fatal(err)
	}
	return segmentsOf(t, name)
}
