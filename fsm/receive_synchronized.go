package fsm

import (
	"github.com/lastack/lastack/tcp"
)

// atSynchronized: ESTABLISHED and the states of a close, RFC 9293 section 3.10.7.4 in its order;
// tcp_rcv_established, tcp_rcv_state_process.
func (x *reception) atSynchronized() outcome {
	if !x.r.rcvKnown {
		return x.atUnknown()
	}
	if o, refused := x.refusedBeforeACK(); refused {
		return o
	}
	before, isOld := x.r.state, x.isOldACK()
	if isOld && x.predicted() {
		x.updateTSRecent() // header prediction takes the timestamp first
	}
	if o, refused := x.takeACK(); refused {
		return o
	}
	if !isOld && !x.in.Again {
		x.updateTSRecent()
	}
	x.r.urged = x.r.urged || x.seg.Flags.Has(tcp.URG) // tcp_check_urg
	if x.seg.SeqLen() == 0 || ended(before, x.r.state) {
		return taken
	}
	return x.takeText()
}

// ended reports whether an ACK ended the socket, which then does not look at the segment's text
// (tcp_rcv_state_process: consume).
func ended(before, after tcp.State) bool {
	return before == tcp.LastAck && after == tcp.Closed || before == tcp.Closing &&
		after == tcp.TimeWait
}

// refusedBeforeACK makes the checks up to the ACK: tcp_validate_incoming.
func (x *reception) refusedBeforeACK() (outcome, bool) {
	f := x.seg.Flags
	if !f.Any(tcp.ACK | tcp.RST | tcp.SYN) {
		return dropped, true
	}
	if o, refused := x.refusedByPAWS(); refused {
		return o, true
	}
	if o, refused := x.refusedBySequence(); refused {
		return o, true
	}
	if f.Has(tcp.RST) {
		return x.takeRST(), true
	}
	if f.Has(tcp.SYN) {
		return x.challenge(tcp.SynInWindow), true
	}
	return outcome{}, false
}

// atUnknown: the receiver's numbers are not known yet, so nothing can be said; what is certain is
// still taken in.
func (x *reception) atUnknown() outcome {
	if x.seg.Flags.Has(tcp.RST) {
		x.move(rcvRST, ReceivedRST)
		x.did.inferred()
	} else if x.seg.Flags.Has(tcp.FIN|tcp.ACK) && x.r.state != tcp.Unknown {
		x.keepFIN()
		x.takeFINIfDue()
	}
	why := tcp.MidStream
	if x.r.rcvKnown {
		why = tcp.NotCaptured
	}
	return outcome{tcp.VerdictUnknown, why, tcp.RespondNone}
}

// takeACK: RFC 9293 section 3.10.7.4 fifth, RFC 5961 section 5.2, tcp_ack.
func (x *reception) takeACK() (outcome, bool) {
	r, seg := x.r, x.seg
	if !seg.Flags.Has(tcp.ACK) {
		return dropped, true
	}
	if !r.sndKnown {
		return outcome{}, false
	}
	updates := x.updatesWindow()
	switch {
	case seg.Ack.Before(r.sndUna):
		span := r.maxWindow
		if x.profile().ACKBoundByData {
			span = min(span, r.bytesAcked)
		}
		if seg.Ack.Before(r.sndUna - tcp.Seq(span)) {
			o := x.challenge(tcp.OldAck)
			o.verdict = tcp.Duplicate
			return o, true
		}
		return outcome{}, false
	case seg.Ack.After(r.sndNxt):
		return x.challenge(tcp.AckUnacceptable), true
	case seg.Ack.After(r.sndUna):
		x.ackNew()
	}
	if updates {
		r.updateWindow(seg.Seq, x.in.Window)
	}
	return outcome{}, false
}

// updatesWindow is tcp_may_update_window, for an ACK that is not old (RFC 9293 section 3.10.7.4:
// SND.WL1, SND.WL2).
func (x *reception) updatesWindow() bool {
	r, seg := x.r, x.seg
	window := x.in.Window
	return seg.Ack.After(r.sndUna) || seg.Seq.After(r.sndWl1) || seg.Seq == r.sndWl1 &&
		(window > r.sndWnd || window == 0)
}

// ackNew takes an acknowledgment of something new at the receiver.
func (x *reception) ackNew() {
	r, seg := x.r, x.seg
	if grown := r.bytesAcked + uint32(seg.Ack-r.sndUna); grown >= r.bytesAcked {
		r.bytesAcked = grown
	}
	r.sndUna = seg.Ack
	x.did.ackedNew = true
	if r.finAcked() {
		x.move(rcvACKFIN, ReceivedACK)
	}
}

// isOldACK reports whether a segment's ACK is one that tcp_ack leaves before it comes to TS.Recent.
func (x *reception) isOldACK() bool {
	r := x.r
	return x.profile().OldACKStops && r.sndKnown && x.seg.Ack.Before(r.sndUna)
}

// predicted is the header prediction of tcp_rcv_established: the next segment in order, with
// nothing about it but its ACK and the timestamps that are agreed, and the window that is known
// already. Data is predicted only while there is memory at hand, which nobody can see: it is taken
// not to be.
func (x *reception) predicted() bool {
	r, seg := x.r, x.seg
	if r.state != tcp.Established || r.urged || seg.Flags&^tcp.PSH != tcp.ACK || seg.Len > 0 ||
		seg.Seq != r.rcvNxt ||
		seg.Ack.After(r.sndNxt) || len(r.ooo) > 0 || r.window() == 0 || x.in.Window != r.sndWnd {
		return false
	}
	// A client whose window is scaled begins to predict when the window changes from the SYN,ACK's,
	// or with the first data (tcp_finish_connect).
	begun := x.in.Shift == 0 || x.in.Passive || x.in.Simultaneous || r.rewindowed ||
		r.rcvNxt != x.in.PeerNext
	if !x.in.Stamps {
		return begun && seg.Options == 0
	}
	return begun && seg.Options == tcp.OptTimestamps && !tcp.TSBefore(seg.TSval, r.tsRecent)
}

