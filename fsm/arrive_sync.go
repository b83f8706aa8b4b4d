package fsm

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// atSynchronized: ESTABLISHED and the states of a close, RFC 9293 section 3.10.7.4 in its order; tcp_rcv_established,
// tcp_rcv_state_process.
func (a *arrival) atSynchronized() outcome {
	if !a.r.rcvKnown {
		return a.atUnknown()
	}
	if o, refused := a.refusedBeforeACK(); refused {
		return o
	}
	before, isOld := a.r.state, a.isOldACK()
	if isOld && a.predicted() {
		a.updateTSRecent() // header prediction takes the timestamp first
	}
	if o, refused := a.takeACK(); refused {
		return o
	}
	if !isOld && !a.perhapsOld() {
		a.updateTSRecent()
	}
	a.r.urged = a.r.urged || a.seg.Flags.Has(tcp.URG) // tcp_check_urg
	if a.seg.SeqLen() == 0 || ended(before, a.r.state) {
		return taken
	}
	return a.takeText()
}

// ended reports whether an ACK ended the socket, which then does not look at the segment's text (tcp_rcv_state_process: consume).
func ended(before, after tcp.State) bool {
	return before == tcp.LastAck && after == tcp.Closed || before == tcp.Closing && after == tcp.TimeWait
}

// refusedBeforeACK makes the checks up to the ACK: tcp_validate_incoming.
func (a *arrival) refusedBeforeACK() (outcome, bool) {
	f := a.seg.Flags
	if !f.Any(tcp.ACK | tcp.RST | tcp.SYN) {
		return dropped, true
	}
	if o, refused := a.refusedByPAWS(); refused {
		return o, true
	}
	if o, refused := a.refusedBySequence(); refused {
		return o, true
	}
	if f.Has(tcp.RST) {
		return a.takeRST(), true
	}
	if f.Has(tcp.SYN) {
		return a.challenge(tcp.SynInWindow), true
	}
	return outcome{}, false
}

// atUnknown: the receiver's numbers are not known yet, so nothing can be said; what is certain is still taken in.
func (a *arrival) atUnknown() outcome {
	if a.seg.Flags.Has(tcp.RST) {
		a.pair.move(a.to, rcvRST, a.at, tcp.Inferred, ReceivedRST)
	} else if a.seg.Flags.Has(tcp.FIN|tcp.ACK) && a.r.state != tcp.Unknown {
		a.keepFIN()
		a.takeFINIfDue()
	}
	why := tcp.MidStream
	if a.r.rcvKnown {
		why = tcp.NotCaptured
	}
	return outcome{tcp.VerdictUnknown, why, tcp.RespondNone}
}

// takeACK: RFC 9293 section 3.10.7.4 fifth, RFC 5961 section 5.2, tcp_ack.
func (a *arrival) takeACK() (outcome, bool) {
	r, seg := a.r, a.seg
	if !seg.Flags.Has(tcp.ACK) {
		return dropped, true
	}
	if !r.sndKnown {
		return outcome{}, false
	}
	updates := a.updatesWindow()
	switch {
	case seg.Ack.Before(r.sndUna):
		span := r.maxWindow
		if a.profile().ACKBoundByData {
			span = min(span, r.bytesAcked)
		}
		if seg.Ack.Before(r.sndUna - tcp.Seq(span)) {
			o := a.challenge(tcp.OldAck)
			o.verdict = tcp.Duplicate
			return o, true
		}
		return outcome{}, false
	case seg.Ack.After(r.sndNxt):
		return a.challenge(tcp.AckUnacceptable), true
	case seg.Ack.After(r.sndUna):
		a.ackNew()
	}
	if updates {
		r.updateWindow(seg.Seq, a.s.scaled(seg))
	}
	return outcome{}, false
}

// updatesWindow is tcp_may_update_window, for an ACK that is not old (RFC 9293 section 3.10.7.4: SND.WL1, SND.WL2).
func (a *arrival) updatesWindow() bool {
	r, seg := a.r, a.seg
	window := a.s.scaled(seg)
	return seg.Ack.After(r.sndUna) || seg.Seq.After(r.sndWl1) || seg.Seq == r.sndWl1 && (window > r.sndWnd || window == 0)
}

