package plain

import (
	"encoding/binary"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// Frozen holds connections that closed and are remembered because late segments may come, oldest
// first: their four-tuple and what was written down, in some hundred bytes each, or all that the
// full tracker knows, in one or two thousand.
type Frozen struct {
	archive archive
	bytes   []byte
	key     [maxKey]byte
}

// Spill lets all but the last so many MiB wait in a temporary file, as far as there is room for it.
// Close is due then. A *SpillError is panicked with if the file cannot be read.
func (f *Frozen) Spill(young int) { f.archive.spill = &spill{young: young} }

// Close lets go of the temporary file.
func (f *Frozen) Close() { f.archive.spill.close() }

const (
	keyIPv6 = 1 << iota // else both addresses are IPv4
	keyPath             // an encapsulation

	maxKey = 1 + 32 + 4 + 4
)

// packKey gives a key as an item begins with it.
func packKey(b []byte, k *reassembly.Key) []byte {
	v4 := k.A.Is4() && k.B.Is4()
	var tag byte
	if !v4 {
		tag |= keyIPv6
	}
	if k.Path != 0 {
		tag |= keyPath
	}
	b = append(b, tag)
	if v4 {
		b = append(append(b, k.A[12:]...), k.B[12:]...)
	} else {
		b = append(append(b, k.A[:]...), k.B[:]...)
	}
	b = binary.LittleEndian.AppendUint16(b, k.APort)
	b = binary.LittleEndian.AppendUint16(b, k.BPort)
	if k.Path != 0 {
		b = binary.LittleEndian.AppendUint32(b, k.Path)
	}
	return b
}

func (r *reader) key() (k reassembly.Key) {
	tag := r.byte()
	if tag&keyIPv6 != 0 {
		copy(k.A[:], r.b)
		copy(k.B[:], r.b[16:])
		r.b = r.b[32:]
	} else {
		k.A[10], k.A[11], k.B[10], k.B[11] = 0xff, 0xff, 0xff, 0xff
		copy(k.A[12:], r.b[:4])
		copy(k.B[12:], r.b[4:8])
		r.b = r.b[8:]
	}
	k.APort, k.BPort = r.uint16(), r.uint16()
	if tag&keyPath != 0 {
		k.Path = r.uint32()
	}
	return k
}

func (r *reader) skipKey() {
	n := 1 + 8 + 4
	if r.b[0]&keyIPv6 != 0 {
		n += 24
	}
	if r.b[0]&keyPath != 0 {
		n += 4
	}
	r.b = r.b[n:]
}

// The bits of an item's second tag.
const (
	frozenFromB = 1 << iota
	frozenIPv6
	frozenTimestamps
	frozenResponderClosed
	frozenUnfinished // UnfinishedChecksums
	frozenPair       // of the full tracker: what follows is not a log
	frozenUnopened   // it never opened
	frozenSuper      // Superframes
)

// Len gives the number of connections.
func (f *Frozen) Len() int { return f.archive.count }

// Add takes a connection that Closed. hash is the key's, touched the time of its last segment in
// ns, and order grows from one Add to the next.
func (f *Frozen) Add(s *Store, c *Conn, key *reassembly.Key, hash uint64, touched int64,
	order uint64) {
	var tag byte
	if c.fromB {
		tag |= frozenFromB
	}
	if c.ipv6 {
		tag |= frozenIPv6
	}
	if c.options&tcp.OptTimestamps != 0 {
		tag |= frozenTimestamps
	}
	if c.closer == tcp.Responder {
		tag |= frozenResponderClosed
	}
	if c.marks&UnfinishedChecksums != 0 {
		tag |= frozenUnfinished
	}
	if c.marks&Superframes != 0 {
		tag |= frozenSuper
	}
	b := append(packKey(f.bytes[:0], key), tag)
	b = binary.AppendUvarint(b, packTime(touched))
	b = binary.AppendUvarint(b, order)
	b = binary.AppendUvarint(b, c.id)
	b = binary.AppendUvarint(b, packTime(touched-c.ended))
	b = append(b, packStacks(c.stacks))
	b = binary.AppendUvarint(b, uint64(c.file))
	b = binary.AppendUvarint(b, uint64(c.iface))
	b = c.log.read(&s.logs, b)
	f.archive.put(hash, b)
	f.bytes = b[:0]
}

// maxPair is the most bytes that are kept of the full tracker's pair.
const maxPair = 16 << 10

// AddPair takes a connection that was woken and is at rest now, as Add does; false if there is too
// much to say of it.
func (f *Frozen) AddPair(s *Store, c *Conn, key *reassembly.Key, hash uint64, touched int64,
	order uint64) bool {
	tag := byte(frozenPair)
	p := s.pairs[c.pair]
	if !p.Opened() {
		tag |= frozenUnopened
	}
	b := append(packKey(f.bytes[:0], key), tag)
	b = binary.AppendUvarint(b, packTime(touched))
	b = binary.AppendUvarint(b, order)
	b = binary.AppendUvarint(b, p.ID())
	b = append(b, 0, 0) // what an ordinary one has here
	b = binary.AppendUvarint(b, uint64(c.seen))
	b = append(b, boolBit(c.fromB, 1))
	b = p.Pack(b)
	f.bytes = b[:0]
	if len(b) > maxPair {
		return false
	}
	f.archive.put(hash, b)
	return true
}

// Place is where a frozen connection is found. It is good until that one is dropped.
type Place uint64

// Find gives the place of a four-tuple.
func (f *Frozen) Find(key *reassembly.Key, hash uint64) (Place, bool) {
	if f.archive.count == 0 {
		return 0, false
	}
	p, ok := f.archive.find(hash, packKey(f.key[:0], key))
	return Place(p), ok
}

// Touching reads what Find will look at for a hash, as reassembly.Table.Touching does. There must
// be a connection.
func (f *Frozen) Touching(hash uint64) uint64 {
	return f.archive.slots[f.archive.home(slotOf(hash, 0))]
}

// Oldest gives the place of the one that was added first. There must be one.
func (f *Frozen) Oldest() Place { return Place(f.archive.oldest) }

// Stamp gives what Add was told of the one at a place.
func (f *Frozen) Stamp(p Place) (touched int64, order uint64) {
	r := reader{f.archive.item(uint64(p))}
	r.skipKey()
	r.byte()
	return unpackTime(r.uvarint()), r.uvarint()
}

// Life gives the number of the life at a place, and whether it ever opened.
func (f *Frozen) Life(p Place) (id uint64, opened bool) {
	r := reader{f.archive.item(uint64(p))}
	r.skipKey()
	tag := r.byte()
	r.uvarint() // touched
	r.uvarint() // order
	return r.uvarint(), tag&frozenUnopened == 0
}

// item is what stands in the archive of one connection.
type item struct {
	key     reassembly.Key
	tag     byte
	touched int64
	order   uint64
	id      uint64
	ended   int64
	stacks  [2]fsm.Stack
	file    uint16
	iface   uint16
	log     []byte
}

// packStacks gives two stacks in a byte, of which there are fewer than 16.
func packStacks(s [2]fsm.Stack) byte { return byte(s[0]) | byte(s[1])<<4 }

func unpackStacks(b byte) [2]fsm.Stack { return [2]fsm.Stack{fsm.Stack(b & 15), fsm.Stack(b >> 4)} }

// read takes an item apart.
func (i *item) read(b []byte) {
	r := reader{b}
	i.key, i.tag, i.touched, i.order, i.id = r.key(), r.byte(), unpackTime(r.uvarint()), r.uvarint(), r.uvarint()
	i.ended = i.touched - unpackTime(r.uvarint())
	i.stacks = unpackStacks(r.byte())
	i.file, i.iface, i.log = uint16(r.uvarint()), uint16(r.uvarint()), r.b
}

// Thaw makes a Conn of the one at a place, which stays there, and gives its key. The Conn is to be
// released.
func (f *Frozen) Thaw(s *Store, p Place, c *Conn) (key reassembly.Key) {
	var i item
	i.read(f.archive.item(uint64(p)))
	if i.tag&frozenPair != 0 {
		*c = Conn{pair: s.take(), phase: unusual, seen: seen(i.file), fromB: i.iface != 0}
		pair := s.pairs[c.pair]
		pair.Reset()
		pair.Unpack(i.log)
		return i.key
	}
	*c = Conn{phase: closed, fromB: i.tag&frozenFromB != 0, ipv6: i.tag&frozenIPv6 != 0,
		marks: i.marks(), id: i.id,
		closer: i.closer(), ended: i.ended, stacks: i.stacks, file: i.file, iface: i.iface}
	if i.tag&frozenTimestamps != 0 {
		c.options = tcp.OptTimestamps
	}
	c.log.write(&s.logs, i.log)
	return i.key
}

func (i *item) marks() Marks {
	return markIf(i.tag&frozenUnfinished != 0, UnfinishedChecksums) | markIf(i.tag&frozenSuper != 0,
		Superframes)
}

func (i *item) closer() tcp.Side {
	if i.tag&frozenResponderClosed != 0 {
		return tcp.Responder
	}
	return tcp.Initiator
}

// Drop forgets the one at a place.
func (f *Frozen) Drop(p Place, hash uint64) { f.archive.remove(hash, uint64(p)) }

// All calls yield with each place, in the order of Add.
func (f *Frozen) All(yield func(Place) bool) {
	if f.archive.count == 0 {
		return
	}
	for p := f.archive.oldest; p < f.archive.end; p = f.archive.next(p) {
		if !yield(Place(p)) {
			return
		}
	}
}
