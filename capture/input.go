package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// peekSize is how much the first read of an input asks for. Later reads are as large as blockReader
// makes them: a bufio.Reader passes reads larger than its buffer through.
const peekSize = 64 << 10

// input is one file of a run.
type input struct {
	stats  FileStats
	index  int
	stream io.Reader // standard input; nil for a file that is opened by its name
	again  bool      // can be opened again: a regular file
	copy   io.Writer // given what cannot be read again; nil for nobody

	file   *os.File      // nil when closed, or for standard input
	unpack io.ReadCloser // nil when closed, or not compressed
	meter  meter
	blocks *blockReader // nil when closed
	format format

	head  record // the next record, if ready
	ready bool
	done  bool
	base  uint64 // records in the inputs before this one
	based bool   // base is known
}

// meter counts the bytes that are read.
type meter struct {
	src io.Reader
	n   int64
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.src.Read(b)
	m.n += int64(n)
	return n, err
}

// open opens the input and reads the capture's header, into a buffer that is free.
func (in *input) open(free *blockReader) error {
	if err := in.openBytes(free); err != nil {
		return err
	}
	var err error
	if in.stats.Format, in.format, err = newFormat(free); err != nil {
		return in.readError(err)
	}
	return nil
}

// openBytes opens the input and takes compression off.
func (in *input) openBytes(free *blockReader) error {
	in.blocks = free
	free.reset(nil)
	if err := in.openFile(); err != nil {
		return err
	}
	src := bufio.NewReaderSize(&in.meter, peekSize)
	head, _ := src.Peek(4) // an error comes again with the next read
	in.stats.Compression = compression(head)
	if in.stats.Compression == "" {
		free.reset(src)
	} else {
		z, err := decompress(in.stats.Compression, src)
		if err != nil {
			return in.readError(err)
		}
		in.unpack = z
		free.reset(z)
	}
	return nil
}

// openFile finds the bytes to read.
func (in *input) openFile() error {
	if in.stream != nil {
		in.meter = meter{src: in.once(in.stream)}
		return nil
	}
	f, err := os.Open(in.stats.Name)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = fmt.Errorf("%s: %w, not a capture file", in.stats.Name, syscall.EISDIR)
	}
	if err != nil {
		f.Close()
		return err
	}
	if in.again = st.Mode().IsRegular(); in.again {
		in.stats.Size = st.Size()
	}
	in.file, in.meter = f, meter{src: f}
	if !in.again {
		in.meter.src = in.once(f)
	}
	return nil
}

// once gives a stream that cannot be read again, copied for whoever wants to.
func (in *input) once(r io.Reader) io.Reader {
	if in.copy == nil {
		return r
	}
	return io.TeeReader(r, in.copy)
}

// advance gets the next record into head. Errors are those of format.next.
func (in *input) advance(hold bool) error {
	in.blocks.hold = hold && !in.again
	err := in.format.next(&in.head)
	in.ready = err == nil
	return err
}

// taken counts the head as delivered.
func (in *input) taken() {
	in.ready = false
	in.stats.count(in.head.time)
}

// close lets go of the file, and gives back its buffer. What was counted stays.
func (in *input) close() (free *blockReader) {
	if in.unpack != nil {
		in.unpack.Close()
	}
	if in.file != nil {
		in.file.Close() // read-only: nothing can be lost
	}
	in.update()
	free = in.blocks
	in.unpack, in.file, in.blocks, in.format, in.ready = nil, nil, nil, nil, false
	return free
}

// update brings the statistics up to what was read.
func (in *input) update() {
	in.stats.BytesRead = in.meter.n
	if in.format != nil {
		in.stats.Interfaces = in.format.interfaces()
	}
}

// finish closes the input at its end, of which err says the cause.
func (in *input) finish(err error) (free *blockReader) {
	if err == io.EOF {
		in.done = true
		return in.close()
	}
	return in.fail(in.readError(err))
}

// fail closes the input because of an error that names it.
func (in *input) fail(err error) (free *blockReader) {
	in.done = true
	in.stats.Err = err
	in.stats.Truncated = errors.Is(err, io.ErrUnexpectedEOF)
	return in.close()
}

// failed reports whether the input could not be opened, or is not a capture.
func (in *input) failed() bool { return in.stats.Err != nil && in.stats.Format == "" }

// readError makes a ReadError of an error of reading, at the place where reading stands.
func (in *input) readError(err error) error {
	e := &ReadError{File: in.stats.Name, Offset: in.blocks.offset(), Decompressed: in.stats.Compression != ""}
	var m malformed
	var filter *FilterError
	switch {
	case errors.As(err, &m):
		e.Reason = m.reason
	case errors.As(err, &filter):
		e.Reason, e.Err = "not looked at from there on", err
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Reason, e.Err = "the input ends too early, inside a header or a record", err
	case e.Decompressed:
		e.Reason, e.Err = "cannot decompress "+in.stats.Compression, err
	default:
		e.Reason, e.Err = "cannot read", err
	}
	return e
}