// ackNew takes an acknowledgment of something new at the receiver.
func (a *arrival) ackNew() {
	r, seg := a.r, a.seg
	if grown := r.bytesAcked + uint32(seg.Ack-r.sndUna); grown >= r.bytesAcked {
		r.bytesAcked = grown
	}
	r.sndUna = seg.Ack
	if r.finAcked() && !a.pair.facts[a.to].FINAcked.Seen() {
		a.pair.facts[a.to].FINAcked = a.at
		a.step.Notes |= Exhibit
	}
	if r.finAcked() {
		a.pair.move(a.to, rcvACKFIN, a.at, a.how, ReceivedACK)
	}
}

// isOldACK reports whether a segment's ACK is one that tcp_ack leaves before it comes to TS.Recent.
func (a *arrival) isOldACK() bool {
	r := a.r
	return a.profile().OldACKStops && r.sndKnown && a.seg.Ack.Before(r.sndUna)
}

// predicted is the header prediction of tcp_rcv_established: the next segment in order, with nothing about it but its ACK and the
// timestamps that are agreed, and the window that is known already. Data is predicted only while there is memory at hand, which nobody
// can see: it is taken not to be.
func (a *arrival) predicted() bool {
	r, seg := a.r, a.seg
	if r.state != tcp.Established || r.urged || seg.Flags&^tcp.PSH != tcp.ACK || seg.Len > 0 || seg.Seq != r.rcvNxt ||
		seg.Ack.After(r.sndNxt) || len(r.ooo) > 0 || r.window() == 0 || a.s.scaled(seg) != r.sndWnd {
		return false
	}
	// A client whose window is scaled begins to predict when the window changes from the SYN,ACK's, or with the first data
	// (tcp_finish_connect).
	begun := a.s.shift == 0 || a.to == tcp.Responder || a.pair.opening == tcp.SimultaneousOpen || r.rewindowed ||
		r.rcvNxt != a.s.iss+1
	if !a.pair.facts[a.to].TSOK {
		return begun && seg.Options == 0
	}
	return begun && seg.Options == tcp.OptTimestamps && !tcp.TSBefore(seg.TSval, r.tsRecent)
}

// updateTSRecent: RFC 7323 section 4.3 rule 2 (tcp_replace_ts_recent): only from a segment that covers the last ACK sent.
func (a *arrival) updateTSRecent() {
	r, seg := a.r, a.seg
	if !seg.Has(tcp.OptTimestamps) || !r.tsKnown || seg.Seq.After(r.rcvWup) {
		return
	}
	if !a.pawsFails(0) { // tcp_paws_check
		r.tsRecent, r.tsRecentAt = seg.TSval, seg.Time
	}
}

// perhapsOld reports whether a far receiver may have had all of a segment that is sent again, and have acknowledged it, which nothing shows
// yet: then it dropped the segment before its timestamp counted (tcp_sequence). What it took its next ACK echoes.
func (a *arrival) perhapsOld() bool {
	return a.step.Notes.Has(Retransmission) && a.seg.SeqLen() > 0 && a.pair.lag[a.to] >= minLag && a.seg.EndSeq().AtOrBefore(a.r.rcvNxt)
}

// takeText: data and FIN, RFC 9293 section 3.10.7.4 seventh and eighth; tcp_data_queue.
func (a *arrival) takeText() outcome {
	r, seg, end := a.r, a.seg, a.seg.EndSeq()
	if r.finRcvd && end.After(r.rcvNxt) {
		return a.pastFIN()
	}
	switch {
	case end.AtOrBefore(r.rcvNxt):
		return a.oldText()
	case seg.Seq.AtOrAfter(r.rcvNxt + tcp.Seq(r.window())):
		if r.window() == 0 && seg.Seq == r.rcvNxt && seg.Len == 0 { // a bare FIN is taken into a closed window
			break
		}
		return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
	case r.window() == 0 && seg.Seq.Before(r.rcvNxt) && a.profile().ZeroWindowRefuses: // the new part would not fit: TCP_ZEROWINDOW
		return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
	case seg.Seq.After(r.rcvNxt):
		if !holds(r.ooo, seg.Seq, end) { // else it is dropped, with its FIN (tcp_data_queue_ofo)
			r.ooo.Add(seg.Seq, end)
			r.finKnown = r.finKnown && !(seg.Seq.AtOrBefore(r.finAt) && end.After(r.finAt)) // what it covers is dropped, a FIN too
			a.keepFIN()
		}
		return outcome{tcp.Queue, tcp.OutOfOrder, tcp.RespondAck}
	}
	if a.step.Notes.Has(Retransmission) {
		a.pair.loseOriginal(a.env, a.to, seg)
	}
	if r.finKnown && end.After(r.finAt) {
		r.finKnown = false // text where a queued FIN stood: tcp_ofo_queue drops what is old by then, and its FIN with it
	}
	a.keepFIN()
	if seg.Flags.Has(tcp.FIN) {
		r.ooo = r.ooo[:0] // tcp_fin
	}
	a.pair.advance(a.to, end)
	if r.finKnown && r.rcvNxt.After(r.finAt+1) {
		r.rcvNxt = r.finAt + 1 // a queued FIN purges what was queued beyond it
	}
	a.takeFINIfDue()
	return takenAck
}

