package main

import (
	"context"
	"io"
)

// stoppable is a reader that ends when its context is done, even while a read waits for input that
// does not come.
type stoppable struct {
	ctx    context.Context
	chunks chan []byte // what was read, one at a time
	free   chan []byte // buffers to read into
	rest   []byte      // of the last chunk
	used   []byte      // the last chunk's buffer
	err    error       // set before chunks is closed
}

// chunkSize is how much is asked for at once: what a pipe holds at most by default.
const chunkSize = 64 << 10

// newStoppable begins to read r.
func newStoppable(ctx context.Context, r io.Reader) *stoppable {
	s := &stoppable{ctx: ctx, chunks: make(chan []byte), free: make(chan []byte, 2)}
	for range cap(s.free) {
		s.free <- make([]byte, chunkSize)
	}
	go s.pump(r)
	return s
}

// pump reads until r or the context ends. In the latter case it may stay in its last read, until
// the program is over.
func (s *stoppable) pump(r io.Reader) {
	defer close(s.chunks)
	for s.err == nil {
		var buf []byte
		select {
		case buf = <-s.free:
		case <-s.ctx.Done():
			return
		}
		var n int
		n, s.err = r.Read(buf)
		select {
		case s.chunks <- buf[:n]:
		case <-s.ctx.Done():
			return
		}
	}
}

// Read implements io.Reader.
func (s *stoppable) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.used != nil {
			s.free <- s.used
			s.used = nil
		}
		select {
		case chunk, ok := <-s.chunks:
			if !ok {
				return 0, s.end()
			}
			s.rest, s.used = chunk, chunk[:cap(chunk)]
		case <-s.ctx.Done():
			return 0, io.EOF
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// end says why there is nothing more.
func (s *stoppable) end() error {
	if s.err == nil {
		return io.EOF
	}
	return s.err
}
