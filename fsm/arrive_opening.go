package fsm

import "github.com/lastack/lastack/tcp"

// atSynSent: RFC 9293 section 3.10.7.3, tcp_rcv_synsent_state_process.
func (a *arrival) atSynSent() outcome {
	r, seg, f := a.r, a.seg, a.seg.Flags
	if f.Has(tcp.ACK) {
		if r.sndKnown && (seg.Ack.AtOrBefore(r.iss) || seg.Ack.After(r.sndNxt)) {
			o := outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
			if f.Has(tcp.RST) {
				o.response = tcp.RespondNone
			}
			return o
		}
		if a.echoOutsideHandshake() { // PAWSActiveRejected
			o := outcome{tcp.Discard, tcp.PAWS, tcp.RespondRst}
			if f.Has(tcp.RST) {
				o.response = tcp.RespondNone
			}
			return o
		}
	}
	if f.Has(tcp.RST) {
		if !f.Has(tcp.ACK) {
			return outcome{tcp.Discard, tcp.RstNotExact, tcp.RespondNone}
		}
		a.pair.move(a.to, rcvRST, a.at, a.how, ReceivedRST)
		return validReset
	}
	if !f.Has(tcp.SYN) {
		return dropped
	}
	r.rcvKnown = true
	r.rcvNxt, r.rcvWup = seg.Seq+1, seg.Seq+1
	r.edge, r.edgeKnown = r.rcvNxt+tcp.Seq(r.offered), r.offered > 0
	a.takeTimestamp()
	r.sndWl1, r.sndWnd = seg.Seq, uint32(seg.Window)
	r.maxWindow = max(r.maxWindow, r.sndWnd)
	if !f.Has(tcp.ACK) { // simultaneous open: the SYN is answered with SYN,ACK
		a.pair.opening = tcp.SimultaneousOpen
		a.pair.move(a.to, rcvSYN, a.at, a.how, ReceivedSYN)
		return outcome{tcp.Accept, tcp.NoReason, tcp.RespondSynAck}
	}
	r.sndUna = tcp.MaxSeq(r.sndUna, seg.Ack)
	r.bytesAcked++ // an active open counts its SYN (tcp_snd_una_update)
	a.pair.move(a.to, rcvSYNACK, a.at, a.how, ReceivedSYNACK)
	return takenAck
}

// echoOutsideHandshake reports whether a timestamp echo lies outside what the receiver has sent since its first SYN
// (tcp_rcv_synsent_state_process), by a clock that goes on at a tick a millisecond.
func (a *arrival) echoOutsideHandshake() bool {
	r := a.r
	if !r.tsSent || !a.seg.Has(tcp.OptTimestamps) || a.seg.TSecr == 0 {
		return false
	}
	now := r.lastTSval
	if tick := int64(a.profile().StampTick); tick != 0 {
		now += uint32((a.seg.Time - r.lastTSvalAt) / tick)
		since := r.firstTSval + uint32((a.seg.Time-a.pair.facts[a.to].FirstSYN.Time)/tick)
		if tcp.TSBefore(now, since) { // the last SYN was recorded late
			now = since
		}
	}
	return tcp.TSBefore(a.seg.TSecr, r.firstTSval) || tcp.TSBefore(now, a.seg.TSecr)
}

// echoOutsideRequest reports whether a timestamp echo is none of those that the SYN,ACKs carried (tcp_check_req, any segment).
func (a *arrival) echoOutsideRequest() bool {
	r := a.r
	return r.tsSent && a.seg.Has(tcp.OptTimestamps) && a.seg.TSecr != 0 && !a.fastOpened() &&
		(tcp.TSBefore(a.seg.TSecr, r.firstTSval) || tcp.TSBefore(r.synTSval, a.seg.TSecr))
}

// atSynReceived: a request that has answered a SYN, or a simultaneous open.
func (a *arrival) atSynReceived() outcome {
	if a.pair.opening == tcp.SimultaneousOpen || a.r.child {
		return a.atSimultaneous()
	}
	r, seg, f := a.r, a.seg, a.seg.Flags
	irs := r.rcvNxt - 1
	if a.recordedLate() {
		a.takeTimestamp()
		return outcome{tcp.Accept, tcp.NoReason, tcp.RespondSynAck}
	}
	// The checks are those of tcp_check_req, in its order.
	pawsFails := a.pawsRejects()
	if f&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN && seg.Seq == irs && !pawsFails {
		return outcome{tcp.Duplicate, tcp.OldData, a.limited(tcp.RespondSynAck)}
	}
	if f.Has(tcp.ACK) && !f.Has(tcp.RST) && seg.Ack != r.iss+1 && r.issKnown && !a.fastOpened() {
		return outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
	}
	echoFails := a.echoOutsideRequest()
	if pawsFails || echoFails || !inWindow(seg.Seq, seg.EndSeq(), r.rcvNxt, r.rcvNxt+tcp.Seq(r.window())) {
		return a.refuseInSynReceived(pawsFails, echoFails)
	}
	if f.Has(tcp.RST) {
		return a.takeRSTInRequest()
	}
	if f.Has(tcp.SYN) && seg.Seq != irs {
		a.pair.move(a.to, abort, a.at, a.how, ReceivedSYN)
		return outcome{tcp.Discard, tcp.SynInWindow, tcp.RespondRst}
	}
	if !f.Has(tcp.ACK) {
		return dropped
	}
	if f.Has(tcp.SYN) { // the request becomes a socket, which then refuses the SYN (tcp_check_req, tcp_validate_incoming)
		r.child, r.lastOOWAck, r.sndUna = true, 0, seg.Ack
		return a.challenge(tcp.SynInWindow)
	}
	return a.completesHandshake()
}

