package fsm

import "github.com/lastack/lastack/tcp"

// InWindow is the kernel's tcp_in_window: the segment's first byte or last lies in the window, or
// it is empty at its edge.
func InWindow(seq, end, left, right tcp.Seq) bool {
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

// PawsFails is the PAWS check (RFC 7323 section 5.3, tcp_paws_check): the timestamp is older than
// TS.Recent by more than slack.
func (r *Socket) PawsFails(seg *tcp.Segment, slack int32) bool {
	if !r.TSKnown || !seg.Has(tcp.OptTimestamps) || r.TSRecent == 0 {
		return false
	}
	return int32(r.TSRecent-seg.TSval) > slack && seg.Time-r.TSRecentAt < pawsWrap
}

// refusedByPAWS says whether the segment is discarded for its timestamp, and with what answer
// (tcp_validate_incoming). A RST is exempt (RFC 7323 section 5.2), a SYN has its own answer.
func (x *reception) refusedByPAWS() (Outcome, bool) {
	profile, f := x.profile(), x.seg.Flags
	if !x.r.PawsFails(x.seg, profile.PAWSSlack) || f.Has(tcp.RST) {
		return Outcome{}, false
	}
	if f.Has(tcp.SYN) {
		return x.challenge(tcp.SynInWindow), true
	}
	o := Outcome{tcp.Discard, tcp.PAWS, tcp.RespondAck}
	if f.Has(tcp.ACK) && x.seg.SeqLen() == 0 && profile.TakesLateACKs {
		// tcp_disordered_ack_check: an ACK that is merely late is taken, or dropped without a word.
		if x.seg.Seq.Before(x.r.RcvNxt) {
			o.Response = tcp.RespondNone
			return o, true
		}
		if x.seg.Seq == x.r.RcvNxt && x.isReplayedAck() {
			return Outcome{}, false
		}
	}
	if x.seg.SeqLen() > 0 || !profile.PAWSSilence {
		o.Response = x.limited(tcp.RespondAck)
	} else {
		o.Response = tcp.RespondNone
	}
	return o, true
}

// isReplayedAck reports whether an old ACK is one that the network reordered: a duplicate that
// changes nothing, and not older than 1.2 retransmission timeouts, in TSval units of a millisecond
// (tcp_tsval_replay).
func (x *reception) isReplayedAck() bool {
	r, seg := x.r, x.seg
	return seg.Ack == r.SndUna && !x.updatesWindow() &&
		int64(r.TSRecent-seg.TSval) <= x.in.Patience/1_000_000
}

// refusedBySequence is the acceptability test (RFC 9293 section 3.10.7.4).
func (x *reception) refusedBySequence() (Outcome, bool) {
	seq, end, r := x.seg.Seq, x.seg.EndSeq(), x.r
	old, beyond := false, false
	if x.profile().LooseSequence {
		// tcp_sequence: not wholly before what was acknowledged, nor beginning beyond the window.
		old = end.Before(x.in.Acked)
		beyond = seq.After(r.RcvNxt+tcp.Seq(r.window())) || x.endsBeyond()
	} else {
		ok := acceptable(seq, end, r.RcvNxt, r.window())
		old, beyond = !ok && seq.Before(r.RcvNxt), !ok && !seq.Before(r.RcvNxt)
	}
	if !old && !beyond {
		return Outcome{}, false
	}
	f := x.seg.Flags
	switch {
	case f.Has(tcp.RST):
		if x.obeyed() {
			return Outcome{}, false
		}
		return Outcome{tcp.Discard, tcp.OutOfWindow, tcp.RespondNone}, true
	case f.Has(tcp.SYN):
		return x.challenge(tcp.SynInWindow), true
	case old && x.seg.SeqLen() > 0 && !x.in.Probe:
		return Outcome{tcp.Duplicate, tcp.OldData, tcp.RespondAck}, true
	}
	return Outcome{tcp.Discard, tcp.OutOfWindow, x.limited(tcp.RespondAck)}, true
}

// endsBeyond: a segment that begins inside the window and ends beyond it is taken only while
// nothing waits to be read (tcp_sequence). A FIN that the application has not read yet waits, and
// something must wait where the window has closed. The segment's own FIN may lie beyond, a SYN may
// not.
func (x *reception) endsBeyond() bool {
	r, end := x.r, x.seg.EndSeq()
	if x.seg.Flags.Has(tcp.FIN) {
		end--
	}
	return (r.State == tcp.CloseWait || r.State == tcp.Closing || r.window() == 0) &&
		end != x.seg.Seq &&
		end.After(r.RcvNxt+tcp.Seq(r.window()))
}

// challenge refuses a segment with a challenge ACK (RFC 5961), as often as the stack sends one.
func (x *reception) challenge(reason tcp.Reason) Outcome {
	return Outcome{tcp.Discard, reason, x.limitedAlways(tcp.RespondChallengeAck)}
}

// limited is limitedAlways for what Linux exempts: segments with data are always answered
// (tcp_oow_rate_limited).
func (x *reception) limited(r tcp.Response) tcp.Response {
	if x.seg.SeqLen() > 0 && !x.seg.Flags.Has(tcp.SYN) {
		return r
	}
	return x.limitedAlways(r)
}

// limitedAlways answers none when the socket has sent such an ACK within tcp_invalid_ratelimit.
func (x *reception) limitedAlways(r tcp.Response) tcp.Response {
	limit := int64(x.profile().ChallengeEvery)
	if last := x.r.LastOOWAck; last != 0 && x.seg.Time-last < limit {
		return tcp.RespondNone
	}
	x.r.LastOOWAck, x.r.RefusedAt = x.seg.Time, x.r.RcvNxt
	return r
}
