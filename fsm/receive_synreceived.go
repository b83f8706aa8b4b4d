package fsm

import "github.com/lastack/lastack/tcp"

// atSynReceived: a request that has answered a SYN, or a simultaneous open.
func (x *reception) atSynReceived() Outcome {
	if x.in.Simultaneous || x.r.Child {
		return x.atSimultaneous()
	}
	r, seg, f := x.r, x.seg, x.seg.Flags
	irs := r.RcvNxt - 1
	// The checks are those of tcp_check_req, in its order.
	pawsFails := x.pawsRejects()
	if f&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN && seg.Seq == irs && !pawsFails {
		return Outcome{tcp.Duplicate, tcp.OldData, x.limited(tcp.RespondSynAck)}
	}
	if f.Has(tcp.ACK) && !f.Has(tcp.RST) && seg.Ack != r.ISS+1 && r.ISSKnown && !x.in.FastOpened {
		return Outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
	}
	echoFails := x.echoOutsideRequest()
	if pawsFails || echoFails || !InWindow(seg.Seq, seg.EndSeq(), r.RcvNxt,
		r.RcvNxt+tcp.Seq(r.window())) {
		return x.refuseInSynReceived(pawsFails, echoFails)
	}
	if f.Has(tcp.RST) {
		return x.takeRSTInRequest()
	}
	if f.Has(tcp.SYN) && seg.Seq != irs {
		x.move(Abort, ReceivedSYN)
		return Outcome{tcp.Discard, tcp.SynInWindow, tcp.RespondRst}
	}
	if !f.Has(tcp.ACK) {
		return dropped
	}
	// the request becomes a socket, which then refuses the SYN (tcp_check_req,
	// tcp_validate_incoming)
	if f.Has(tcp.SYN) {
		r.Child, r.LastOOWAck, r.SndUna = true, 0, seg.Ack
		return x.challenge(tcp.SynInWindow)
	}
	return x.completesHandshake()
}

// refuseInSynReceived: outside the window, or by a timestamp: an ACK, unless it is a RST.
func (x *reception) refuseInSynReceived(paws, echo bool) Outcome {
	o := Outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondNone}
	switch {
	case paws:
		o.Reason = tcp.PAWS
	case echo:
		o.Reason = tcp.TimestampEcho
	}
	if !x.seg.Flags.Has(tcp.RST) {
		o.Response = x.limited(tcp.RespondAck)
	}
	return o
}

// completesHandshake: the ACK of the SYN,ACK; the segment then goes on into the new socket.
func (x *reception) completesHandshake() Outcome {
	r, seg := x.r, x.seg
	r.SndUna = tcp.MaxSeq(r.SndUna, seg.Ack)
	r.MaxWindow = max(r.MaxWindow, x.in.Window)
	r.SndWl1, r.SndWnd = seg.Seq, x.in.Window
	if !x.in.Simultaneous && !r.Child {
		r.LastOOWAck = 0 // the request's limit is not the socket's
	}
	x.did.Complete = true
	x.move(RcvACKSYN, ReceivedACK)
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
func (x *reception) atSimultaneous() Outcome {
	r, seg, f := x.r, x.seg, x.seg.Flags
	if f.Has(tcp.SYN|tcp.ACK) && !f.Has(tcp.RST) && seg.Seq+1 == r.RcvNxt && seg.SeqLen() == 1 &&
		seg.Ack == r.SndNxt && !r.Child {
		if o, refused := x.refusedByPAWS(); refused {
			return o
		}
		x.ackSimultaneous()
		// scaled though it is a SYN (tcp_rcv_state_process)
		r.SndWl1, r.SndWnd = seg.Seq, uint32(seg.Window)<<x.in.Shift
		x.updateTSRecent()
		x.move(rcvSYNACK, ReceivedSYNACK)
		// its sequence number is the SYN's again
		return Outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}
	}
	if o, refused := x.refusedBeforeACK(); refused {
		return o
	}
	switch {
	case !f.Has(tcp.ACK):
		return dropped
	case seg.Ack.Before(r.SndUna):
		return Outcome{tcp.Duplicate, tcp.OldAck, tcp.RespondRst}
	case seg.Ack.After(r.SndNxt):
		return Outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
	}
	x.ackSimultaneous()
	x.did.Measures = true
	return x.completesHandshake()
}

// ackSimultaneous: the ACK of the SYN counts, since that was sent from the same socket
// (tcp_snd_una_update).
func (x *reception) ackSimultaneous() {
	r := x.r
	if x.seg.Ack.After(r.SndUna) {
		r.BytesAcked += uint32(x.seg.Ack - r.SndUna)
		r.SndUna = x.seg.Ack
	}
}
