package capture

import (
	"bytes"
	"encoding/binary"
	"os"
	"slices"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestNoAllocations: reading and decoding allocate nothing a packet.
func TestNoAllocations(t *testing.T) {
	for _, name := range []string{"testdata/router.pcap", "testdata/two-interfaces.pcapng", "testdata/vxlan.pcap"} {
		recs := readRecords(t, name)
		var d Decoder
		var seg tcp.Segment
		decode := func() {
			for i := range recs {
				d.Decode(recs[i].link, recs[i].data, recs[i].wire, &seg)
			}
		}
		if n := testing.AllocsPerRun(100, decode); n != 0 { // its first run, which makes the paths known, is not counted
			t.Errorf("%s: %v allocations decoding", name, n)
		}
		if n := readingAllocations(t, name); n != 0 {
			t.Errorf("%s: %v allocations reading", name, n)
		}
	}
}

// readingAllocations counts the allocations of reading a capture's records, but the first, over and
// over.
func readingAllocations(t *testing.T, name string) float64 {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	in := &input{stats: FileStats{Name: "-"}, stream: bytes.NewReader(file)}
	if err := in.open(new(blockReader)); err != nil {
		t.Fatal(err)
	}
	defer in.close()
	if err := in.advance(false); err != nil {
		t.Fatal(err)
	}
	start, end := in.blocks.r, in.blocks.w
	return testing.AllocsPerRun(10, func() {
		in.blocks.r, in.blocks.w = start, end
		for in.format.next(&in.head) == nil {
		}
	})
}

// TestNoAllocationsNext: nor does a Source in its steady state.
func TestNoAllocationsNext(t *testing.T) {
	packets := slices.Repeat([][]byte{ether(0x0800, data4().ip())}, 30*batchSize)
	name := write(t, "x", pcapBytes(binary.LittleEndian, LinkEthernet, 1, packets...))
	src, err := OpenFiles([]string{name}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b Batch
	n := testing.AllocsPerRun(20, func() {
		if err := src.Next(&b); err != nil || len(b.Segments) != batchSize {
			t.Fatalf("%d segments, %v", len(b.Segments), err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
