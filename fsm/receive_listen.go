package fsm

import "github.com/lastack/lastack/tcp"

// atClosed: no socket. Everything but a RST is answered with RST (RFC 9293 section 3.10.7.1).
//
// A responder that answered a SYN has a listener behind its closed socket, which drops in silence
// what has none of ACK, RST and SYN (tcp_rcv_state_process). One that sent a SYN of its own (a
// simultaneous open) has none.
func (x *reception) atClosed() Outcome {
	o := noConnection
	if x.in.Listens && !x.seg.Flags.Any(tcp.ACK|tcp.RST|tcp.SYN) {
		return dropped
	}
	if x.seg.Flags.Has(tcp.RST) {
		o.Response = tcp.RespondNone
	}
	return o
}

// atListen: RFC 9293 section 3.10.7.2, tcp_rcv_state_process. A SYN is taken if somebody listens,
// which only the answer tells.
func (x *reception) atListen() Outcome {
	f := x.seg.Flags
	switch {
	case f.Has(tcp.RST):
		return Outcome{tcp.Discard, tcp.NoConnection, tcp.RespondNone}
	case f.Has(tcp.ACK):
		return noConnection
	case f.Has(tcp.SYN):
		if f.Has(tcp.FIN) {
			return dropped
		}
		x.takeSYN()
		return Outcome{tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondSynAck}
	}
	return dropped
}

// takeSYN sets the receiver's numbers from a SYN.
func (x *reception) takeSYN() {
	r := x.r
	r.RcvKnown = true
	r.RcvNxt, r.RcvWup = x.seg.Seq+1, x.seg.Seq+1
	if x.seg.Len > 0 { // fast open: the SYN's data counts if it is acknowledged
		r.RcvNxt = x.seg.EndSeq()
	}
	r.Edge, r.EdgeKnown = r.RcvNxt+tcp.Seq(r.Offered), r.Offered > 0
	r.TakeTimestamp(x.seg)
}

// TakeTimestamp sets TS.Recent (RFC 7323 section 4.3, tcp_store_ts_recent).
func (r *Socket) TakeTimestamp(seg *tcp.Segment) {
	if seg.Has(tcp.OptTimestamps) {
		r.TSRecent, r.TSKnown, r.TSRecentAt = seg.TSval, true, seg.Time
	}
}
