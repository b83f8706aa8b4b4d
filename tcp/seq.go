// Package tcp is lastack's vocabulary: sequence numbers, flags, states, verdicts and the decoded
// segment.
//
// It is a leaf: it imports nothing of lastack, and every stage of the pipeline speaks in its terms.
// The names are those of RFC 9293 and of the Linux kernel.
package tcp

// Seq is a TCP sequence number. Sequence numbers wrap, so they are compared by serial arithmetic
// only (RFC 9293 section 3.4): the methods below, never < or >. Of two that are half a turn apart
// each is both before and after the other, as it is for the kernel.
type Seq uint32

// Before reports whether s comes before t (the kernel's before()).
func (s Seq) Before(t Seq) bool { return int32(s-t) < 0 }

// After reports whether s comes after t (the kernel's after()).
func (s Seq) After(t Seq) bool { return int32(t-s) < 0 }

// AtOrBefore reports whether s is t or comes before it.
func (s Seq) AtOrBefore(t Seq) bool { return int32(t-s) >= 0 }

// AtOrAfter reports whether s is t or comes after it.
func (s Seq) AtOrAfter(t Seq) bool { return int32(s-t) >= 0 }

// Sub gives the signed distance s − t in sequence space, in bytes, −2³¹ … 2³¹−1.
func (s Seq) Sub(t Seq) int32 { return int32(s - t) }

// MaxSeq gives the later of two sequence numbers.
func MaxSeq(s, t Seq) Seq {
	if s.After(t) {
		return s
	}
	return t
}

// TSBefore reports whether timestamp value a is older than b, in serial arithmetic (RFC 7323
// section 5.2).
func TSBefore(a, b uint32) bool { return int32(a-b) < 0 }
