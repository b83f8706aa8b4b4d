package reassembly

import (
	"cmp"
	"iter"
	"slices"

	"github.com/lastack/lastack/tcp"
)

// List is one of the orders of age that entries are kept in.
type List uint8

// The lists: an entry is in one of them. Each is ordered by when its entries were last touched, but
// for Live: its entries are touched by nearly every segment, and their order is seldom asked for.
const (
	Live      List = iota // open, or not known to be closed
	Embryonic             // no connection yet: forgotten sooner
	Closing               // both ends are done: forgotten when TIME-WAIT has passed
	numLists
	noList = numLists // of entries that are free
)

// Entry is one four-tuple's place in a table. What every segment needs stands together.
type Entry[T any] struct {
	Key  Key
	hash uint64
	// Touched is the capture time, in nanoseconds, at which the entry was last touched, and Order
	// its place in the order of touches.
	Touched    int64
	Order      uint64
	self       place
	prev, next place // in its list; of free entries, next is the next free one
	list       List
	Value      T
}

// place numbers the entries of a table; 0 is none.
type place = uint32

// Hash gives the key's hash.
func (e *Entry[T]) Hash() uint64 { return e.hash }

// Table finds the entry of a four-tuple: open addressing over slabs. Entries never move, so
// pointers to them stay good until Remove, after which the entry is used again for another
// four-tuple. The table itself refers to them by number: with a T that has no pointers, the garbage
// collector has nothing to look at, however many entries there are.
type Table[T any] struct {
	slots []uint64 // the upper half of the hash, and the place; 0 is empty
	count int
	in    [numLists]int // how many each list has
	slabs [][]Entry[T]
	used  place  // places that were ever used
	free  place  // the first of those that are free again
	idle  []idle // of Live, as it was at a time, the entry that had been touched longest ago last

	tuples tuples // nil until AcrossPaths
}

// idle is an entry that may not have been touched since.
type idle struct {
	order uint64
	place place
}

const (
	firstSlots = 1 << 10
	slabSize   = 256
)

// NewTable makes an empty table.
func NewTable[T any]() *Table[T] {
	t := &Table[T]{slots: make([]uint64, firstSlots)}
	// the sentinels of circular lists are the first entries: next is the oldest
	for list := range numLists {
		head := t.take()
		head.self = headOf(list)
		head.prev, head.next = head.self, head.self
	}
	return t
}

func headOf(list List) place { return place(list) + 1 }

func (t *Table[T]) at(p place) *Entry[T] { return &t.slabs[p/slabSize][p%slabSize] }

// Len gives the number of entries.
func (t *Table[T]) Len() int { return t.count }

// home gives the slot that a hash is looked for from. It takes the upper half, which is what a slot
// holds of a hash.
func (t *Table[T]) home(upper uint64) uint64 { return upper & uint64(len(t.slots)-1) }

// Find gives the entry of the segment's four-tuple and whether the segment goes from the key's B to
// its A, nil if there is none. hash is HashOf the segment.
func (t *Table[T]) Find(seg *tcp.Segment, hash uint64) (e *Entry[T], fromB bool) {
	mask := uint64(len(t.slots) - 1)
	for i := t.home(hash >> 32); t.slots[i] != 0; i = (i + 1) & mask {
		if s := t.slots[i]; s>>32 == hash>>32 {
			e := t.at(place(s))
			if e.Key.isOf(seg) {
				return e, false
			}
			if e.Key.isOfReverse(seg) {
				return e, true
			}
		}
	}
	return nil, false
}

// Get gives a key's entry, nil if there is none. hash is the key's.
func (t *Table[T]) Get(key *Key, hash uint64) *Entry[T] {
	mask := uint64(len(t.slots) - 1)
	for i := t.home(hash >> 32); t.slots[i] != 0; i = (i + 1) & mask {
		if s := t.slots[i]; s>>32 == hash>>32 {
			if e := t.at(place(s)); e.Key == *key {
				return e
			}
		}
	}
	return nil
}

// Touching reads what Find will look at for a hash, so that it is in the cache then. It gives what
// it read, for the compiler not to leave it out.
func (t *Table[T]) Touching(hash uint64) uint64 {
	s := t.slots[t.home(hash>>32)]
	if p := place(s); s>>32 == hash>>32 {
		s += t.at(p).Order
	}
	return s
}

