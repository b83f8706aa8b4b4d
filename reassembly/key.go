// Package reassembly answers two questions for the tracker: which connection a segment belongs to, and which of its bytes are new.
//
// It knows nothing of TCP states: whether a SYN opens a new life of a four-tuple is the tracker's to say.
package reassembly

import (
	"encoding/binary"

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
	if inOrder(seg) {
		return Key{A: seg.Src, B: seg.Dst, APort: seg.SrcPort, BPort: seg.DstPort, Path: seg.Path}, false
	}
	return Key{A: seg.Dst, B: seg.Src, APort: seg.DstPort, BPort: seg.SrcPort, Path: seg.Path}, true
}

// inOrder reports whether a segment's source comes before its destination: by address, then by port. Two comparisons of eight bytes
// are quicker than bytes.Compare.
func inOrder(seg *tcp.Segment) bool {
	if a, b := binary.BigEndian.Uint64(seg.Src[:8]), binary.BigEndian.Uint64(seg.Dst[:8]); a != b {
		return a < b
	}
	if a, b := binary.BigEndian.Uint64(seg.Src[8:]), binary.BigEndian.Uint64(seg.Dst[8:]); a != b {
		return a < b
	}
	return seg.SrcPort <= seg.DstPort
}

// equal is ==, which is slower: it compares byte by byte what has no padding.
func (k *Key) equal(l *Key) bool {
	return k.A == l.A && k.B == l.B && k.APort == l.APort && k.BPort == l.BPort && k.Path == l.Path
}

// Tuple gives the key as a four-tuple from A to B.
func (k *Key) Tuple() tcp.FourTuple {
	return tcp.FourTuple{Src: k.A, Dst: k.B, SrcPort: k.APort, DstPort: k.BPort, Path: k.Path}
}
