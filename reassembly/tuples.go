package reassembly

import "github.com/lastack/lastack/tcp"

// tuples counts a table's entries by their addresses and ports alone, whatever path their segments
// take (VLAN, tunnel): to know quickly that no other path has a connection of a segment's
// four-tuple. Different four-tuples may share a count; a count that has reached its most stays.
type tuples []uint8

const (
	// countsASlot is how many counts there are for each slot of the table: with as many, fewer
	// than one in five of the four-tuples that the table does not have share one that it has.
	countsASlot = 4
	mostTuples  = 255
)

// AcrossPaths has the table know its four-tuples without their paths from now on. It must be called
// before HasTuple.
func (t *Table[T]) AcrossPaths() {
	if t.tuples == nil {
		t.countTuples()
	}
}

// HasTuple reports whether there may be an entry of the segment's addresses and ports, in whatever
// path. If it says no, there is none.
func (t *Table[T]) HasTuple(seg *tcp.Segment) bool {
	return t.tuples[t.tuples.at(sum(&seg.Src, seg.SrcPort, &seg.Dst, seg.DstPort))] != 0
}

// countTuples counts all entries.
func (t *Table[T]) countTuples() {
	t.tuples = make(tuples, countsASlot*len(t.slots))
	for e := range t.All {
		t.tuples.add(&e.Key)
	}
}

func (t tuples) at(sum uint64) uint64 { return fold(sum, secret[3]) & uint64(len(t)-1) }

func (t tuples) of(k *Key) *uint8 { return &t[t.at(sum(&k.A, k.APort, &k.B, k.BPort))] }

func (t tuples) add(k *Key) {
	if n := t.of(k); *n < mostTuples {
		*n++
	}
}

func (t tuples) remove(k *Key) {
	if n := t.of(k); *n < mostTuples {
		*n--
	}
}
