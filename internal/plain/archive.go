package plain

import (
	"bytes"
	"encoding/binary"
)

const (
	blockSize = 1 << 20
	// unit is what places are multiples of, so that 32 bits name a place among 16 GiB.
	unit = 4
	// gone marks an item that was taken out before its turn.
	gone = 1 << 15
	// itemHead is an item's length, which is below gone.
	itemHead = 2
)

// archive is a queue of byte strings that are found by how they begin. They are dropped at the old
// end, or taken out in between. It costs an item's length and some eleven bytes; with a spill, the
// length of the young ones only.
type archive struct {
	blocks []block  // of the queue, from the one that oldest is in
	spare  [][]byte // memory to use again
	spill  *spill   // where blocks go that are no longer young; nil to keep all in memory
	first  uint64   // place where blocks[0] begins
	oldest uint64   // place of the oldest item
	end    uint64   // place of the next item
	// open addressing: a part of the hash and, in the lower half, the place in units; 0 is empty
	slots []uint64
	count int
}

// block is a piece of the queue.
type block struct {
	bytes []byte // nil while it is spilled
	at    int64  // where in the spill, in blocks
}

// slotOf gives what stands in a slot for an item, which is never 0.
func slotOf(hash, place uint64) uint64 { return (hash>>32|1)<<32 | place/unit&(1<<32-1) }

// home gives the place that a slot's value is looked for from.
func (a *archive) home(slot uint64) uint64 { return slot >> 33 & uint64(len(a.slots)-1) }

// at gives the bytes from a place on, at least to the end of what stands there. They are valid
// until the next call.
func (a *archive) at(place uint64) []byte {
	b := &a.blocks[(place-a.first)/blockSize]
	if b.bytes == nil {
		return a.spill.read(b.at, int(place%blockSize))
	}
	return b.bytes[place%blockSize:]
}

// item gives the bytes at a place, valid until the next call of any method.
func (a *archive) item(place uint64) []byte {
	b := a.at(place)
	return b[itemHead:binary.LittleEndian.Uint16(b)]
}

// put adds bytes, which must be shorter than half a block and than gone, under a hash.
func (a *archive) put(hash uint64, b []byte) {
	size := uint64(itemHead + len(b))
	if used := a.end % blockSize; used != 0 && used+size > blockSize-itemHead {
		binary.LittleEndian.PutUint16(a.at(a.end), 0) // the rest of the block is empty
		if a.oldest == a.end {                        // there is no item
			a.oldest += blockSize - used
		}
		a.end += blockSize - used
	}
	if a.end-a.first == uint64(len(a.blocks))*blockSize {
		a.addBlock()
	}
	at := a.at(a.end)
	binary.LittleEndian.PutUint16(at, uint16(size))
	copy(at[itemHead:], b)
	if (a.count+1)*8 > len(a.slots)*7 {
		a.grow()
	}
	a.place(slotOf(hash, a.end))
	a.end += (size + unit - 1) &^ (unit - 1)
	a.count++
}

// addBlock adds a block to the young end. One that is young no longer goes to the spill, unless
// that is full.
func (a *archive) addBlock() {
	if a.spill != nil && len(a.blocks) >= a.spill.young {
		b := &a.blocks[len(a.blocks)-a.spill.young]
		if at, ok := a.spill.write(b.bytes); ok {
			a.spare = append(a.spare, b.bytes)
			*b = block{at: at}
		}
	}
	if n := len(a.spare); n > 0 {
		a.blocks, a.spare = append(a.blocks, block{bytes: a.spare[n-1]}), a.spare[:n-1]
		return
	}
	a.blocks = append(a.blocks, block{bytes: make([]byte, blockSize)})
}

func (a *archive) place(slot uint64) {
	mask := uint64(len(a.slots) - 1)
	i := a.home(slot)
	for a.slots[i] != 0 {
		i = (i + 1) & mask
	}
	a.slots[i] = slot
}