// updateTSRecent: RFC 7323 section 4.3 rule 2 (tcp_replace_ts_recent): only from a segment that
// covers the last ACK sent.
func (x *reception) updateTSRecent() {
	r, seg := x.r, x.seg
	if !seg.Has(tcp.OptTimestamps) || !r.tsKnown || seg.Seq.After(r.rcvWup) {
		return
	}
	if !x.r.pawsFails(seg, 0) { // tcp_paws_check
		r.tsRecent, r.tsRecentAt = seg.TSval, seg.Time
	}
}

// takeText: data and FIN, RFC 9293 section 3.10.7.4 seventh and eighth; tcp_data_queue.
func (x *reception) takeText() outcome {
	r, seg, end := x.r, x.seg, x.seg.EndSeq()
	if r.finRcvd && end.After(r.rcvNxt) {
		return x.pastFIN()
	}
	switch {
	case end.AtOrBefore(r.rcvNxt):
		x.did.oldText = true
		return outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}
	case seg.Seq.AtOrAfter(r.rcvNxt + tcp.Seq(r.window())):
		// a bare FIN is taken into a closed window
		if r.window() == 0 && seg.Seq == r.rcvNxt && seg.Len == 0 {
			break
		}
		return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
	// the new part would not fit: TCP_ZEROWINDOW
	case r.window() == 0 && seg.Seq.Before(r.rcvNxt) && x.profile().ZeroWindowRefuses:
		return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
	case seg.Seq.After(r.rcvNxt):
		if !holds(r.ooo, seg.Seq, end) { // else it is dropped, with its FIN (tcp_data_queue_ofo)
			r.ooo.Add(seg.Seq, end)
			// what it covers is dropped, a FIN too
			r.finKnown = r.finKnown && !(seg.Seq.AtOrBefore(r.finAt) && end.After(r.finAt))
			x.keepFIN()
		}
		return outcome{tcp.Queue, tcp.OutOfOrder, tcp.RespondAck}
	}
	x.did.newText = true
	if r.finKnown && end.After(r.finAt) {
		// text where a queued FIN stood: tcp_ofo_queue drops what is old by then, and its FIN with
		// it
		r.finKnown = false
	}
	x.keepFIN()
	if seg.Flags.Has(tcp.FIN) {
		r.ooo = r.ooo[:0] // tcp_fin
	}
	r.advance(end)
	if r.finKnown && r.rcvNxt.After(r.finAt+1) {
		r.rcvNxt = r.finAt + 1 // a queued FIN purges what was queued beyond it
	}
	x.takeFINIfDue()
	return takenAck
}

// holds reports whether all of a piece of sequence space is there already.
func holds(queue tcp.Ranges, seq, end tcp.Seq) bool {
	for _, q := range queue {
		if q.From.AtOrBefore(seq) && q.To.AtOrAfter(end) {
			return true
		}
	}
	return false
}

// keepFIN remembers where the sender's FIN is, once a segment that carries it has been taken or
// queued.
func (x *reception) keepFIN() {
	fin := x.seg.EndSeq() - 1
	// the first of several is the one
	if x.seg.Flags.Has(tcp.FIN) && (!x.r.finKnown || fin.Before(x.r.finAt)) {
		x.r.finAt, x.r.finKnown = fin, true
	}
}

// pastFIN: the sender goes on after its own FIN. tcp_rcv_state_process ignores what begins there
// without a word, but takes what overlaps the FIN for data after close.
func (x *reception) pastFIN() outcome {
	x.did.notes |= PastOwnFIN
	r, seg := x.r, x.seg
	if x.profile().DataPastFINResets && seg.Seq.Before(r.rcvNxt) &&
		(seg.Seq + tcp.Seq(seg.Len)).AtOrBefore(r.rcvNxt) {
		if r.window() == 0 {
			return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
		}
		r.advance(seg.EndSeq()) // only a FIN goes past the first one, and is taken once more
		return takenAck
	}
	if x.profile().DataPastFINResets && seg.Seq.Before(r.rcvNxt) {
		x.enter(tcp.Closed, abort, DataAfterClose)
		return outcome{tcp.Discard, tcp.AfterClose, tcp.RespondRst}
	}
	return outcome{tcp.Discard, tcp.AfterClose, tcp.RespondNone}
}

// takeFINIfDue lets the socket take its peer's FIN when all before it is there (tcp_fin).
func (x *reception) takeFINIfDue() {
	if x.r.takesFIN() {
		x.move(rcvFIN, ReceivedFIN)
	}
}

// takesFIN takes the peer's FIN if RCV.NXT is past it, and reports whether it did.
func (r *Socket) takesFIN() bool {
	if r.finRcvd || !r.finKnown || !r.rcvNxt.After(r.finAt) {
		return false
	}
	r.finRcvd = true
	r.ooo = r.ooo[:0]
	return true
}

// advance takes RCV.NXT forward and drops what the out-of-order queue holds below it.
func (r *Socket) advance(to tcp.Seq) {
	r.rcvNxt = to
	for len(r.ooo) > 0 && r.ooo[0].From.AtOrBefore(r.rcvNxt) {
		r.rcvNxt = tcp.MaxSeq(r.rcvNxt, r.ooo[0].To)
		r.ooo = append(r.ooo[:0], r.ooo[1:]...)
	}
}