// holds reports whether all of a piece of sequence space is there already.
func holds(queue reassembly.Ranges, seq, end tcp.Seq) bool {
	for _, q := range queue {
		if q.From.AtOrBefore(seq) && q.To.AtOrAfter(end) {
			return true
		}
	}
	return false
}

// keepFIN remembers where the sender's FIN is, once a segment that carries it has been taken or queued.
func (a *arrival) keepFIN() {
	fin := a.seg.EndSeq() - 1
	if a.seg.Flags.Has(tcp.FIN) && (!a.r.finKnown || fin.Before(a.r.finAt)) { // the first of several is the one
		a.r.finAt, a.r.finKnown = fin, true
	}
}

// pastFIN: the sender goes on after its own FIN. tcp_rcv_state_process ignores what begins there without a word, but takes what
// overlaps the FIN for data after close.
func (a *arrival) pastFIN() outcome {
	a.step.Notes |= PastOwnFIN
	r, seg := a.r, a.seg
	if a.profile().DataPastFINResets && seg.Seq.Before(r.rcvNxt) && (seg.Seq + tcp.Seq(seg.Len)).AtOrBefore(r.rcvNxt) {
		if r.window() == 0 {
			return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondAck}
		}
		a.pair.advance(a.to, seg.EndSeq()) // only a FIN goes past the first one, and is taken once more
		return takenAck
	}
	if a.profile().DataPastFINResets && seg.Seq.Before(r.rcvNxt) {
		a.pair.set(a.to, tcp.Closed, a.at, a.how, DataAfterClose)
		return outcome{tcp.Discard, tcp.AfterClose, tcp.RespondRst}
	}
	return outcome{tcp.Discard, tcp.AfterClose, tcp.RespondNone}
}

// oldText: nothing in the segment is new to the receiver, as far as the model goes. Whether the first transmission really arrived
// shows in what the receiver acknowledged; until then a retransmission is taken to be needed when the capture was not taken at
// the receiver.
func (a *arrival) oldText() outcome {
	r, end := a.r, a.seg.EndSeq()
	proved := end.AtOrBefore(r.rcvWup)
	if proved || a.pair.lag[a.to] < minLag || !a.step.Notes.Has(Retransmission) {
		a.step.Notes |= Spurious
		return outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}
	}
	if last := &a.pair.story.last[a.to]; last.Notes.Has(DuplicateAck) && last.Ack == a.seg.Seq && !a.pair.facts[a.to].SACKOK {
		a.pair.lost(a.env, a.to, a.seg) // its receiver asks for it (RFC 5681 section 3.2)
	}
	return takenAck
}

// takeFINIfDue lets the receiver take the sender's FIN when all before it is there.
func (a *arrival) takeFINIfDue() { a.pair.takeFIN(a.to, a.how) }

// takeFIN makes a side take its peer's FIN if its RCV.NXT is past it (tcp_fin).
func (p *Pair) takeFIN(side tcp.Side, how tcp.Certainty) {
	r := &p.ends[side]
	if r.finRcvd || !r.finKnown || !r.rcvNxt.After(r.finAt) {
		return
	}
	r.finRcvd = true
	r.ooo = r.ooo[:0] // tcp_fin
	cause := ReceivedFIN
	if t := p.lastTransition(side); t != nil && t.Cause == ReceivedACK && t.Frame == p.facts[side.Peer()].LastFIN.Frame {
		cause = ReceivedFINACK
	}
	p.move(side, rcvFIN, p.facts[side.Peer()].LastFIN, how, cause)
}
