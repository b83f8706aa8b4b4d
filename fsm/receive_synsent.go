package fsm

import "github.com/lastack/lastack/tcp"

// atSynSent: RFC 9293 section 3.10.7.3, tcp_rcv_synsent_state_process.
func (x *reception) atSynSent() Outcome {
	r, seg, f := x.r, x.seg, x.seg.Flags
	if f.Has(tcp.ACK) {
		if r.SndKnown && (seg.Ack.AtOrBefore(r.ISS) || seg.Ack.After(r.SndNxt)) {
			o := Outcome{tcp.Discard, tcp.AckUnacceptable, tcp.RespondRst}
			if f.Has(tcp.RST) {
				o.Response = tcp.RespondNone
			}
			return o
		}
		if x.echoOutsideHandshake() { // PAWSActiveRejected
			o := Outcome{tcp.Discard, tcp.PAWS, tcp.RespondRst}
			if f.Has(tcp.RST) {
				o.Response = tcp.RespondNone
			}
			return o
		}
	}
	if f.Has(tcp.RST) {
		if !f.Has(tcp.ACK) {
			return Outcome{tcp.Discard, tcp.RstNotExact, tcp.RespondNone}
		}
		x.move(RcvRST, ReceivedRST)
		return validReset
	}
	if !f.Has(tcp.SYN) {
		return dropped
	}
	r.RcvKnown = true
	r.RcvNxt, r.RcvWup = seg.Seq+1, seg.Seq+1
	r.Edge, r.EdgeKnown = r.RcvNxt+tcp.Seq(r.Offered), r.Offered > 0
	x.r.TakeTimestamp(x.seg)
	r.SndWl1, r.SndWnd = seg.Seq, uint32(seg.Window)
	r.MaxWindow = max(r.MaxWindow, r.SndWnd)
	if !f.Has(tcp.ACK) { // simultaneous open: the SYN is answered with SYN,ACK
		x.did.Opens = true
		x.move(RcvSYN, ReceivedSYN)
		return Outcome{tcp.Accept, tcp.NoReason, tcp.RespondSynAck}
	}
	r.SndUna = tcp.MaxSeq(r.SndUna, seg.Ack)
	r.BytesAcked++ // an active open counts its SYN (tcp_snd_una_update)
	x.move(rcvSYNACK, ReceivedSYNACK)
	return TakenAck
}

// echoOutsideHandshake reports whether a timestamp echo lies outside what the receiver has sent
// since its first SYN (tcp_rcv_synsent_state_process), by a clock that goes on at a tick a
// millisecond.
func (x *reception) echoOutsideHandshake() bool {
	r := x.r
	if !r.TSSent || !x.seg.Has(tcp.OptTimestamps) || x.seg.TSecr == 0 {
		return false
	}
	now := r.LastTSval
	if tick := int64(x.profile().StampTick); tick != 0 {
		now += uint32((x.seg.Time - r.LastTSvalAt) / tick)
		since := r.FirstTSval + uint32((x.seg.Time-x.in.FirstSYN)/tick)
		if tcp.TSBefore(now, since) { // the last SYN was recorded late
			now = since
		}
	}
	return tcp.TSBefore(x.seg.TSecr, r.FirstTSval) || tcp.TSBefore(now, x.seg.TSecr)
}

// echoOutsideRequest reports whether a timestamp echo is none of those that the SYN,ACKs carried
// (tcp_check_req, any segment).
func (x *reception) echoOutsideRequest() bool {
	r := x.r
	return r.TSSent && x.seg.Has(tcp.OptTimestamps) && x.seg.TSecr != 0 && !x.in.FastOpened &&
		(tcp.TSBefore(x.seg.TSecr, r.FirstTSval) || tcp.TSBefore(r.SYNTSval, x.seg.TSecr))
}