// recordedLate reports whether the segment is the SYN that its receiver has answered: the capture has
// the SYN,ACK some microseconds before it, as a mirror does that writes one direction late.
func (a *arrival) recordedLate() bool {
	p, seg := a.pair, a.seg
	return p.direction == tcp.DirectionFromSYNACK && seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN &&
		p.facts[a.step.From].SYNs == 1 && seg.Seq == a.r.rcvNxt-1 && p.first.Frame == p.facts[a.to].FirstSYNACK.Frame &&
		seg.Time-p.first.Time <= disorder
}

// fastOpened reports whether the receiver took data with the SYN and so may have sent data already.
func (a *arrival) fastOpened() bool {
	return a.pair.facts[a.step.From].FastOpen.DataAcked
}

// refuseInSynReceived: outside the window, or by a timestamp: an ACK, unless it is a RST.
func (a *arrival) refuseInSynReceived(paws, echo bool) outcome {
	o := outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondNone}
	switch {
	case paws:
		o.reason = tcp.PAWS
	case echo:
		o.reason = tcp.TimestampEcho
	}
	if !a.seg.Flags.Has(tcp.RST) {
		o.response = a.limited(tcp.RespondAck)
	}
	return o
}

// completesHandshake: the ACK of the SYN,ACK; the segment then goes on into the new socket.
func (a *arrival) completesHandshake() outcome {
	r, seg := a.r, a.seg
	r.sndUna = tcp.MaxSeq(r.sndUna, seg.Ack)
	r.maxWindow = max(r.maxWindow, a.s.scaled(seg))
	r.sndWl1, r.sndWnd = seg.Seq, a.s.scaled(seg)
	if a.pair.opening != tcp.SimultaneousOpen && !r.child {
		r.lastOOWAck = 0 // the request's limit is not the socket's
	}
	a.pair.complete()
	a.pair.move(a.to, rcvACKSYN, a.at, a.how, ReceivedACK)
	a.updateTSRecent()
	r.urged = seg.Flags.Has(tcp.URG)
	if a.seg.SeqLen() == 0 {
		return taken
	}
	return a.takeText()
}

// complete takes the handshake for complete.
func (p *Pair) complete() {
	if p.opening != tcp.Incomplete {
		return
	}
	p.opening = tcp.ThreeWay
	if p.facts[tcp.Initiator].FastOpen.DataAcked {
		p.opening = tcp.FastOpen
	}
}

// atSimultaneous: SYN-RECEIVED after both sides sent SYN, which is a full socket (tcp_rcv_state_process). The SYN,ACK that completes
// it repeats an old sequence number, and is taken all the same (tcp_validate_incoming, step 4).
func (a *arrival) atSimultaneous() outcome {
	r, seg, f := a.r, a.seg, a.seg.Flags
	if f.Has(tcp.SYN|tcp.ACK) && !f.Has(tcp.RST) && seg.Seq+1 == r.rcvNxt && seg.SeqLen() == 1 && seg.Ack == r.sndNxt && !r.child {
		if o, refused := a.refusedByPAWS(); refused {
			return o
		}
		a.ackSimultaneous()
		r.sndWl1, r.sndWnd = seg.Seq, uint32(seg.Window)<<a.s.shift // scaled though it is a SYN (tcp_rcv_state_process)
		a.updateTSRecent()
		a.pair.move(a.to, rcvSYNACK, a.at, a.how, ReceivedSYNACK)
		return outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck} // its sequence number is the SYN's again
	}
	if o, refused := a.refusedBeforeACK(); refused {
		return o
	}
	switch {
	case !f.Has(tcp.ACK):
		return dropped
	case seg.Ack.Before(r.sndUna):
		return outcome{tcp.Duplicate, tcp.OldAck, tcp.RespondRst}
	case seg.Ack.After(r.sndNxt):
		return outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
	}
	a.ackSimultaneous()
	a.sampleSimultaneous()
	return a.completesHandshake()
}

// sampleSimultaneous takes the round trip that a side measures whose SYN was repeated: the age of the timestamp that is echoed
// (tcp_ack_update_rtt, tcp_rtt_tsopt_us).
func (a *arrival) sampleSimultaneous() {
	r, seg := a.r, a.seg
	if a.pair.facts[a.to].SYNACKs > 1 && a.to == tcp.Initiator && r.tsSent && seg.Has(tcp.OptTimestamps) && seg.TSecr != 0 {
		a.pair.synackRTT = max(1, seg.Time-r.lastTSvalAt+int64(int32(r.lastTSval-seg.TSecr))*1_000_000)
	}
}

// ackSimultaneous: the ACK of the SYN counts, since that was sent from the same socket (tcp_snd_una_update).
func (a *arrival) ackSimultaneous() {
	r := a.r
	if a.seg.Ack.After(r.sndUna) {
		r.bytesAcked += uint32(a.seg.Ack - r.sndUna)
		r.sndUna = a.seg.Ack
	}
}
