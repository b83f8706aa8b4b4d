package reassembly

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestKeyIsSymmetric: both directions of a connection have one key, which says what goes from its
// B; whatever differs in the four-tuple or the encapsulation has another.
func TestKeyIsSymmetric(t *testing.T) {
	low, high := tcp.Addr{15: 1}, tcp.Addr{15: 2}
	seen := make(map[Key]int)
	for i, seg := range []tcp.Segment{
		{Src: low, Dst: high, SrcPort: 1, DstPort: 2},
		{Src: low, Dst: high, SrcPort: 2, DstPort: 1},
		{Src: low, Dst: low, SrcPort: 1, DstPort: 2}, // a host that talks to itself
		{Src: low, Dst: high, SrcPort: 1, DstPort: 2, Path: 1},
		{Src: low, Dst: high, SrcPort: 7, DstPort: 7},
		{Src: tcp.Addr{0: 2}, Dst: tcp.Addr{0: 1, 15: 9}, SrcPort: 1, DstPort: 2}, // the first byte decides, as in writing
	} {
		back := seg
		back.Src, back.Dst, back.SrcPort, back.DstPort = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort
		there, thereFromB := KeyOf(&seg)
		andBack, backFromB := KeyOf(&back)
		if there != andBack {
			t.Errorf("case %d: one way %v, the other %v", i, there, andBack)
		}
		if thereFromB == backFromB {
			t.Errorf("case %d: both directions go from B: %v", i, thereFromB)
		}
		if tuple := there.Tuple(); thereFromB && tuple.Reverse() != seg.Tuple() || !thereFromB && tuple != seg.Tuple() {
			t.Errorf("case %d: the key's tuple %v is not %v one way or the other", i, tuple, seg.Tuple())
		}
		if other, twice := seen[there]; twice {
			t.Errorf("cases %d and %d have one key", other, i)
		}
		seen[there] = i
	}
}

// TestKeyOfASegmentToItself: the same address and port on both ends have only one direction.
func TestKeyOfASegmentToItself(t *testing.T) {
	seg := tcp.Segment{Src: tcp.Addr{1}, Dst: tcp.Addr{1}, SrcPort: 5, DstPort: 5}
	if key, fromB := KeyOf(&seg); fromB || key.Tuple() != seg.Tuple() {
		t.Errorf("key %v, from B %v", key, fromB)
	}
}

// TestHashIsSymmetric: both directions have one hash, which is the key's too; swapped ports,
// another address or path have another.
func TestHashIsSymmetric(t *testing.T) {
	seen := make(map[uint64]bool)
	for _, seg := range []tcp.Segment{
		{Src: tcp.Addr{15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: 1, DstPort: 2},
		{Src: tcp.Addr{15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: 2, DstPort: 1},
		{Src: tcp.Addr{15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: 1, DstPort: 2, Path: 1},
		{Src: tcp.Addr{15: 1}, Dst: tcp.Addr{15: 3}, SrcPort: 1, DstPort: 2},
		{Src: tcp.Addr{7: 1, 15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: 1, DstPort: 2},
	} {
		back := seg
		back.Src, back.Dst, back.SrcPort, back.DstPort = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort
		key, _ := KeyOf(&seg)
		hash := HashOf(&seg)
		if HashOf(&back) != hash || key.Hash() != hash {
			t.Errorf("%v: %x one way, %x the other, %x of the key", seg.Tuple(), hash, HashOf(&back), key.Hash())
		}
		if seen[hash] {
			t.Errorf("%v: the hash of another", seg.Tuple())
		}
		seen[hash] = true
	}
}
