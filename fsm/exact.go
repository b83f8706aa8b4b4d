package fsm

import "github.com/lastack/lastack/tcp"

// When a RST is exact. A receiver obeys a RST that has just the number that it expects, challenges
// one that lies elsewhere in its window, and drops the others (RFC 5961 section 3.2). Example: a
// receiver with RCV.NXT 100 and a window of 1000 obeys number 100, challenges 101 to 1099, and
// drops 99 and 1100. Stacks differ in which number that is. All that decides it stands here.

// ExactRST is a set of numbers at which a stack obeys a RST.
type ExactRST uint8

// The numbers.
const (
	// RSTAtNext: RCV.NXT, as RFC 5961 has it.
	RSTAtNext ExactRST = 1 << iota
	// RSTAtSACKEdge: the right edge of the highest block that is held beyond a hole.
	RSTAtSACKEdge
	// RSTBelowFIN: RCV.NXT-1 once the peer's FIN is in, since the peer may not count its FIN.
	RSTBelowFIN
	// RSTAtLastACK: what the receiver has acknowledged last, while its next ACK is delayed.
	RSTAtLastACK
	// RSTBelowLastACK: one less than that.
	RSTBelowLastACK
	// RSTAboveNext: RCV.NXT+1.
	RSTAboveNext
)

// obeysRST reports whether the socket obeys a RST of a number. takes is its stack's, sack says
// that both sides have agreed on selective acknowledgments.
func (e *Socket) obeysRST(takes ExactRST, seq tcp.Seq, sack bool) bool {
	has := func(number ExactRST) bool { return takes&number != 0 }
	switch {
	case has(RSTAtNext) && ExactFor(seq, e.RcvNxt):
		return true
	case has(RSTAtSACKEdge) && sack && len(e.OutOfOrder) > 0 && seq == e.OutOfOrder[len(e.OutOfOrder)-1].To:
		return true
	case has(RSTAtLastACK) && seq == e.RcvWup, has(RSTBelowLastACK) && seq == e.RcvWup-1:
		return true
	case has(RSTAboveNext) && seq == e.RcvNxt+1:
		return true
	}
	hasFIN := e.State == tcp.CloseWait || e.State == tcp.LastAck || e.State == tcp.Closing
	return has(RSTBelowFIN) && hasFIN && ExactFor(seq, e.RcvNxt-1)
}

// obeyed reports whether the segment is a RST that its receiver obeys. Some of those numbers lie
// outside the window, so that this is asked before the window is (tcp_reset_check).
func (x *reception) obeyed() bool {
	return x.seg.Flags.Has(tcp.RST) && x.r.obeysRST(x.profile().ExactRST, x.seg.Seq, x.in.SACK)
}

// ExactFor reports whether a RST of a number is exact for a receiver that expects next: what an ACK
// of the receiver says, it expects.
func ExactFor(rst, next tcp.Seq) bool { return rst == next }

// takeRST is what a synchronized socket does with a RST in its window (RFC 5961 section 3.2).
func (x *reception) takeRST() Outcome {
	if !x.obeyed() {
		if x.profile().InexactRST == AnswerSilence {
			return Outcome{tcp.Discard, tcp.RstNotExact, tcp.RespondNone}
		}
		return x.challenge(tcp.RstNotExact)
	}
	x.r.resetState = x.r.State
	x.move(RcvRST, ReceivedRST)
	return validReset
}

// takeRSTInRequest is what a request does with one, since Linux 6.10 (tcp_check_req).
func (x *reception) takeRSTInRequest() Outcome {
	if !ExactFor(x.seg.Seq, x.r.RcvNxt) {
		return x.challenge(tcp.RstNotExact)
	}
	x.move(RcvRST, ReceivedRST)
	return validReset
}
