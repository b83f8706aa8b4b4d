package infer

import "github.com/lastack/lastack/tcp"

const (
	// rtoMin is the least that a retransmission timeout has above the round trip (TCP_RTO_MIN, with
	// a few of a short round trip).
	rtoMin = 203_000_000
	// rtoFallback is the timeout of a server that repeated its SYN,ACK and got no echo to tell
	// which was acknowledged, until data of its own is (RFC 6298 section 5.7, tcp_init_metrics:
	// TCP_TIMEOUT_FALLBACK).
	rtoFallback = 3_000_000_000
)

// timeout gives the receiver's retransmission timeout as far as can be told, ns: three round trips
// after the first sample of it, the handshake's, and hardly more than one when it has had many (RFC
// 6298 section 2, tcp_rtt_estimator).
func (a *arrival) timeout() int64 {
	p := a.pair
	rtt := p.rtt
	if a.to == tcp.Initiator && p.synRTT > 0 {
		rtt = p.synRTT
	}
	if a.r.BytesAcked > 1 { // an active open counts its SYN
		return rtt + rtoMin
	}
	if p.facts[a.to].SYNACKs > 1 {
		if rtt = p.synackRTT; rtt == 0 || a.to == tcp.Initiator &&
			p.opening != tcp.SimultaneousOpen {
			return rtoFallback
		}
	}
	return max(3*rtt, rtt+rtoMin)
}

// backedOff is 1.2 times the retransmission timeout that a receiver has come to which gets no
// acknowledgment, ns; 0 if it gets them. The timeout doubles with each retransmission (RFC 6298
// section 5.5), but not with a probe of the tail, which comes first (RFC 8985 section 7.2,
// tcp_send_loss_probe).
func (a *arrival) backedOff() int64 {
	b, r := &a.pair.peek().backoff[a.to], a.r
	if b.Count == 0 || r.SndUna.After(b.Seq) {
		return 0
	}
	f := &a.pair.facts[a.to]
	if tail := b.Seq.After(r.SndUna) || uint32(r.SndNxt-b.Seq) <= uint32(f.MSS); tail &&
		b.Count == 1 && !b.Again && f.SACKOK {
		return 0
	}
	return 2 * b.Timeout * 12 / 10
}
