package fsm

import "github.com/lastack/lastack/tcp"

// atSynSent: RFC 9293 section 3.10.7.3, tcp_rcv_synsent_state_process.
func (x *reception) atSynSent() outcome {
	r, seg, f := x.r, x.seg, x.seg.Flags
	if f.Has(tcp.ACK) {
		if r.sndKnown && (seg.Ack.AtOrBefore(r.iss) || seg.Ack.After(r.sndNxt)) {
			o := outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
			if f.Has(tcp.RST) {
				o.response = tcp.RespondNone
			}
			return o
		}
		if x.echoOutsideHandshake() { // PAWSActiveRejected
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
		x.move(rcvRST, ReceivedRST)
		return validReset
	}
	if !f.Has(tcp.SYN) {
		return dropped
	}
	r.rcvKnown = true
	r.rcvNxt, r.rcvWup = seg.Seq+1, seg.Seq+1
	r.edge, r.edgeKnown = r.rcvNxt+tcp.Seq(r.offered), r.offered > 0
	x.r.takeTimestamp(x.seg)
	r.sndWl1, r.sndWnd = seg.Seq, uint32(seg.Window)
	r.maxWindow = max(r.maxWindow, r.sndWnd)
	if !f.Has(tcp.ACK) { // simultaneous open: the SYN is answered with SYN,ACK
		x.did.opens = true
		x.move(rcvSYN, ReceivedSYN)
		return outcome{tcp.Accept, tcp.NoReason, tcp.RespondSynAck}
	}
	r.sndUna = tcp.MaxSeq(r.sndUna, seg.Ack)
	r.bytesAcked++ // an active open counts its SYN (tcp_snd_una_update)
	x.move(rcvSYNACK, ReceivedSYNACK)
	return takenAck
}

// echoOutsideHandshake reports whether a timestamp echo lies outside what the receiver has sent
// since its first SYN (tcp_rcv_synsent_state_process), by a clock that goes on at a tick a
// millisecond.
func (x *reception) echoOutsideHandshake() bool {
	r := x.r
	if !r.tsSent || !x.seg.Has(tcp.OptTimestamps) || x.seg.TSecr == 0 {
		return false
	}
	now := r.lastTSval
	if tick := int64(x.profile().StampTick); tick != 0 {
		now += uint32((x.seg.Time - r.lastTSvalAt) / tick)
		since := r.firstTSval + uint32((x.seg.Time-x.in.FirstSYN)/tick)
		if tcp.TSBefore(now, since) { // the last SYN was recorded late
			now = since
		}
	}
	return tcp.TSBefore(x.seg.TSecr, r.firstTSval) || tcp.TSBefore(now, x.seg.TSecr)
}

// echoOutsideRequest reports whether a timestamp echo is none of those that the SYN,ACKs carried
// (tcp_check_req, any segment).
func (x *reception) echoOutsideRequest() bool {
	r := x.r
	return r.tsSent && x.seg.Has(tcp.OptTimestamps) && x.seg.TSecr != 0 && !x.in.FastOpened &&
		(tcp.TSBefore(x.seg.TSecr, r.firstTSval) || tcp.TSBefore(r.synTSval, x.seg.TSecr))
}
