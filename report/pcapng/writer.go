package pcapng

import (
	"io"

	"github.com/lastack/lastack/capture"
)

// Option codes that all blocks have in common (draft-ietf-opsawg-pcapng section 3.5).
const (
	optEnd     = 0
	optComment = 1
)

// maxComment is the longest comment that is written: an option's length has 16 bits.
const maxComment = 1<<16 - 4

// writer copies the blocks of a capture, with comments.
type writer struct {
	w       io.Writer
	comment string // of the first section
	notes   notes
	wanted  func(*capture.Block) bool
	b       []byte // the block being written, used again
}

// block writes a block, or not.
func (w *writer) block(b *capture.Block) error {
	switch {
	case b.Packet != nil:
		if !w.wanted(b) {
			return nil
		}
		w.packet(b)
	case b.Type == capture.BlockSection:
		w.section(b)
	default:
		w.start(b)
		w.b = append(w.b, b.Body...)
	}
	w.end(b)
	_, err := w.w.Write(w.b)
	return err
}

// section writes a section header: with the comment, and without its length, which is another now
// (section 4.1).
func (w *writer) section(b *capture.Block) {
	const fixed, length = 16, 8
	w.start(b)
	w.b = append(w.b, b.Body[:length]...)
	w.b = b.Order.AppendUint64(w.b, ^uint64(0))
	w.options(b.Order, b.Body[fixed:], w.comment)
	w.comment = ""
}

// packet writes an Enhanced Packet Block (section 4.3).
func (w *writer) packet(b *capture.Block) {
	p, o := b.Packet, b.Order
	w.start(b)
	w.b = o.AppendUint32(w.b, p.Iface)
	w.b = o.AppendUint32(w.b, uint32(p.Stamp>>32))
	w.b = o.AppendUint32(w.b, uint32(p.Stamp))
	w.b = o.AppendUint32(w.b, uint32(len(p.Data)))
	w.b = o.AppendUint32(w.b, p.Wire)
	w.b = append(w.b, p.Data...)
	w.pad()
	w.options(o, p.Options, w.notes.comment(b.Frame))
}

// options writes a comment and the options that were there (section 3.5).
func (w *writer) options(o capture.ByteOrder, old []byte, comment string) {
	if comment == "" {
		w.b = append(w.b, old...)
		return
	}
	comment = comment[:min(len(comment), maxComment)]
	w.b = o.AppendUint16(w.b, optComment)
	w.b = o.AppendUint16(w.b, uint16(len(comment)))
	w.b = append(w.b, comment...)
	w.pad()
	if len(old) == 0 {
		w.b = o.AppendUint32(w.b, optEnd)
	}
	w.b = append(w.b, old...)
}

// start begins a block; its length is filled in by end (section 3.1).
func (w *writer) start(b *capture.Block) {
	w.b = b.Order.AppendUint32(w.b[:0], b.Type)
	w.b = b.Order.AppendUint32(w.b, 0)
}

// end completes a block.
func (w *writer) end(b *capture.Block) {
	w.b = b.Order.AppendUint32(w.b, uint32(len(w.b)+4))
	b.Order.PutUint32(w.b[4:], uint32(len(w.b)))
}

// pad fills up to a multiple of four bytes.
func (w *writer) pad() {
	for len(w.b)%4 != 0 {
		w.b = append(w.b, 0)
	}
}
