package capture

import (
	"io"

	"github.com/lastack/lastack/tcp"
)

// batchSize is how many segments a batch holds at most: enough to make the cost of handing one over
// vanish, few enough that a batch stays in the first-level cache on its way.
const batchSize = 128

// Batch is a run of consecutive segments. It is used again: Segments is valid until the next call
// of Source.Next.
type Batch struct{ Segments []tcp.Segment }

// reset empties the batch.
func (b *Batch) reset() {
	if b.Segments == nil {
		b.Segments = make([]tcp.Segment, 0, batchSize)
	}
	b.Segments = b.Segments[:0]
}

// full reports whether the batch has no more room.
func (b *Batch) full() bool { return len(b.Segments) == cap(b.Segments) }

// add makes room for one more segment and gives its place.
func (b *Batch) add() *tcp.Segment {
	b.Segments = b.Segments[:len(b.Segments)+1]
	return &b.Segments[len(b.Segments)-1]
}

// dropLast takes back what add gave.
func (b *Batch) dropLast() { b.Segments = b.Segments[:len(b.Segments)-1] }

// Source gives segments. It is not safe for concurrent use.
type Source interface {
	// Next fills b with the next segments, in the order of the records, or for several files in the
	// order of time. It does not wait to fill the batch when input comes slowly. io.EOF is the
	// clean end. Another error says that an input could not be opened, or, a *ReadError, not be
	// read to its end; all that came before it, and all other files, were delivered first.
	Next(b *Batch) error
	// Stats gives what was read so far.
	Stats() Stats
	// Close lets go of files and interfaces.
	Close() error
}

// Options are for OpenFiles.
type Options struct {
	Filter string    // BPF expression (pcap-filter(7)); "" is every packet
	Stdin  io.Reader // what the file name "-" stands for; nil is os.Stdin
	Copy   io.Writer // also given the bytes of an input that cannot be read again: standard input, a pipe
	// Workers is how many processors may be used; with more than one, what comes next is read and
	// decoded while the caller works. What the Source gives is the same.
	Workers int
}
