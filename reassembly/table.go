package reassembly

// List is one of the orders of age that entries are kept in.
type List uint8

// The lists: an entry is in one of them. Each is ordered by when its entries were last touched.
const (
	Live      List = iota // open, or not known to be closed
	Embryonic             // no connection yet: forgotten sooner
	Closing               // both ends are done: forgotten when TIME-WAIT has passed
	numLists
)

// Entry is one four-tuple's place in a table.
type Entry[T any] struct {
	Key   Key
	Value T
	hash  uint64
	prev  *Entry[T]
	next  *Entry[T]
	list  List
	// Touched is the capture time, in nanoseconds, at which the entry was last moved to the young end of its list.
	Touched int64
	// Order is the caller's.
	Order uint64
}

// Hash gives the key's hash.
func (e *Entry[T]) Hash() uint64 { return e.hash }

// Table finds the entry of a four-tuple: open addressing over a slab. Entries never move, so pointers to them stay good until
// Remove, after which the entry is used again for another four-tuple.
type Table[T any] struct {
	seed  seed
	slots []slot[T]
	mask  uint64
	count int
	free  *Entry[T]
	lists [numLists]Entry[T] // sentinels of circular lists; next is the oldest
}

type slot[T any] struct {
	hash  uint64
	entry *Entry[T] // nil is empty
}

const (
	firstSlots = 1 << 10
	slabSize   = 256
)

// NewTable makes an empty table.
func NewTable[T any]() *Table[T] {
	t := &Table[T]{seed: newSeed(), slots: make([]slot[T], firstSlots), mask: firstSlots - 1}
	for i := range t.lists {
		l := &t.lists[i]
		l.prev, l.next = l, l
	}
	return t
}

// Len gives the number of entries.
func (t *Table[T]) Len() int { return t.count }

// Hash gives the key's hash, which is another in each table.
func (t *Table[T]) Hash(key *Key) uint64 { return t.seed.hash(key) }

// Find gives the key's entry, nil if there is none. hash is the key's.
func (t *Table[T]) Find(key *Key, hash uint64) *Entry[T] {
	for i := hash & t.mask; ; i = (i + 1) & t.mask {
		s := &t.slots[i]
		if s.entry == nil {
			return nil
		}
		if s.hash == hash && s.entry.Key.equal(key) {
			return s.entry
		}
	}
}

// Insert adds an entry for a key that Find did not find, on the Live list. Its Value is as Remove left it: the caller resets it.
func (t *Table[T]) Insert(key *Key, hash uint64, now int64) *Entry[T] {
	if (t.count+1)*4 > len(t.slots)*3 {
		t.grow()
	}
	e := t.take()
	e.Key, e.hash, e.list, e.Touched = *key, hash, Live, now
	t.place(slot[T]{e.hash, e})
	t.link(e)
	t.count++
	return e
}

// Touch makes an entry the youngest of a list.
func (t *Table[T]) Touch(e *Entry[T], list List, now int64) {
	e.Touched = now
	head := &t.lists[list]
	if e.list == list && head.prev == e {
		return
	}
	unlink(e)
	e.list = list
	t.link(e)
}

// Oldest gives the entry of a list that was touched longest ago, nil if the list is empty.
func (t *Table[T]) Oldest(list List) *Entry[T] {
	if e := t.lists[list].next; e != &t.lists[list] {
		return e
	}
	return nil
}

// Remove takes an entry out. Backward shift keeps the probe sequences short without tombstones.
func (t *Table[T]) Remove(e *Entry[T]) {
	i := e.hash & t.mask
	for t.slots[i].entry != e {
		i = (i + 1) & t.mask
	}
	for {
		j := i
		for {
			j = (j + 1) & t.mask
			s := t.slots[j]
			if s.entry == nil {
				t.slots[i] = slot[T]{}
				unlink(e)
				e.next, t.free = t.free, e
				t.count--
				return
			}
			if home := s.hash & t.mask; (j-home)&t.mask >= (j-i)&t.mask {
				t.slots[i] = s
				break
			}
		}
		i = j
	}
}

// All calls yield with every entry, oldest first list by list.
func (t *Table[T]) All(yield func(*Entry[T]) bool) {
	for i := range t.lists {
		head := &t.lists[i]
		for e := head.next; e != head; {
			next := e.next
			if !yield(e) {
				return
			}
			e = next
		}
	}
}

func (t *Table[T]) take() *Entry[T] {
	if t.free == nil {
		slab := make([]Entry[T], slabSize)
		for i := range slab {
			slab[i].next, t.free = t.free, &slab[i]
		}
	}
	e := t.free
	t.free = e.next
	return e
}

func (t *Table[T]) place(s slot[T]) {
	i := s.hash & t.mask
	for t.slots[i].entry != nil {
		i = (i + 1) & t.mask
	}
	t.slots[i] = s
}

func (t *Table[T]) grow() {
	old := t.slots
	t.slots = make([]slot[T], 2*len(old))
	t.mask = uint64(len(t.slots) - 1)
	for _, s := range old {
		if s.entry != nil {
			t.place(s)
		}
	}
}

func (t *Table[T]) link(e *Entry[T]) {
	head := &t.lists[e.list]
	e.prev, e.next = head.prev, head
	head.prev.next = e
	head.prev = e
}

func unlink[T any](e *Entry[T]) {
	e.prev.next = e.next
	e.next.prev = e.prev
}