// Insert adds an entry for a key that Find did not find, on the Live list. Its Value is as Remove
// left it: the caller resets it. hash is the key's; order grows from touch to touch, of which this
// is the first.
func (t *Table[T]) Insert(key *Key, hash uint64, now int64, order uint64) *Entry[T] {
	if (t.count+1)*4 > len(t.slots)*3 {
		t.grow()
	}
	e := t.take()
	e.Key, e.hash, e.list, e.Touched, e.Order = *key, hash, Live, now, order
	t.place(hash>>32<<32 | uint64(e.self))
	t.link(e)
	t.count++
	if t.tuples != nil {
		t.tuples.add(key)
	}
	return e
}

// Touch makes an entry the youngest of a list.
func (t *Table[T]) Touch(e *Entry[T], list List, now int64, order uint64) {
	e.Touched, e.Order = now, order
	if e.list == list && (list == Live || e.next == headOf(list)) {
		return
	}
	t.unlink(e)
	e.list = list
	t.link(e)
}

// Oldest gives the entry of a list that was touched longest ago, nil if the list is empty.
func (t *Table[T]) Oldest(list List) *Entry[T] {
	p := t.at(headOf(list)).next
	if p == headOf(list) {
		return nil
	}
	if list == Live {
		return t.longestIdle()
	}
	return t.at(p)
}

// longestIdle gives the entry of Live that was touched longest ago. There is one. Whoever was not
// touched since the list was last put in order has been idle longer than all others; sorting it
// costs little for each of those that are touched in between.
func (t *Table[T]) longestIdle() *Entry[T] {
	for {
		for n := len(t.idle); n > 0; n-- {
			v := t.idle[n-1]
			if e := t.at(v.place); e.list == Live && e.Order == v.order {
				t.idle = t.idle[:n]
				return e
			}
		}
		t.idle = t.idle[:0]
		head := headOf(Live)
		for p := t.at(head).next; p != head; p = t.at(p).next {
			t.idle = append(t.idle, idle{t.at(p).Order, p})
		}
		slices.SortFunc(t.idle, func(a, b idle) int { return cmp.Compare(b.order, a.order) })
	}
}

// Remove takes an entry out. Backward shift keeps the probe sequences short without tombstones.
func (t *Table[T]) Remove(e *Entry[T]) {
	mask := uint64(len(t.slots) - 1)
	i := t.home(e.hash >> 32)
	for place(t.slots[i]) != e.self {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; t.slots[j] != 0; j = (j + 1) & mask {
		if (j-t.home(t.slots[j]>>32))&mask >= (j-i)&mask {
			t.slots[i], i = t.slots[j], j
		}
	}
	t.slots[i] = 0
	t.unlink(e)
	e.list, e.next, t.free = noList, t.free, e.self
	t.count--
	if t.tuples != nil {
		t.tuples.remove(&e.Key)
	}
}

// All calls yield with every entry, list by list, oldest first where the list is ordered.
func (t *Table[T]) All(yield func(*Entry[T]) bool) {
	for list := range numLists {
		for e := range t.Of(list) {
			if !yield(e) {
				return
			}
		}
	}
}

// Of gives the entries of a list, oldest first where it is ordered.
func (t *Table[T]) Of(list List) iter.Seq[*Entry[T]] {
	return func(yield func(*Entry[T]) bool) {
		head := headOf(list)
		for p := t.at(head).next; p != head; {
			e := t.at(p)
			p = e.next // the entry may be removed meanwhile
			if !yield(e) {
				return
			}
		}
	}
}

// LenOf gives the number of entries of a list.
func (t *Table[T]) LenOf(list List) int { return t.in[list] }

// take gives a free entry.
func (t *Table[T]) take() *Entry[T] {
	if t.free != 0 {
		e := t.at(t.free)
		t.free = e.next
		return e
	}
	t.used++
	if int(t.used) >= len(t.slabs)*slabSize {
		t.slabs = append(t.slabs, make([]Entry[T], slabSize))
	}
	e := t.at(t.used)
	e.self = t.used
	return e
}

func (t *Table[T]) place(slot uint64) {
	mask := uint64(len(t.slots) - 1)
	i := t.home(slot >> 32)
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = slot
}

func (t *Table[T]) grow() {
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	for _, s := range old {
		if s != 0 {
			t.place(s)
		}
	}
	if t.tuples != nil {
		t.countTuples()
	}
}

func (t *Table[T]) link(e *Entry[T]) {
	t.in[e.list]++
	head := t.at(headOf(e.list))
	e.prev, e.next = head.prev, head.self
	t.at(head.prev).next = e.self
	head.prev = e.self
}

func (t *Table[T]) unlink(e *Entry[T]) {
	t.in[e.list]--
	t.at(e.prev).next = e.next
	t.at(e.next).prev = e.prev
}
