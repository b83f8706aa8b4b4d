// Package reassembly answers two questions for the tracker: which connection a segment belongs to,
// and which of its bytes are new.
//
// It knows nothing of TCP states: whether a SYN opens a new life of a four-tuple is the tracker's
// to say.
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
		return Key{A: seg.Src, B: seg.Dst, APort: seg.SrcPort, BPort: seg.DstPort,
			Path: seg.Path}, false
	}
	return Key{A: seg.Dst, B: seg.Src, APort: seg.DstPort, BPort: seg.SrcPort, Path: seg.Path}, true
}

// inOrder reports whether a segment's source comes before its destination: by address, then by
// port. Two comparisons of eight bytes are quicker than bytes.Compare.
func inOrder(seg *tcp.Segment) bool {
	if a, b := binary.BigEndian.Uint64(seg.Src[:8]), binary.BigEndian.Uint64(seg.Dst[:8]); a != b {
		return a < b
	}
	if a, b := binary.BigEndian.Uint64(seg.Src[8:]), binary.BigEndian.Uint64(seg.Dst[8:]); a != b {
		return a < b
	}
	return seg.SrcPort <= seg.DstPort
}

// isOf reports whether a segment goes from the key's A to its B.
func (k *Key) isOf(seg *tcp.Segment) bool {
	return k.APort == seg.SrcPort && k.BPort == seg.DstPort && k.A == seg.Src && k.B == seg.Dst &&
		k.Path == seg.Path
}

// isOfReverse reports whether a segment goes from the key's B to its A.
func (k *Key) isOfReverse(seg *tcp.Segment) bool {
	return k.BPort == seg.SrcPort && k.APort == seg.DstPort && k.B == seg.Src && k.A == seg.Dst &&
		k.Path == seg.Path
}

// Tuple gives the key as a four-tuple from A to B.
func (k *Key) Tuple() tcp.FourTuple {
	return tcp.FourTuple{Src: k.A, Dst: k.B, SrcPort: k.APort, DstPort: k.BPort, Path: k.Path}
}
