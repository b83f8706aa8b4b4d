package fsm

import "github.com/lastack/lastack/tcp"

// inWindow is the kernel's tcp_in_window: the segment's first byte or last lies in the window, or it is empty at its edge.
func inWindow(seq, end, left, right tcp.Seq) bool {
	if seq == left {
		return true
	}
	if end.After(left) && seq.Before(right) {
		return true
	}
	return seq == right && seq == end
}

// acceptable is the test of RFC 9293 section 3.10.7.4, table 6.
func acceptable(seq, end, left tcp.Seq, window uint32) bool {
	right := left + tcp.Seq(window)
	if window == 0 {
		return seq == left && end == seq
	}
	first := seq.AtOrAfter(left) && seq.Before(right)
	if end == seq {
		return first
	}
	last := end - 1
	return first || last.AtOrAfter(left) && last.Before(right)
}

// pawsWrap is how long TS.Recent stays valid (RFC 7323 section 5.5, TCP_PAWS_WRAP: 24 days), ns.
const pawsWrap = 24 * 24 * 3600 * 1_000_000_000

// pawsFails is the PAWS check (RFC 7323 section 5.3, tcp_paws_check): the timestamp is older than TS.Recent by more than slack.
func (a *arrival) pawsFails(slack int32) bool {
	r := a.r
	if !r.tsKnown || !a.seg.Has(tcp.OptTimestamps) || r.tsRecent == 0 {
		return false
	}
	return int32(r.tsRecent-a.seg.TSval) > slack && a.seg.Time-r.tsRecentAt < pawsWrap
}

// refusedByPAWS says whether the segment is discarded for its timestamp, and with what answer (tcp_validate_incoming). A RST is
// exempt (RFC 7323 section 5.2), a SYN has its own answer.
func (a *arrival) refusedByPAWS() (outcome, bool) {
	profile, f := a.profile(), a.seg.Flags
	if !a.pawsFails(profile.PAWSSlack) || f.Has(tcp.RST) {
		return outcome{}, false
	}
	if f.Has(tcp.SYN) {
		return a.challenge(tcp.SynInWindow), true
	}
	a.pair.exhibit(a.pair.story.last[a.step.From].Frame) // what came before it shows whether two records are swapped
	o := outcome{tcp.Discard, tcp.PAWS, tcp.RespondAck}
	if f.Has(tcp.ACK) && a.seg.SeqLen() == 0 && profile.TakesLateACKs {
		// tcp_disordered_ack_check: an ACK that is merely late is taken, or dropped without a word.
		if a.seg.Seq.Before(a.r.rcvNxt) {
			o.response = tcp.RespondNone
			return o, true
		}
		if a.seg.Seq == a.r.rcvNxt && a.isReplayedAck() {
			return outcome{}, false
		}
	}
	if a.seg.SeqLen() > 0 || !profile.PAWSSilence {
		o.response = a.limited(tcp.RespondAck)
	} else {
		o.response = tcp.RespondNone
	}
	return o, true
}

// isReplayedAck reports whether an old ACK is one that the network reordered: a duplicate that changes nothing, and not older than 1.2
// retransmission timeouts, in TSval units of a millisecond (tcp_tsval_replay).
func (a *arrival) isReplayedAck() bool {
	r, seg := a.r, a.seg
	return seg.Ack == r.sndUna && !a.updatesWindow() && int64(r.tsRecent-seg.TSval) <= max(a.timeout()*12/10, a.backedOff())/1_000_000
}

const (
	// rtoMin is the least that a retransmission timeout has above the round trip (TCP_RTO_MIN, with a few of a short round trip).
	rtoMin = 203_000_000
	// rtoFallback is the timeout of a server that repeated its SYN,ACK and got no echo to tell which was acknowledged, until data of its
	// own is (RFC 6298 section 5.7, tcp_init_metrics: TCP_TIMEOUT_FALLBACK).
	rtoFallback = 3_000_000_000
)

// timeout gives the receiver's retransmission timeout as far as can be told, ns: three round trips after the first sample of it, the
// handshake's, and hardly more than one when it has had many (RFC 6298 section 2, tcp_rtt_estimator).
func (a *arrival) timeout() int64 {
	p := a.pair
	rtt := p.rtt
	if a.to == tcp.Initiator && p.synRTT > 0 {
		rtt = p.synRTT
	}
	if a.r.bytesAcked > 1 { // an active open counts its SYN
		return rtt + rtoMin
	}
	if p.facts[a.to].SYNACKs > 1 {
		if rtt = p.synackRTT; rtt == 0 || a.to == tcp.Initiator && p.opening != tcp.SimultaneousOpen {
			return rtoFallback
		}
	}
	return max(3*rtt, rtt+rtoMin)
}