// grow doubles the slots. They may be rather full before: probes go on in the same lines of the
// cache, and the table is most of what a connection in the spill costs.
func (a *archive) grow() {
	old := a.slots
	a.slots = make([]uint64, max(1<<10, 2*len(old)))
	hugePages(a.slots)
	for _, s := range old {
		if s != 0 {
			a.place(s)
		}
	}
}

// find gives the place of the item that begins with prefix.
func (a *archive) find(hash uint64, prefix []byte) (place uint64, ok bool) {
	if a.count == 0 {
		return 0, false
	}
	mask := uint64(len(a.slots) - 1)
	want := slotOf(hash, 0)
	for i := a.home(want); a.slots[i] != 0; i = (i + 1) & mask {
		if a.slots[i]>>32 != want>>32 {
			continue
		}
		if place := a.full(a.slots[i]); bytes.HasPrefix(a.item(place), prefix) {
			return place, true
		}
	}
	return 0, false
}

// full gives the place that a slot's lower half stands for: the first such one that is not before
// the queue.
func (a *archive) full(slot uint64) uint64 {
	const span = unit << 32
	place := a.first&^(span-1) | slot&(1<<32-1)*unit
	if place < a.first {
		place += span
	}
	return place
}

// remove takes the item at a place out.
func (a *archive) remove(hash, place uint64) {
	a.unslot(slotOf(hash, place))
	a.count--
	if place == a.oldest {
		a.oldest += paces(binary.LittleEndian.Uint16(a.at(place)))
	} else {
		a.mark(place)
	}
	a.tidy()
}

// paces gives how far it is from an item of a size to the next.
func paces(size uint16) uint64 { return (uint64(size&^gone) + unit - 1) &^ (unit - 1) }

// mark notes that the item at a place is gone.
func (a *archive) mark(place uint64) {
	size := binary.LittleEndian.Uint16(a.at(place)) | gone
	if b := &a.blocks[(place-a.first)/blockSize]; b.bytes == nil {
		a.spill.change(b.at, int(place%blockSize), size)
	} else {
		binary.LittleEndian.PutUint16(b.bytes[place%blockSize:], size)
	}
}

// tidy moves the old end past what is gone, and lets go of blocks that are done with.
func (a *archive) tidy() {
	for a.oldest < a.end {
		if a.oldest >= a.first+blockSize {
			a.dropBlock()
		}
		switch size := binary.LittleEndian.Uint16(a.at(a.oldest)); {
		case size == 0:
			a.oldest += blockSize - a.oldest%blockSize
		case size&gone != 0:
			a.oldest += paces(size)
		default:
			return
		}
	}
}

// dropBlock lets go of the oldest block.
func (a *archive) dropBlock() {
	if b := &a.blocks[0]; b.bytes != nil {
		a.spare = append(a.spare, b.bytes)
	} else {
		a.spill.free(b.at)
	}
	a.blocks = a.blocks[:copy(a.blocks, a.blocks[1:])]
	a.first += blockSize
}

// next gives the place of the item after the one at place, or the end.
func (a *archive) next(place uint64) uint64 {
	for {
		place += paces(binary.LittleEndian.Uint16(a.at(place)))
		if place < a.end && binary.LittleEndian.Uint16(a.at(place)) == 0 {
			place += blockSize - place%blockSize
		}
		if place >= a.end || binary.LittleEndian.Uint16(a.at(place))&gone == 0 {
			return place
		}
	}
}

// unslot empties a slot. Backward shift keeps the probe sequences short without tombstones.
func (a *archive) unslot(slot uint64) {
	mask := uint64(len(a.slots) - 1)
	i := a.home(slot)
	for a.slots[i] != slot {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; a.slots[j] != 0; j = (j + 1) & mask {
		if (j-a.home(a.slots[j]))&mask >= (j-i)&mask {
			a.slots[i], i = a.slots[j], j
		}
	}
	a.slots[i] = 0
}
