package capture

import (
	"io"
	"sync"

	"github.com/lastack/lastack/tcp"
)

const (
	// lotSize is how many segments are handed over at once: enough to make the cost of waking a
	// goroutine vanish.
	lotSize = 2048
	// lots is how many are on their way at once, which is some megabytes of memory.
	lots = 6
)

// ahead is a Source that goes on reading while its user works, in a goroutine of its own. One
// reader keeps up with one tracker, and the order of the records is the reader's, so that nothing
// depends on how many processors there are.
type ahead struct {
	files *files
	full  chan *lot     // what was read, in order
	empty chan *lot     // to be filled
	stop  chan struct{} // closed by Close
	close sync.Once     // of stop
	done  chan struct{} // closed when the reader has ended
	now   *lot          // the user's
	stats Stats         // as of now, or of the opening
	again bool          // no read of the inputs can block for long
}

// lot is a batch on its way.
type lot struct {
	batch Batch
	err   error
	stats Stats // when the batch had been read
}

// readAhead begins to read.
func readAhead(f *files) *ahead {
	a := &ahead{files: f, full: make(chan *lot, lots), empty: make(chan *lot, lots), stop: make(chan struct{}), done: make(chan struct{}),
		stats: f.Stats(), again: true}
	for _, in := range f.inputs {
		a.again = a.again && (in.again || in.done)
	}
	for range lots {
		a.empty <- &lot{batch: Batch{make([]tcp.Segment, 0, lotSize)}}
	}
	go a.read()
	return a
}

// read fills lots until the input or the user's interest ends.
func (a *ahead) read() {
	defer close(a.done)
	defer a.files.Close()
	defer close(a.full)
	for {
		var l *lot
		select {
		case l = <-a.empty:
		case <-a.stop:
			return
		}
		l.err = a.files.Next(&l.batch)
		a.files.stats(&l.stats)
		select {
		case a.full <- l:
		case <-a.stop:
			return
		}
		if l.err != nil {
			return
		}
	}
}

// Next implements Source.
func (a *ahead) Next(b *Batch) error {
	if a.now != nil && a.now.err == nil {
		a.empty <- a.now
	}
	l, ok := <-a.full
	if !ok { // called again after the end
		b.Segments = nil
		return a.end()
	}
	a.now = l
	b.Segments = l.batch.Segments
	return l.err
}

// end gives the error that the input ended with.
func (a *ahead) end() error {
	if a.now == nil || a.now.err == nil {
		return io.EOF
	}
	return a.now.err
}

// Stats implements Source: as of the last batch that Next gave.
func (a *ahead) Stats() Stats {
	if a.now == nil {
		return a.stats.clone()
	}
	return a.now.stats.clone()
}

// Close implements Source. A reader that waits for a pipe is left to itself: it ends with its next
// read.
func (a *ahead) Close() error {
	a.close.Do(func() { close(a.stop) })
	if a.again {
		<-a.done
	}
	return nil
}
