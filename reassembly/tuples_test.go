package reassembly

import (
	"math/rand/v2"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// segmentOf makes a segment of a numbered four-tuple in a path.
func segmentOf(n, path uint32, back bool) *tcp.Segment {
	seg := &tcp.Segment{Src: tcp.Addr{15: byte(n)}, Dst: tcp.Addr{0: 1}, SrcPort: uint16(n >> 8),
		DstPort: 443, Path: path}
	if back {
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort
	}
	return seg
}

// TestHasTuple: whatever path an entry is in and whichever way a segment goes, its four-tuple is
// known while the entry is there, also when the table has grown; and few others are.
func TestHasTuple(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	table := NewTable[int]()
	entries := make(map[uint32]*Entry[int])
	const many = 5000
	for n := range uint32(many) {
		if n == many/4 {
			table.AcrossPaths() // some are there already
		}
		key, _ := KeyOf(segmentOf(n, r.Uint32N(3), false))
		entries[n] = table.Insert(&key, key.Hash(), 0, 0)
	}
	for n := range uint32(many) {
		if !table.HasTuple(segmentOf(n, 7, n%2 == 0)) {
			t.Fatalf("four-tuple %d is not known", n)
		}
	}
	wrong := 0
	for n := range uint32(many) {
		if table.HasTuple(segmentOf(many+n, 0, false)) {
			wrong++
		}
	}
	if wrong > many/4 {
		t.Errorf("%d of %d unknown four-tuples are taken for known", wrong, many)
	}
	for _, e := range entries {
		table.Remove(e)
	}
	for n := range uint32(many) {
		if table.HasTuple(segmentOf(n, 0, false)) {
			t.Fatalf("four-tuple %d is known though its entry is gone", n)
		}
	}
}

// TestHasTupleOfMany: of 300 paths of one four-tuple, more than a count can tell, 299 end.
func TestHasTupleOfMany(t *testing.T) {
	table := NewTable[int]()
	table.AcrossPaths()
	var entries []*Entry[int]
	for path := range uint32(300) {
		key, _ := KeyOf(segmentOf(1, path, false))
		entries = append(entries, table.Insert(&key, key.Hash(), 0, 0))
	}
	for i, e := range entries[1:] {
		table.Remove(e)
		if !table.HasTuple(segmentOf(1, 0, false)) {
			t.Fatalf("the four-tuple is unknown after %d entries ended, and has one still", i+1)
		}
	}
}
