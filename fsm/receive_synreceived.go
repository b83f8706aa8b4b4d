package fsm

import "github.com/lastack/lastack/tcp"

// atSynReceived: a request that has answered a SYN, or a simultaneous open.
func (x *reception) atSynReceived() outcome {
	if x.in.Simultaneous || x.r.child {
		return x.atSimultaneous()
	}
	r, seg, f := x.r, x.seg, x.seg.Flags
	irs := r.rcvNxt - 1
	// The checks are those of tcp_check_req, in its order.
	pawsFails := x.pawsRejects()
	if f&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN && seg.Seq == irs && !pawsFails {
		return outcome{tcp.Duplicate, tcp.OldData, x.limited(tcp.RespondSynAck)}
	}
	if f.Has(tcp.ACK) && !f.Has(tcp.RST) && seg.Ack != r.iss+1 && r.issKnown && !x.in.FastOpened {
		return outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
	}
	echoFails := x.echoOutsideRequest()
	if pawsFails || echoFails || !inWindow(seg.Seq, seg.EndSeq(), r.rcvNxt,
		r.rcvNxt+tcp.Seq(r.window())) {
		return x.refuseInSynReceived(pawsFails, echoFails)
	}
	if f.Has(tcp.RST) {
		return x.takeRSTInRequest()
	}
	if f.Has(tcp.SYN) && seg.Seq != irs {
		x.move(abort, ReceivedSYN)
		return outcome{tcp.Discard, tcp.SynInWindow, tcp.RespondRst}
	}
	if !f.Has(tcp.ACK) {
		return dropped
	}
	// the request becomes a socket, which then refuses the SYN (tcp_check_req,
	// tcp_validate_incoming)
	if f.Has(tcp.SYN) {
		r.child, r.lastOOWAck, r.sndUna = true, 0, seg.Ack
		return x.challenge(tcp.SynInWindow)
	}
	return x.completesHandshake()
}

// refuseInSynReceived: outside the window, or by a timestamp: an ACK, unless it is a RST.
func (x *reception) refuseInSynReceived(paws, echo bool) outcome {
	o := outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondNone}
	switch {
	case paws:
		o.reason = tcp.PAWS
	case echo:
		o.reason = tcp.TimestampEcho
	}
	if !x.seg.Flags.Has(tcp.RST) {
		o.response = x.limited(tcp.RespondAck)
	}
	return o
}

// completesHandshake: the ACK of the SYN,ACK; the segment then goes on into the new socket.
func (x *reception) completesHandshake() outcome {
	r, seg := x.r, x.seg
	r.sndUna = tcp.MaxSeq(r.sndUna, seg.Ack)
	r.maxWindow = max(r.maxWindow, x.in.Window)
	r.sndWl1, r.sndWnd = seg.Seq, x.in.Window
	if !x.in.Simultaneous && !r.child {
		r.lastOOWAck = 0 // the request's limit is not the socket's
	}
	x.did.complete = true
	x.move(rcvACKSYN, ReceivedACK)
	x.updateTSRecent()
	r.urged = seg.Flags.Has(tcp.URG)
	if x.seg.SeqLen() == 0 {
		return taken
	}
	return x.takeText()
}

// atSimultaneous: SYN-RECEIVED after both sides sent SYN, which is a full socket
// (tcp_rcv_state_process). The SYN,ACK that completes it repeats an old sequence number, and is
// taken all the same (tcp_validate_incoming, step 4).
func (x *reception) atSimultaneous() outcome {
	r, seg, f := x.r, x.seg, x.seg.Flags
	if f.Has(tcp.SYN|tcp.ACK) && !f.Has(tcp.RST) && seg.Seq+1 == r.rcvNxt && seg.SeqLen() == 1 &&
		seg.Ack == r.sndNxt && !r.child {
		if o, refused := x.refusedByPAWS(); refused {
			return o
		}
		x.ackSimultaneous()
		// scaled though it is a SYN (tcp_rcv_state_process)
		r.sndWl1, r.sndWnd = seg.Seq, uint32(seg.Window)<<x.in.Shift
		x.updateTSRecent()
		x.move(rcvSYNACK, ReceivedSYNACK)
		// its sequence number is the SYN's again
		return outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}
	}
	if o, refused := x.refusedBeforeACK(); refused {
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
	x.ackSimultaneous()
	x.did.measures = true
	return x.completesHandshake()
}

// ackSimultaneous: the ACK of the SYN counts, since that was sent from the same socket
// (tcp_snd_una_update).
func (x *reception) ackSimultaneous() {
	r := x.r
	if x.seg.Ack.After(r.sndUna) {
		r.bytesAcked += uint32(x.seg.Ack - r.sndUna)
		r.sndUna = x.seg.Ack
	}
}
