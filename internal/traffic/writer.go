// Package traffic makes captures of made-up traffic for benchmarks: the same bytes for the same
// settings, as many as are asked for.
//
// What it makes is as regular as traffic gets, and all its checksums are right, so that lastack has
// nothing to say about it. How true lastack is, only recordings of real hosts can tell.
package traffic

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// Format is a capture file format.
type Format string

// The formats.
const (
	Pcap   Format = "pcap"
	Pcapng Format = "pcapng"
)

// writer writes records of Ethernet frames, with times in microseconds.
type writer struct {
	out     *bufio.Writer
	format  Format
	snapLen int
	head    []byte
	err     error
}

const ethernet = 1 // LINKTYPE_ETHERNET

func newWriter(w io.Writer, format Format, snapLen int) (*writer, error) {
	out := &writer{out: bufio.NewWriterSize(w, 1<<20), format: format, snapLen: snapLen}
	le := binary.LittleEndian
	b := out.head
	switch format {
	case Pcap: // draft-ietf-opsawg-pcap section 4
		b = le.AppendUint32(b, 0xa1b2c3d4)
		b = le.AppendUint32(b, 2|4<<16)
		b = le.AppendUint64(b, 0)
		b = le.AppendUint32(b, uint32(snapLen))
		b = le.AppendUint32(b, ethernet)
	case Pcapng: // draft-ietf-opsawg-pcapng sections 4.1 and 4.2
		for _, v := range []uint32{0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, 1, 20, ethernet, uint32(snapLen), 20} {
			b = le.AppendUint32(b, v)
		}
	default:
		return nil, fmt.Errorf("format %q is not known: want pcap or pcapng", format)
	}
	out.write(b)
	return out, nil
}

func (w *writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
}

// record writes a frame that was captured at a time in microseconds.
func (w *writer) record(at int64, frame []byte) {
	wire := len(frame)
	frame = frame[:min(wire, w.snapLen)]
	le := binary.LittleEndian
	if w.format == Pcap { // section 5
		b := le.AppendUint32(w.head[:0], uint32(at/1e6))
		b = le.AppendUint32(b, uint32(at%1e6))
		b = le.AppendUint32(b, uint32(len(frame)))
		w.head = le.AppendUint32(b, uint32(wire))
		w.write(w.head)
		w.write(frame)
		return
	}
	padded := (len(frame) + 3) &^ 3 // section 4.3, an enhanced packet block
	size := uint32(32 + padded)
	b := w.head[:0]
	for _, v := range [...]uint32{6, size, 0, uint32(at >> 32), uint32(at), uint32(len(frame)), uint32(wire)} {
		b = le.AppendUint32(b, v)
	}
	w.head = b
	w.write(b)
	w.write(frame)
	var end [7]byte
	le.PutUint32(end[padded-len(frame):], size)
	w.write(end[:padded-len(frame)+4])
}

// close writes what is left, and gives the first error.
func (w *writer) close() error {
	if w.err == nil {
		w.err = w.out.Flush()
	}
	return w.err
}
