package capture

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// files is the Source of capture files, merged in time order.
//
// A file that can be opened again is closed after a look at its first record, until its turn comes:
// of a thousand files that a capture program wrote one after the other, one is open at a time.
type files struct {
	sink   sink
	inputs []*input
	free   []*blockReader
	now    *input // whose records are being delivered, nil to choose anew
	limit  turn   // the first turn that is another input's
}

// turn orders records of different files: by time, and at the same time by the order in which the
// files were named.
type turn struct {
	time  int64
	index int
}

func (t turn) before(u turn) bool { return t.time < u.time || t.time == u.time && t.index < u.index }

// OpenFiles opens capture files for reading as one run: their records come merged in time order,
// and are numbered from 1 over all files in the order of names. The name "-" is standard input.
// That, or a pipe, can only be the last of several, because the numbers of later files would depend
// on its length.
//
// A file that cannot be opened, or is not a capture, does not keep the others from being read: the
// Source gives its error at the end. Only when that is so of all of them there is no Source, and
// the error is the first one's.
//
// Errors name the file: it is missing, a directory, not readable (the operating system's error,
// unwrapped by errors.Is), or not a capture (a *ReadError).
func OpenFiles(names []string, opt Options) (Source, error) {
	if len(names) == 0 {
		return nil, errors.New("no capture file named")
	}
	if len(names) > math.MaxUint16 {
		return nil, fmt.Errorf("%d files are more than can be told apart", len(names))
	}
	f := &files{}
	f.sink.lengths.read = f.cutByTool
	var err error
	if f.sink.filter, err = newFilter(opt.Filter); err != nil {
		return nil, err
	}
	failed := 0
	for i, name := range names {
		in := &input{stats: FileStats{Name: name}, index: i, copy: opt.Copy}
		if name == "-" {
			in.stream = opt.Stdin
			if in.stream == nil {
				in.stream = os.Stdin
			}
		}
		f.inputs = append(f.inputs, in)
		if err := f.look(in, len(names)); err != nil {
			f.Close()
			return nil, err
		}
		if in.failed() {
			failed++
		}
	}
	if failed == len(names) {
		err := f.inputs[0].stats.Err
		f.Close()
		return nil, err
	}
	if opt.Workers > 1 {
		return readAhead(f), nil
	}
	return f, nil
}

// look opens one of several inputs for its first record's time. The error is one that keeps all of
// them from being read.
func (f *files) look(in *input, several int) error {
	if err := in.open(f.buffer()); err != nil {
		f.release(in.fail(err))
		return nil
	}
	if several > 1 && !in.again && in.index != several-1 {
		return fmt.Errorf("%s: standard input or a pipe can only be the last of several files: "+
			"later files' frame numbers would depend on its length", in.stats.Name)
	}
	if several == 1 {
		return nil // its first record can wait: a pipe may be silent for long
	}
	if err := in.advance(false); err != nil {
		f.release(in.finish(err))
		return nil
	}
	if in.again {
		f.release(in.close())
	}
	return nil
}

// buffer gives a free buffer.
func (f *files) buffer() *blockReader {
	n := len(f.free)
	if n == 0 {
		return new(blockReader)
	}
	b := f.free[n-1]
	f.free = f.free[:n-1]
	return b
}

// release takes a buffer back.
func (f *files) release(b *blockReader) {
	if b != nil {
		f.free = append(f.free, b)
	}
}

// Next implements Source.
func (f *files) Next(b *Batch) error {
	b.reset()
	for !b.full() {
		if f.now == nil {
			if err := f.choose(); err != nil {
				if len(b.Segments) > 0 {
					return nil
				}
				return err
			}
		}
		in := f.now
		if !in.ready {
			if err := in.advance(len(b.Segments) > 0); err != nil {
				if err == errPause {
					return nil
				}
				f.finish(in, err)
				continue
			}
		}
		if f.limit.before(turn{in.head.time, in.index}) {
			f.now = nil
			continue
		}
		in.taken()
		if err := f.sink.take(&in.head, in.base+in.stats.Packets, uint16(in.index), b); err != nil {
			f.finish(in, err)
		}
	}
	return nil
}

// finish ends an input.
func (f *files) finish(in *input, err error) {
	f.release(in.finish(err))
	f.now = nil
}

// choose makes the input whose next record is the earliest the current one. When all are done, it
// gives the first error that one of them ended with, or io.EOF.
func (f *files) choose() error {
	end := turn{math.MaxInt64, math.MaxInt}
	first, second := end, end
	result := io.EOF
	for _, in := range f.inputs {
		if in.done {
			if result == io.EOF && in.stats.Err != nil {
				result = in.stats.Err
			}
			continue
		}
		switch t := (turn{in.head.time, in.index}); {
		case t.before(first):
			first, second = t, first
		case t.before(second):
			second = t
		}
	}
	if first == end {
		return result
	}
	in := f.inputs[first.index]
	if in.blocks == nil {
		if err := in.open(f.buffer()); err != nil {
			f.release(in.fail(err))
			return f.choose()
		}
	}
	f.number(in)
	f.now, f.limit = in, second
	return nil
}

// number finds out how many records come before the input's first. Those of files before it that
// are not done are counted in a pass of their own: captures that follow each other in time never
// need it.
func (f *files) number(in *input) {
	if in.based {
		return
	}
	for _, earlier := range f.inputs[:in.index] {
		n := earlier.stats.Packets
		if !earlier.done {
			n = f.count(earlier.stats.Name)
		}
		in.base += n
	}
	in.based = true
}

// count counts the records of a file that can be read.
func (f *files) count(name string) uint64 {
	in := &input{stats: FileStats{Name: name}}
	b := f.buffer()
	defer f.release(b)
	if in.open(b) != nil {
		return 0
	}
	defer in.close()
	n := uint64(0)
	for in.format.next(&in.head) == nil {
		n++
	}
	return n
}

// Stats implements Source.
func (f *files) Stats() Stats {
	var s Stats
	f.stats(&s)
	return s
}

// stats fills s, in its own memory.
func (f *files) stats(s *Stats) {
	*s = Stats{Files: s.Files[:0], Segments: f.sink.segments, Filtered: f.sink.filtered, Skipped: f.sink.skipped}
	known := true
	for _, in := range f.inputs {
		if !in.done && in.blocks != nil {
			in.update()
		}
		s.add(&in.stats)
		known = known && (in.again || in.failed())
	}
	if !known {
		s.BytesAll = 0
	}
}

// Close implements Source. What was counted stays.
func (f *files) Close() error {
	for _, in := range f.inputs {
		if in.blocks != nil {
			in.close()
		}
		in.done = true
	}
	f.free, f.now = nil, nil
	return nil
}
