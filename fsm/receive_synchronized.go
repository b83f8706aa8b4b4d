package fsm

import (
	"github.com/lastack/lastack/tcp"
)

// atSynchronized: ESTABLISHED and the states of a close, RFC 9293 section 3.10.7.4 in its order;
// tcp_rcv_established, tcp_rcv_state_process.
func (x *reception) atSynchronized() Outcome {
	if !x.r.RcvKnown {
		return x.atUnknown()
	}
	if o, refused := x.refusedBeforeACK(); refused {
		return o
	}
	before, isOld := x.r.State, x.isOldACK()
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
	if x.seg.SeqLen() == 0 || ended(before, x.r.State) {
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
func (x *reception) refusedBeforeACK() (Outcome, bool) {
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
	return Outcome{}, false
}

// atUnknown: the receiver's numbers are not known yet, so nothing can be said; what is certain is
// still taken in.
func (x *reception) atUnknown() Outcome {
	if x.seg.Flags.Has(tcp.RST) {
		x.move(RcvRST, ReceivedRST)
		x.did.inferred()
	} else if x.seg.Flags.Has(tcp.FIN|tcp.ACK) && x.r.State != tcp.Unknown {
		x.keepFIN()
		x.takeFINIfDue()
	}
	why := tcp.MidStream
	if x.r.RcvKnown {
		why = tcp.NotCaptured
	}
	return Outcome{tcp.VerdictUnknown, why, tcp.RespondNone}
}

// takeACK: RFC 9293 section 3.10.7.4 fifth, RFC 5961 section 5.2, tcp_ack.
func (x *reception) takeACK() (Outcome, bool) {
	r, seg := x.r, x.seg
	if !seg.Flags.Has(tcp.ACK) {
		return dropped, true
	}
	if !r.SndKnown {
		return Outcome{}, false
	}
	updates := x.updatesWindow()
	switch {
	case seg.Ack.Before(r.SndUna):
		span := r.MaxWindow
		if x.profile().ACKBoundByData {
			span = min(span, r.BytesAcked)
		}
		if seg.Ack.Before(r.SndUna - tcp.Seq(span)) {
			o := x.challenge(tcp.OldAck)
			o.Verdict = tcp.Duplicate
			return o, true
		}
		return Outcome{}, false
	case seg.Ack.After(r.SndNxt):
		return x.challenge(tcp.AckUnacceptable), true
	case seg.Ack.After(r.SndUna):
		x.ackNew()
	}
	if updates {
		r.UpdateWindow(seg.Seq, x.in.Window)
	}
	return Outcome{}, false
}

// updatesWindow is tcp_may_update_window, for an ACK that is not old (RFC 9293 section 3.10.7.4:
// SND.WL1, SND.WL2).
func (x *reception) updatesWindow() bool {
	r, seg := x.r, x.seg
	window := x.in.Window
	return seg.Ack.After(r.SndUna) || seg.Seq.After(r.SndWl1) || seg.Seq == r.SndWl1 &&
		(window > r.SndWnd || window == 0)
}

// ackNew takes an acknowledgment of something new at the receiver.
func (x *reception) ackNew() {
	r, seg := x.r, x.seg
	if grown := r.BytesAcked + uint32(seg.Ack-r.SndUna); grown >= r.BytesAcked {
		r.BytesAcked = grown
	}
	r.SndUna = seg.Ack
	x.did.AckedNew = true
	if r.FINAcked() {
		x.move(RcvACKFIN, ReceivedACK)
	}
}

// isOldACK reports whether a segment's ACK is one that tcp_ack leaves before it comes to TS.Recent.
func (x *reception) isOldACK() bool {
	r := x.r
	return x.profile().OldACKStops && r.SndKnown && x.seg.Ack.Before(r.SndUna)
}

// predicted is the header prediction of tcp_rcv_established: the next segment in order, with
// nothing about it but its ACK and the timestamps that are agreed, and the window that is known
// already. Data is predicted only while there is memory at hand, which nobody can see: it is taken
// not to be.
func (x *reception) predicted() bool {
	r, seg := x.r, x.seg
	if r.State != tcp.Established || r.urged || seg.Flags&^tcp.PSH != tcp.ACK || seg.Len > 0 ||
		seg.Seq != r.RcvNxt ||
		seg.Ack.After(r.SndNxt) || len(r.OutOfOrder) > 0 || r.window() == 0 || x.in.Window != r.SndWnd {
		return false
	}
	// A client whose window is scaled begins to predict when the window changes from the SYN,ACK's,
	// or with the first data (tcp_finish_connect).
	begun := x.in.Shift == 0 || x.in.Passive || x.in.Simultaneous || r.rewindowed ||
		r.RcvNxt != x.in.PeerNext
	if !x.in.Stamps {
		return begun && seg.Options == 0
	}
	return begun && seg.Options == tcp.OptTimestamps && !tcp.TSBefore(seg.TSval, r.TSRecent)
}

// updateTSRecent: RFC 7323 section 4.3 rule 2 (tcp_replace_ts_recent): only from a segment that
// covers the last ACK sent.
func (x *reception) updateTSRecent() {
	r, seg := x.r, x.seg
	if !seg.Has(tcp.OptTimestamps) || !r.TSKnown || seg.Seq.After(r.RcvWup) {
		return
	}
	if !x.r.PawsFails(seg, 0) { // tcp_paws_check
		r.TSRecent, r.TSRecentAt = seg.TSval, seg.Time
	}
}

// takeText: data and FIN, RFC 9293 section 3.10.7.4 seventh and eighth; tcp_data_queue.
func (x *reception) takeText() Outcome {
	r, seg, end := x.r, x.seg, x.seg.EndSeq()
	if r.FINRcvd && end.After(r.RcvNxt) {
		return x.pastFIN()
	}
	switch {
	case end.AtOrBefore(r.RcvNxt):
		x.did.OldText = true
		return Outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}
	case seg.Seq.AtOrAfter(r.RcvNxt + tcp.Seq(r.window())):
		// a bare FIN is taken into a closed window
		if r.window() == 0 && seg.Seq == r.RcvNxt && seg.Len == 0 {
			break
		}
		return Outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
	// the new part would not fit: TCP_ZEROWINDOW
	case r.window() == 0 && seg.Seq.Before(r.RcvNxt) && x.profile().ZeroWindowRefuses:
		return Outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
	case seg.Seq.After(r.RcvNxt):
		if !holds(r.OutOfOrder, seg.Seq, end) { // else it is dropped, with its FIN (tcp_data_queue_ofo)
			r.OutOfOrder.Add(seg.Seq, end)
			// what it covers is dropped, a FIN too
			r.FINKnown = r.FINKnown && !(seg.Seq.AtOrBefore(r.FINAt) && end.After(r.FINAt))
			x.keepFIN()
		}
		return Outcome{tcp.Queue, tcp.OutOfOrder, tcp.RespondAck}
	}
	x.did.NewText = true
	if r.FINKnown && end.After(r.FINAt) {
		// text where a queued FIN stood: tcp_ofo_queue drops what is old by then, and its FIN with
		// it
		r.FINKnown = false
	}
	x.keepFIN()
	if seg.Flags.Has(tcp.FIN) {
		r.OutOfOrder = r.OutOfOrder[:0] // tcp_fin
	}
	r.Advance(end)
	if r.FINKnown && r.RcvNxt.After(r.FINAt+1) {
		r.RcvNxt = r.FINAt + 1 // a queued FIN purges what was queued beyond it
	}
	x.takeFINIfDue()
	return TakenAck
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
	if x.seg.Flags.Has(tcp.FIN) && (!x.r.FINKnown || fin.Before(x.r.FINAt)) {
		x.r.FINAt, x.r.FINKnown = fin, true
	}
}

// pastFIN: the sender goes on after its own FIN. tcp_rcv_state_process ignores what begins there
// without a word, but takes what overlaps the FIN for data after close.
func (x *reception) pastFIN() Outcome {
	x.did.Notes |= PastOwnFIN
	r, seg := x.r, x.seg
	if x.profile().DataPastFINResets && seg.Seq.Before(r.RcvNxt) &&
		(seg.Seq + tcp.Seq(seg.Len)).AtOrBefore(r.RcvNxt) {
		if r.window() == 0 {
			return Outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
		}
		r.Advance(seg.EndSeq()) // only a FIN goes past the first one, and is taken once more
		return TakenAck
	}
	if x.profile().DataPastFINResets && seg.Seq.Before(r.RcvNxt) {
		x.enter(tcp.Closed, Abort, DataAfterClose)
		return Outcome{tcp.Discard, tcp.AfterClose, tcp.RespondRst}
	}
	return Outcome{tcp.Discard, tcp.AfterClose, tcp.RespondNone}
}

// takeFINIfDue lets the socket take its peer's FIN when all before it is there (tcp_fin).
func (x *reception) takeFINIfDue() {
	if x.r.TakesFIN() {
		x.move(RcvFIN, ReceivedFIN)
	}
}

// TakesFIN takes the peer's FIN if RCV.NXT is past it, and reports whether it did.
func (r *Socket) TakesFIN() bool {
	if r.FINRcvd || !r.FINKnown || !r.RcvNxt.After(r.FINAt) {
		return false
	}
	r.FINRcvd = true
	r.OutOfOrder = r.OutOfOrder[:0]
	return true
}

// Advance takes RCV.NXT forward and drops what the out-of-order queue holds below it.
func (r *Socket) Advance(to tcp.Seq) {
	r.RcvNxt = to
	for len(r.OutOfOrder) > 0 && r.OutOfOrder[0].From.AtOrBefore(r.RcvNxt) {
		r.RcvNxt = tcp.MaxSeq(r.RcvNxt, r.OutOfOrder[0].To)
		r.OutOfOrder = append(r.OutOfOrder[:0], r.OutOfOrder[1:]...)
	}
}
