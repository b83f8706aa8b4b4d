package fsm

import (
	"github.com/lastack/lastack/tcp"
)

// Socket is the model of one side's socket: the variables of RFC 9293 section 3.3.1, as far as they
// can be known from outside. What the side itself sent is certain; what it received is assumed
// when a segment is delivered and corrected by proof: every ACK that it sends tells its RCV.NXT,
// every timestamp echo its TS.Recent.
type Socket struct {
	State tcp.State

	ISS    tcp.Seq // its initial sequence number, with issKnown
	SndUna tcp.Seq // oldest unacknowledged, as far as ACKs have been delivered to it
	SndNxt tcp.Seq // after the highest it sent
	FINAt  tcp.Seq // of the peer's FIN, once it has that, with finKnown
	FINAck tcp.Seq // the ACK that its FIN carried when it was first sent
	FINSeq tcp.Seq // of its FIN, with finSent
	RcvNxt tcp.Seq // next expected, counting what was delivered to it
	RcvWup tcp.Seq // the last ACK it sent: what is proved of RcvNxt (the kernel's rcv_wup)
	Edge   tcp.Seq // right edge of the receive window: highest ACK+window it ever advertised

	Offered uint32 // the receive window it last advertised, bytes
	// the largest window that its peer offered (MAX.SND.WND, RFC 5961 section 5.2)
	MaxWindow  uint32
	BytesAcked uint32 // acknowledged of its data, saturating (the kernel limits maxWindow by it)

	TSRecent    uint32  // TS.Recent (RFC 7323 section 4.3), with tsKnown
	TSRecentAt  int64   // when it was set, ns
	LastTSval   uint32  // the newest TSval it sent, with tsSent
	LastTSvalAt int64   // when lastTSval was recorded, ns
	SYNTSval    uint32  // the newest of its SYN or SYN,ACK
	SndWl1      tcp.Seq // SEQ of the segment that last updated its send window (SND.WL1)
	SndWnd      uint32  // the send window, bytes
	FirstTSval  uint32  // the first, for the echo checks of the handshake
	FreshAt     Mark    // when it last sent something for the first time
	LastOOWAck  int64   // when it last sent an ACK that tcp_invalid_ratelimit counts, ns
	RefusedAt   tcp.Seq // what that ACK acknowledged
	StateSince  int64   // when state was entered; for TIME-WAIT when its 2MSL was last restarted

	OutOfOrder tcp.Ranges // received out of order and kept

	// the state before a RST was taken to end it, to go back to when it proves alive
	resetState tcp.State
	Overflowed bool  // a request that the accept queue has no room for
	urged      bool  // it has taken urgent data: no header prediction
	rewindowed bool  // its send window is another than it was
	Child      bool  // a socket in SYN-RECEIVED that was made of a request
	Former     bool  // the previous life's socket, which turned out to be there still
	EdgeKnown  bool  // it has advertised a window since RcvNxt is known
	SYNSeen    bool  // its SYN or SYN,ACK is in the capture
	Stray      bool  // a request for an old SYN, whose SYN,ACK its peer does not take
	ShiftKnown bool  // both SYNs were seen, so shift is what was agreed
	Shift      uint8 // its window scale
	ISSKnown   bool
	SndKnown   bool
	RcvKnown   bool
	FINSent    bool
	FINKnown   bool
	FINCrossed bool // the peer's FIN was taken to have arrived before it had
	FINRcvd    bool // the peer's FIN was delivered in order
	TSKnown    bool
	TSSent     bool
}

// LargestWindow is as large as TCP allows (RFC 7323 section 2.3). It also stands for a window that
// was never seen, so that nothing is called outside it.
const LargestWindow = 1 << 30

// MaxShift is the largest window scale (RFC 7323 section 2.3).
const MaxShift = 14

// Scaled gives the size of a window that the endpoint advertises. Where the SYNs were not seen the
// scale may be anything; the largest one errs on the side of taking what arrives.
func (e *Socket) Scaled(seg *tcp.Segment) uint32 {
	switch {
	case seg.Flags.Has(tcp.SYN): // RFC 7323 section 2.2: the window of a SYN is never scaled
		return uint32(seg.Window)
	case !e.ShiftKnown:
		return uint32(seg.Window) << MaxShift
	}
	return uint32(seg.Window) << e.Shift
}

// window gives the receive window: bytes that may still be sent to it from RcvNxt on.
func (e *Socket) window() uint32 {
	if !e.EdgeKnown {
		return LargestWindow
	}
	if !e.Edge.After(e.RcvNxt) {
		return 0
	}
	return uint32(e.Edge - e.RcvNxt)
}

// UpdateWindow takes the window of a segment (tcp_ack_update_window).
func (e *Socket) UpdateWindow(seq tcp.Seq, window uint32) {
	e.rewindowed = e.rewindowed || window != e.SndWnd
	e.SndWl1, e.SndWnd, e.MaxWindow = seq, window, max(e.MaxWindow, window)
}

// AcceptableSeq is the number that it sends what carries nothing with: SND.NXT, or the right edge
// of its send window if that has shrunk (tcp_acceptable_seq).
func (e *Socket) AcceptableSeq() tcp.Seq {
	if edge := e.SndUna + tcp.Seq(e.SndWnd); e.SndWl1 != 0 && edge.Before(e.SndNxt) {
		return edge
	}
	return e.SndNxt
}

// FINAcked reports whether everything that it sent, its FIN included, has been acknowledged to it.
func (e *Socket) FINAcked() bool { return e.FINSent && e.SndUna.After(e.FINSeq) }

// Wanted is the endpoint's expectation, for explaining a verdict.
func (e *Socket) Wanted() Wanted {
	return Wanted{RcvNxt: e.RcvNxt, RcvWnd: e.window(), SndUna: e.SndUna, SndNxt: e.SndNxt,
		TSRecent: e.TSRecent,
		TSKnown:  e.TSKnown, Known: e.RcvKnown}
}

// Begins sets a side's initial sequence number.
func (e *Socket) Begins(seg *tcp.Segment) {
	e.ISS, e.ISSKnown = seg.Seq, true
	e.SndUna, e.SndNxt, e.SndKnown = seg.Seq, seg.EndSeq(), true
}
