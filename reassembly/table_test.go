package reassembly

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// segmentNumber gives a segment of the four-tuple with a number, one way or the other.
func segmentNumber(n uint32) *tcp.Segment {
	seg := &tcp.Segment{Dst: tcp.Addr{15: 1}, SrcPort: uint16(n), DstPort: 80}
	binary.BigEndian.PutUint32(seg.Src[:], n)
	if n%3 == 0 {
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort
	}
	return seg
}

func keyNumber(n uint32) Key {
	key, _ := KeyOf(segmentNumber(n))
	return key
}

// find looks a number up, and checks the direction.
func find[T any](t *testing.T, table *Table[T], n uint32) *Entry[T] {
	t.Helper()
	seg := segmentNumber(n)
	e, fromB := table.Find(seg, HashOf(seg))
	if _, want := KeyOf(seg); e != nil && fromB != want {
		t.Fatalf("number %d goes from B: %v, want %v", n, fromB, want)
	}
	return e
}

// model is what a table should hold: a map, and the keys of each list from the oldest.
type model struct {
	values map[uint32]int
	lists  [numLists][]uint32
}

func (m *model) unlist(n uint32) {
	for i := range m.lists {
		m.lists[i] = slices.DeleteFunc(m.lists[i], func(x uint32) bool { return x == n })
	}
}

func (m *model) check(t *testing.T, table *Table[int], probe uint32) {
	t.Helper()
	if table.Len() != len(m.values) {
		t.Fatalf("%d entries, want %d", table.Len(), len(m.values))
	}
	key := keyNumber(probe)
	e := find(t, table, probe)
	want, in := m.values[probe]
	if (e != nil) != in {
		t.Fatalf("key %d found: %v, want %v", probe, e != nil, in)
	}
	if e != nil && (e.Key != key || e.Value != want) {
		t.Fatalf("key %d: found %v with %d, want %d", probe, e.Key, e.Value, want)
	}
}

func (m *model) checkAll(t *testing.T, table *Table[int]) {
	t.Helper()
	for n := range m.values {
		m.check(t, table, n)
	}
	var got, want []Key
	for e := range table.All {
		got = append(got, e.Key)
	}
	for i, list := range m.lists {
		for _, n := range list {
			want = append(want, keyNumber(n))
		}
		if e := table.Oldest(List(i)); (e == nil) != (len(list) == 0) || e != nil && e.Key != keyNumber(list[0]) {
			t.Fatalf("the oldest of list %d is not the model's", i)
		}
	}
	for _, keys := range [][]Key{got, want} { // Live has no order
		slices.SortFunc(keys[:len(m.lists[Live])], func(a, b Key) int {
			return cmp.Or(bytes.Compare(a.A[:], b.A[:]), bytes.Compare(a.B[:], b.B[:]))
		})
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the lists are not in the order of the model: %d entries, want %d", len(got), len(want))
	}
}

// TestTableAgainstAMap does random things to a table and to a map with lists. Few keys make
// removals and insertions meet in the same probe sequences; many make the table grow.
func TestTableAgainstAMap(t *testing.T) {
	for name, keys := range map[string]uint32{"few keys": 700, "many keys": 20_000} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(keys), 1))
			table, m := NewTable[int](), &model{values: make(map[uint32]int)}
			for op := range 30_000 {
				n := r.Uint32N(keys)
				key := keyNumber(n)
				e := find(t, table, n)
				switch {
				case e == nil:
					e = table.Insert(&key, key.Hash(), int64(op), uint64(op))
					e.Value = op
					m.values[n] = op
					m.lists[Live] = append(m.lists[Live], n)
				case r.Uint32N(3) == 0:
					table.Remove(e)
					delete(m.values, n)
					m.unlist(n)
				case keys < 1000: // the model's lists are slow
					list := List(r.Uint32N(uint32(numLists)))
					table.Touch(e, list, int64(op), uint64(op))
					m.unlist(n)
					m.lists[list] = append(m.lists[list], n)
					if e.Touched != int64(op) {
						t.Fatalf("touched at %d, says %d", op, e.Touched)
					}
				}
				m.check(t, table, n)
				m.check(t, table, r.Uint32N(keys))
				if live := m.lists[Live]; keys < 1000 && op%7 == 0 && len(live) > 0 && table.Oldest(Live).Key != keyNumber(live[0]) {
					t.Fatalf("the longest idle is not the model's")
				}
			}
			m.checkAll(t, table)
			for n := range m.values { // until it is empty
				table.Remove(find(t, table, n))
				delete(m.values, n)
			}
			if table.Len() != 0 || table.Oldest(Live) != nil {
				t.Errorf("%d entries are left", table.Len())
			}
		})
	}
}

// TestRemoveKeepsProbeSequences: with a table as full as it gets, every removal must leave all
// other keys where Find looks for them.
func TestRemoveKeepsProbeSequences(t *testing.T) {
	table := NewTable[int]()
	const full = firstSlots*3/4 - 1
	for n := range uint32(full) {
		key := keyNumber(n)
		table.Insert(&key, key.Hash(), 0, uint64(n)).Value = int(n)
	}
	if len(table.slots) != firstSlots {
		t.Fatalf("%d slots: the table has grown, so it is not full", len(table.slots))
	}
	for gone := range uint32(full) {
		table.Remove(find(t, table, gone))
		for n := range uint32(full) {
			if found := find(t, table, n) != nil; found != (n > gone) {
				t.Fatalf("after the removal of 0 to %d key %d is found: %v", gone, n, found)
			}
		}
	}
}

// TestEntriesAreReused: memory follows how many entries live at once, not how many ever did; and
// entries do not move.
func TestEntriesAreReused(t *testing.T) {
	table := NewTable[int]()
	first := keyNumber(0)
	stays := table.Insert(&first, first.Hash(), 0, 0)
	stays.Value = 42
	places := make(map[*Entry[int]]bool)
	for n := uint32(1); n <= 10*slabSize; n++ {
		key := keyNumber(n)
		e := table.Insert(&key, key.Hash(), 0, uint64(n))
		places[e] = true
		table.Remove(e)
	}
	if len(places) > slabSize {
		t.Errorf("%d places were used for one entry at a time", len(places))
	}
	for n := uint32(1); n <= 4*firstSlots; n++ { // grows twice
		key := keyNumber(n)
		table.Insert(&key, key.Hash(), 0, uint64(n))
	}
	if e := find(t, table, 0); e != stays || e.Value != 42 {
		t.Error("an entry moved when the table grew")
	}
}

// TestAllStopsAndAllowsRemoval: a loop over the table may end early, and may remove the entry that
// it was given.
func TestAllStopsAndAllowsRemoval(t *testing.T) {
	table := NewTable[int]()
	for n := range uint32(10) {
		key := keyNumber(n)
		table.Insert(&key, key.Hash(), 0, uint64(n))
	}
	seen := 0
	for e := range table.All {
		table.Remove(e)
		if seen++; seen == 4 {
			break
		}
	}
	if seen != 4 || table.Len() != 6 {
		t.Errorf("%d seen, %d left", seen, table.Len())
	}
	if e := table.Oldest(Live); e.Key != keyNumber(4) {
		t.Errorf("the oldest is %v", e.Key)
	}
}
