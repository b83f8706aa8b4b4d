package fsm

import (
	"github.com/lastack/lastack/tcp"
)

// Socket is the model of one side's socket: the variables of RFC 9293 section 3.3.1, as far as they
// can be known from outside. What the side itself sent is certain; what it received is assumed
// when a segment is delivered and corrected by proof: every ACK that it sends tells its RCV.NXT,
// every timestamp echo its TS.Recent.
type Socket struct {
	state tcp.State

	iss    tcp.Seq // its initial sequence number, with issKnown
	sndUna tcp.Seq // oldest unacknowledged, as far as ACKs have been delivered to it
	sndNxt tcp.Seq // after the highest it sent
	finAt  tcp.Seq // of the peer's FIN, once it has that, with finKnown
	finAck tcp.Seq // the ACK that its FIN carried when it was first sent
	finSeq tcp.Seq // of its FIN, with finSent
	rcvNxt tcp.Seq // next expected, counting what was delivered to it
	rcvWup tcp.Seq // the last ACK it sent: what is proved of rcvNxt (the kernel's rcv_wup)
	edge   tcp.Seq // right edge of the receive window: highest ACK+window it ever advertised

	offered uint32 // the receive window it last advertised, bytes
	// the largest window that its peer offered (MAX.SND.WND, RFC 5961 section 5.2)
	maxWindow  uint32
	bytesAcked uint32 // acknowledged of its data, saturating (the kernel limits maxWindow by it)

	tsRecent    uint32  // TS.Recent (RFC 7323 section 4.3), with tsKnown
	tsRecentAt  int64   // when it was set, ns
	lastTSval   uint32  // the newest TSval it sent, with tsSent
	lastTSvalAt int64   // when lastTSval was recorded, ns
	synTSval    uint32  // the newest of its SYN or SYN,ACK
	sndWl1      tcp.Seq // SEQ of the segment that last updated its send window (SND.WL1)
	sndWnd      uint32  // the send window, bytes
	firstTSval  uint32  // the first, for the echo checks of the handshake
	freshAt     Mark    // when it last sent something for the first time
	lastOOWAck  int64   // when it last sent an ACK that tcp_invalid_ratelimit counts, ns
	refusedAt   tcp.Seq // what that ACK acknowledged
	stateSince  int64   // when state was entered; for TIME-WAIT when its 2MSL was last restarted

	ooo tcp.Ranges // received out of order and kept

	// the state before a RST was taken to end it, to go back to when it proves alive
	resetState tcp.State
	overflowed bool  // a request that the accept queue has no room for
	urged      bool  // it has taken urgent data: no header prediction
	rewindowed bool  // its send window is another than it was
	child      bool  // a socket in SYN-RECEIVED that was made of a request
	former     bool  // the previous life's socket, which turned out to be there still
	edgeKnown  bool  // it has advertised a window since rcvNxt is known
	synSeen    bool  // its SYN or SYN,ACK is in the capture
	stray      bool  // a request for an old SYN, whose SYN,ACK its peer does not take
	shiftKnown bool  // both SYNs were seen, so shift is what was agreed
	shift      uint8 // its window scale
	issKnown   bool
	sndKnown   bool
	rcvKnown   bool
	finSent    bool
	finKnown   bool
	finCrossed bool // the peer's FIN was taken to have arrived before it had
	finRcvd    bool // the peer's FIN was delivered in order
	tsKnown    bool
	tsSent     bool
}

// largestWindow is as large as TCP allows (RFC 7323 section 2.3). It also stands for a window that
// was never seen, so that nothing is called outside it.
const largestWindow = 1 << 30

// maxShift is the largest window scale (RFC 7323 section 2.3).
const maxShift = 14

// scaled gives the size of a window that the endpoint advertises. Where the SYNs were not seen the
// scale may be anything; the largest one errs on the side of taking what arrives.
func (e *Socket) scaled(seg *tcp.Segment) uint32 {
	switch {
	case seg.Flags.Has(tcp.SYN): // RFC 7323 section 2.2: the window of a SYN is never scaled
		return uint32(seg.Window)
	case !e.shiftKnown:
		return uint32(seg.Window) << maxShift
	}
	return uint32(seg.Window) << e.shift
}

// window gives the receive window: bytes that may still be sent to it from rcvNxt on.
func (e *Socket) window() uint32 {
	if !e.edgeKnown {
		return largestWindow
	}
	if !e.edge.After(e.rcvNxt) {
		return 0
	}
	return uint32(e.edge - e.rcvNxt)
}

// updateWindow takes the window of a segment (tcp_ack_update_window).
func (e *Socket) updateWindow(seq tcp.Seq, window uint32) {
	e.rewindowed = e.rewindowed || window != e.sndWnd
	e.sndWl1, e.sndWnd, e.maxWindow = seq, window, max(e.maxWindow, window)
}

// acceptableSeq is the number that it sends what carries nothing with: SND.NXT, or the right edge
// of its send window if that has shrunk (tcp_acceptable_seq).
func (e *Socket) acceptableSeq() tcp.Seq {
	if edge := e.sndUna + tcp.Seq(e.sndWnd); e.sndWl1 != 0 && edge.Before(e.sndNxt) {
		return edge
	}
	return e.sndNxt
}

// finAcked reports whether everything that it sent, its FIN included, has been acknowledged to it.
func (e *Socket) finAcked() bool { return e.finSent && e.sndUna.After(e.finSeq) }

// wanted is the endpoint's expectation, for explaining a verdict.
func (e *Socket) wanted() Wanted {
	return Wanted{RcvNxt: e.rcvNxt, RcvWnd: e.window(), SndUna: e.sndUna, SndNxt: e.sndNxt,
		TSRecent: e.tsRecent,
		TSKnown:  e.tsKnown, Known: e.rcvKnown}
}

// begins sets a side's initial sequence number.
func (e *Socket) begins(seg *tcp.Segment) {
	e.iss, e.issKnown = seg.Seq, true
	e.sndUna, e.sndNxt, e.sndKnown = seg.Seq, seg.EndSeq(), true
}
