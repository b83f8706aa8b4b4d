package plain

const (
	chunkSize = 60
	// slabChunks is how many chunks are allocated at once: 1 MiB.
	slabChunks = 1 << 14
)

// chunk is a piece of a log.
type chunk struct {
	bytes [chunkSize]byte
	next  uint32 // 0 for the last
}

// arena holds the logs of one Store. Chunks are numbered from 1, and used again.
type arena struct {
	slabs [][]chunk
	used  uint32 // chunks that were ever used
	free  uint32 // the first of those that are free again
}

func (a *arena) at(i uint32) *chunk { return &a.slabs[(i-1)/slabChunks][(i-1)%slabChunks] }

// take gives the number of an empty chunk.
func (a *arena) take() uint32 {
	if i := a.free; i != 0 {
		c := a.at(i)
		a.free, c.next = c.next, 0
		return i
	}
	if int(a.used) == len(a.slabs)*slabChunks {
		a.slabs = append(a.slabs, make([]chunk, slabChunks))
	}
	a.used++
	return a.used
}

// inlined is how many bytes of a log stand in the log itself. Few connections need more.
const inlined = 128

// log is a run of bytes: the first in the log itself, the others in an arena's chunks.
type log struct {
	size        uint32 // bytes
	first, last uint32
	early       [inlined]byte
}

// short is how many bytes most records have at most.
const short = 16

// note appends the first n bytes of a record.
func (l *log) note(a *arena, record *[maxRecord]byte, n int) {
	if l.size > inlined-short || n > short {
		l.write(a, record[:n])
		return
	}
	// A copy of fixed size is two moves, and needs no call.
	*(*[short]byte)(l.early[l.size:]) = *(*[short]byte)(record[:])
	l.size += uint32(n)
}

// write appends bytes.
func (l *log) write(a *arena, b []byte) {
	if l.size < inlined {
		n := copy(l.early[l.size:], b)
		l.size += uint32(n)
		b = b[n:]
	}
	for len(b) > 0 {
		at := int(l.size-inlined) % chunkSize
		if at == 0 {
			i := a.take()
			if l.first == 0 {
				l.first = i
			} else {
				a.at(l.last).next = i
			}
			l.last = i
		}
		n := copy(a.at(l.last).bytes[at:], b)
		l.size += uint32(n)
		b = b[n:]
	}
}

// inLog gives the bytes that stand in the log itself.
func (l *log) inLog() []byte { return l.early[:min(l.size, inlined)] }

// read appends all bytes to buf.
func (l *log) read(a *arena, buf []byte) []byte {
	buf = append(buf, l.inLog()...)
	left := int(l.size) - inlined
	for i := l.first; i != 0 && left > 0; {
		c := a.at(i)
		n := min(left, chunkSize)
		buf = append(buf, c.bytes[:n]...)
		left -= n
		i = c.next
	}
	return buf
}

// drop empties the log and gives its chunks back. What stood in the log itself stays there, and is
// written over.
func (l *log) drop(a *arena) {
	if l.first != 0 {
		a.at(l.last).next, a.free = a.free, l.first
	}
	l.first, l.last, l.size = 0, 0, 0
}
