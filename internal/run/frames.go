package run

import (
	"encoding/binary"
	"slices"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// frames numbers segments in the order in which they were captured, and tells for each number which
// record it is of which input.
//
// Users count records as Wireshark does: over all inputs in the order in which they are named. The
// tracker and the rules ask which of two segments came first, so what they call a frame must ascend
// in time. With one input both are the same. With several, a file named first may hold what came
// last. Example: the two files of a TAP with one direction each have 100 records each, and the SYN
// and its answer are frames 1 and 101; the next data is frame 2. The tracker sees 1, 2 and 3.
type frames struct {
	several bool
	first   []uint64 // the first frame seen of each input; 0 for one that gave nothing yet
	last    uint64   // the order given last
	order   order
}

func newFrames(inputs int) *frames {
	return &frames{several: inputs > 1, first: make([]uint64, inputs)}
}

// take notes a segment's frame, and puts the segment's place in the order of capture in its stead.
func (f *frames) take(seg *tcp.Segment) {
	if f.first[seg.File] == 0 {
		f.first[seg.File] = seg.Frame
	}
	if !f.several {
		return
	}
	frame := seg.Frame
	if !f.order.begun() && frame > f.last { // so far the order of the files is that of time
		f.last = frame
		return
	}
	f.last++
	f.order.add(f.last, frame, seg.File)
	seg.Frame = f.last
}

// of gives the frame that users know of a place in the order, and the index of the input that it is
// in if the run has several. The place 0 stands for no frame, and stays 0.
func (f *frames) of(place uint64) (frame uint64, file report.Optional[uint16]) {
	if frame = f.number(place); frame == 0 || !f.several {
		return frame, file
	}
	for i := len(f.first) - 1; i >= 0; i-- {
		if f.first[i] != 0 && f.first[i] <= frame {
			return frame, report.Some(uint16(i))
		}
	}
	return frame, file
}

// number gives the frame that users know of a place in the order.
func (f *frames) number(place uint64) uint64 {
	if !f.order.begun() || place < f.order.from {
		return place
	}
	return f.order.frame(place)
}

// blockSize is how many places share a block.
const blockSize = 1024

// order is the frame of each place from the first one whose frame does not ascend: some 1 byte a
// place. A block lists the differences from the frame before of the same input.
type order struct {
	from    uint64 // the first place; 0 before there is one
	blocks  [][]byte
	writing writer
	cached  [2]decoded // what was asked for last; steps answer steps nearby
}

func (o *order) begun() bool { return o.from != 0 }

// add appends a place, the one after the last.
func (o *order) add(place, frame uint64, file uint16) {
	if o.from == 0 {
		o.from = place
	}
	if (place-o.from)%blockSize == 0 {
		if n := len(o.blocks); n > 0 {
			o.blocks[n-1] = slices.Clip(o.blocks[n-1])
		}
		o.blocks = append(o.blocks, nil)
		o.writing = writer{}
	}
	b := &o.blocks[len(o.blocks)-1]
	*b = o.writing.append(*b, frame, file)
}

// frame gives the frame of a place.
func (o *order) frame(place uint64) uint64 {
	n, at := int((place-o.from)/blockSize), int((place-o.from)%blockSize)
	for i := range o.cached {
		if c := &o.cached[i]; c.is == n+1 && at < c.len {
			return c.frames[at]
		}
	}
	o.cached[1] = o.cached[0]
	c := &o.cached[0]
	c.read(o.blocks[n])
	c.is = n + 1
	return c.frames[at]
}

// recent is how many inputs a block refers to in short: those that it has had last.
const recent = 3

// writer is what a block's next entry is written against.
type writer struct {
	files  [recent]uint16
	frames [recent]uint64
	n      int
}

// append adds an entry: the difference from the input's frame before and which of the recent inputs
// it is, or, of another input, the frame itself.
func (w *writer) append(b []byte, frame uint64, file uint16) []byte {
	for i := range w.n {
		if w.files[i] == file && frame > w.frames[i] {
			b = binary.AppendUvarint(b, (frame-w.frames[i])<<2|uint64(i))
			w.front(i, frame, file)
			return b
		}
	}
	b = binary.AppendUvarint(b, frame<<2|recent)
	w.n = min(w.n+1, recent)
	w.front(w.n-1, frame, file)
	return b
}

// front puts an input before the other recent ones; i is the place that becomes free.
func (w *writer) front(i int, frame uint64, file uint16) {
	copy(w.files[1:i+1], w.files[:i])
	copy(w.frames[1:i+1], w.frames[:i])
	w.files[0], w.frames[0] = file, frame
}

// decoded is a block as frames.
type decoded struct {
	is     int // the block's number from 1
	len    int
	frames [blockSize]uint64
}

// read decodes a block. Which input an entry is of does not matter here: only its frame before
// does.
func (d *decoded) read(b []byte) {
	var w writer
	d.len = 0
	for len(b) > 0 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		i, frame := int(v&3), v>>2
		if i == recent {
			w.n = min(w.n+1, recent)
			i = w.n - 1
		} else {
			frame += w.frames[i]
		}
		w.front(i, frame, 0)
		d.frames[d.len] = frame
		d.len++
	}
}
