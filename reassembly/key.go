// Package reassembly answers two questions for the tracker: which connection a segment belongs to, and which of its bytes are new.
//
// It knows nothing of TCP states: whether a SYN opens a new life of a four-tuple is the tracker's to say.
package reassembly

import (
	"bytes"

	"github.com/lastack/lastack/tcp"
)

// Key is a four-tuple in canonical order, the same for both directions.
type Key struct {
	A, B         tcp.Addr
	APort, BPort uint16
	Path         uint32
}

// KeyOf gives the segment's key, and whether the segment goes from B to A.
func KeyOf(seg *tcp.Segment) (key Key, fromB bool) {
	c := bytes.Compare(seg.Src[:], seg.Dst[:])
	if c < 0 || c == 0 && seg.SrcPort <= seg.DstPort {
		return Key{A: seg.Src, B: seg.Dst, APort: seg.SrcPort, BPort: seg.DstPort, Path: seg.Path}, false
	}
	return Key{A: seg.Dst, B: seg.Src, APort: seg.DstPort, BPort: seg.SrcPort, Path: seg.Path}, true
}

// Tuple gives the key as a four-tuple from A to B.
func (k *Key) Tuple() tcp.FourTuple {
	return tcp.FourTuple{Src: k.A, Dst: k.B, SrcPort: k.APort, DstPort: k.BPort, Path: k.Path}
}
