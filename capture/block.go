package capture

import (
	"errors"
	"io"
	"unsafe"
)

const (
	pageSize = 4096

	// readSize is how much is asked for at once: enough to make the cost of the system call vanish,
	// and little enough to leave room for the connections in the second-level cache.
	readSize = 1 << 18

	// headroom is the room before the place where reads land, for the start of a record that the
	// last read cut in two. Every pcap record fits; a larger pcapng block makes the buffer grow.
	headroom = maxCaptured + pageSize
)

// errPause says that the next byte is not there yet and that the caller asked not to wait for it.
var errPause = errors.New("capture: input would block")

// blockReader gives a stream's bytes in place: peek shows them, advance moves past them. Reads land
// on a page border, because the kernel's copy to an address 16 bytes past one takes twice as long.
type blockReader struct {
	src  io.Reader
	buf  []byte
	base int   // index of the page border in buf where reads land
	r, w int   // buf[r:w] was read from src and not yet consumed
	end  int64 // offset in the stream of buf[w]
	err  error // what src answered at its end
	hold bool  // answer errPause instead of reading on
}

// reset starts again with another stream, keeping the buffer.
func (b *blockReader) reset(src io.Reader) {
	buf, base := b.buf, b.base
	if buf == nil {
		buf, base = pageAligned(headroom, readSize)
	}
	*b = blockReader{src: src, buf: buf, base: base, r: base, w: base}
}

// pageAligned makes a buffer with at least before bytes in front of a page border and after bytes
// behind it.
func pageAligned(before, after int) (buf []byte, border int) {
	buf = make([]byte, before+pageSize+after)
	border = before + pageSize - int((uintptr(unsafe.Pointer(&buf[0]))+uintptr(before))%pageSize)
	return buf, border
}

// offset is the place in the stream of the next byte to consume.
func (b *blockReader) offset() int64 { return b.end - int64(b.w-b.r) }

// advance consumes n bytes that peek showed.
func (b *blockReader) advance(n int) { b.r += n }

// there gives the bytes that are there without reading.
func (b *blockReader) there() []byte { return b.buf[b.r:b.w] }

// peek shows the next n bytes without consuming them. They stay valid until the next call. With
// fewer than n bytes left it gives those, and io.EOF for none at all, io.ErrUnexpectedEOF for some,
// or the stream's own error.
func (b *blockReader) peek(n int) ([]byte, error) {
	if b.w-b.r >= n {
		return b.buf[b.r : b.r+n], nil
	}
	return b.fill(n)
}

// fill reads until n bytes are there.
func (b *blockReader) fill(n int) ([]byte, error) {
	if b.hold && b.err == nil {
		return nil, errPause
	}
	b.makeRoom(n)
	for b.w-b.r < n && b.err == nil {
		var got int
		got, b.err = b.src.Read(b.buf[b.w:])
		b.w += got
		b.end += int64(got)
	}
	have := b.w - b.r
	switch {
	case have >= n:
		return b.buf[b.r : b.r+n], nil
	case b.err != io.EOF:
		return b.buf[b.r:b.w], b.err
	case have == 0:
		return nil, io.EOF
	}
	return b.buf[b.r:b.w], io.ErrUnexpectedEOF
}

// makeRoom moves what is left of the last read right before the page border, in a larger buffer if
// n bytes do not fit.
func (b *blockReader) makeRoom(n int) {
	rest := b.buf[b.r:b.w]
	if len(rest) > b.base || n-len(rest) > len(b.buf)-b.base {
		b.buf, b.base = pageAligned(n, max(n, readSize))
	}
	b.r = b.base - copy(b.buf[b.base-len(rest):], rest)
	b.w = b.base
}

// discard consumes n bytes, however many, without keeping them. It cannot be repeated half way, so
// it does not pause.
func (b *blockReader) discard(n int64) error {
	hold := b.hold
	b.hold = false
	defer func() { b.hold = hold }()
	for n > 0 {
		step := int(min(n, readSize))
		got, err := b.peek(step)
		if err != nil {
			b.advance(len(got))
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		b.advance(step)
		n -= int64(step)
	}
	return nil
}