// backedOff is 1.2 times the retransmission timeout that a receiver has come to which gets no acknowledgment, ns; 0 if it gets them. The
// timeout doubles with each retransmission (RFC 6298 section 5.5), but not with a probe of the tail, which comes first (RFC 8985 section 7.2,
// tcp_send_loss_probe).
func (a *arrival) backedOff() int64 {
	b, r := &a.pair.peek().backoff[a.to], a.r
	if b.Count == 0 || r.sndUna.After(b.Seq) {
		return 0
	}
	f := &a.pair.facts[a.to]
	if tail := b.Seq.After(r.sndUna) || uint32(r.sndNxt-b.Seq) <= uint32(f.MSS); tail && b.Count == 1 && !b.again && f.SACKOK {
		return 0
	}
	return 2 * b.timeout * 12 / 10
}

// refusedBySequence is the acceptability test (RFC 9293 section 3.10.7.4).
func (a *arrival) refusedBySequence() (outcome, bool) {
	seq, end, r := a.seg.Seq, a.seg.EndSeq(), a.r
	old, beyond := false, false
	if a.profile().LooseSequence {
		// tcp_sequence: not wholly before what was acknowledged, nor beginning beyond the window.
		old = end.Before(a.acknowledged())
		beyond = seq.After(r.rcvNxt+tcp.Seq(r.window())) || a.endsBeyond()
	} else {
		ok := acceptable(seq, end, r.rcvNxt, r.window())
		old, beyond = !ok && seq.Before(r.rcvNxt), !ok && !seq.Before(r.rcvNxt)
	}
	if !old && !beyond {
		return outcome{}, false
	}
	f := a.seg.Flags
	switch {
	case f.Has(tcp.RST):
		if a.obeyed() {
			return outcome{}, false
		}
		return outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondNone}, true
	case f.Has(tcp.SYN):
		return a.challenge(tcp.SynInWindow), true
	case old && a.seg.SeqLen() > 0 && !a.step.Notes.Has(KeepAlive):
		return outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}, true
	}
	return outcome{tcp.Discard, tcp.OutOfWindow, a.limited(tcp.RespondAck)}, true
}

// acknowledged gives what the receiver has acknowledged by now (rcv_wup). For a RST to a far one, which comes where that is on its way, it
// is what a receiver does: it acknowledges a FIN at once, and data when two segments of it have come (__tcp_ack_snd_check).
func (a *arrival) acknowledged() tcp.Seq {
	r := a.r
	switch {
	case !a.seg.Flags.Has(tcp.RST) || a.pair.lag[a.to] < minLag:
		return r.rcvWup
	case r.finRcvd:
		return r.rcvNxt
	}
	wup := r.rcvWup
	if r.refusedAt.After(wup) && r.refusedAt.AtOrBefore(r.rcvNxt) && r.lastOOWAck != 0 {
		wup = r.refusedAt
	}
	delayed := tcp.Seq(2 * uint32(a.pair.facts[a.to].MSS))
	if delayed == 0 || !r.rcvNxt.After(wup+delayed) {
		return wup
	}
	return r.rcvNxt - delayed
}

// endsBeyond: a segment that begins inside the window and ends beyond it is taken only while nothing waits to be read
// (tcp_sequence). A FIN that the application has not read yet waits, and something must wait where the window has
// closed. The segment's own FIN may lie beyond, a SYN may not.
func (a *arrival) endsBeyond() bool {
	r, end := a.r, a.seg.EndSeq()
	if a.seg.Flags.Has(tcp.FIN) {
		end--
	}
	return (r.state == tcp.CloseWait || r.state == tcp.Closing || r.window() == 0) && end != a.seg.Seq &&
		end.After(r.rcvNxt+tcp.Seq(r.window()))
}

// challenge refuses a segment with a challenge ACK (RFC 5961), as often as the stack sends one.
func (a *arrival) challenge(reason tcp.Reason) outcome {
	return outcome{tcp.Discard, reason, a.limitedAlways(tcp.RespondChallengeAck)}
}

// limited is limitedAlways for what Linux exempts: segments with data are always answered (tcp_oow_rate_limited).
func (a *arrival) limited(r tcp.Response) tcp.Response {
	if a.seg.SeqLen() > 0 && !a.seg.Flags.Has(tcp.SYN) {
		return r
	}
	return a.limitedAlways(r)
}

// limitedAlways answers none when the socket has sent such an ACK within tcp_invalid_ratelimit.
func (a *arrival) limitedAlways(r tcp.Response) tcp.Response {
	limit := int64(a.profile().ChallengeEvery)
	if last := a.r.lastOOWAck; last != 0 && a.seg.Time-last < limit {
		return tcp.RespondNone
	}
	a.r.lastOOWAck, a.r.refusedAt = a.seg.Time, a.r.rcvNxt
	return r
}
