package fsm

import "github.com/lastack/lastack/tcp"

// atTimeWait: RFC 9293 section 3.10.7.4, RFC 1337, RFC 6191; tcp_timewait_state_process. A SYN that
// TIME-WAIT takes has begun the next life already and does not come here.
func (x *reception) atTimeWait() Outcome {
	r, seg, f := x.r, x.seg, x.seg.Flags
	paws := x.pawsRejects()
	if !paws && seg.Seq == r.RcvNxt && (seg.SeqLen() == 0 || f.Has(tcp.RST)) {
		return x.exactInTimeWait()
	}
	o := Outcome{tcp.Discard, tcp.InTimeWait, tcp.RespondNone}
	if paws {
		o.Reason = tcp.PAWS
	}
	if f.Has(tcp.RST) {
		return o
	}
	if f&(tcp.SYN|tcp.ACK) == tcp.SYN && r.TimeWaitTakes(x.profile(), seg) != NotReused {
		// it would be taken if somebody listened; that answer has no limit
		o.Response = tcp.RespondAck
		return o
	}
	// a SYN may be a good one of another life: it does not keep TIME-WAIT going
	if paws || f.Has(tcp.ACK) {
		r.StateSince = seg.Time
	}
	if f&(tcp.SYN|tcp.ACK) == tcp.SYN {
		switch x.profile().TimeWaitSYNAnswer {
		case AnswerACK:
		case AnswerSilence:
			return o
		case AnswerRST:
			o.Response = tcp.RespondRst
			return o
		}
	}
	o.Response = x.limited(tcp.RespondAck)
	return o
}

// exactInTimeWait: an empty segment at RCV.NXT restarts 2MSL; a RST there ends TIME-WAIT, unless
// the stack or tcp_rfc1337 has it ignored.
func (x *reception) exactInTimeWait() Outcome {
	if !x.seg.Flags.Has(tcp.RST) {
		x.r.StateSince = x.seg.Time
		if x.r.TSKnown { // a bucket of a connection without timestamps looks at none
			x.r.TakeTimestamp(x.seg)
		}
		return taken
	}
	if x.profile().TimeWaitRST == RSTLeavesTimeWait || x.in.IgnoresRST {
		return Outcome{tcp.Discard, tcp.InTimeWait, tcp.RespondNone}
	}
	x.r.resetState = x.r.State
	x.move(RcvRST, ReceivedRST)
	return validReset
}

// pawsMSL is how long after TS.Recent a RST is still held to PAWS (TCP_PAWS_MSL: 60 s), ns.
const pawsMSL = 60_000_000_000

// pawsRejects is tcp_paws_reject, for TIME-WAIT and requests: no slack, and a RST is exempt once
// TS.Recent is a minute old.
func (x *reception) pawsRejects() bool {
	if !x.r.PawsFails(x.seg, 0) {
		return false
	}
	return !x.seg.Flags.Has(tcp.RST) || x.seg.Time-x.r.TSRecentAt < pawsMSL
}

// TimeWaitTakes says on what ground a socket in TIME-WAIT takes a SYN as a new connection,
// NotReused if it does not (Profile.TimeWaitSYN).
func (r *Socket) TimeWaitTakes(profile *Profile, seg *tcp.Segment) ReuseBasis {
	if !r.RcvKnown {
		// picked up mid-stream: nothing speaks against it, and the answer will tell
		return BySequence
	}
	rule := profile.TimeWaitSYN
	if rule != SYNNewerSeq && r.PawsFails(seg, 0) {
		return NotReused
	}
	bySeq := seg.Seq.After(r.RcvNxt)
	comparable := r.TSKnown && seg.Has(tcp.OptTimestamps)
	byTime := comparable && tcp.TSBefore(r.TSRecent, seg.TSval)
	switch rule {
	case SYNNewerEither:
	case SYNNewerStamp:
		switch {
		case comparable: // RFC 6191 section 2: the sequence number decides between equal timestamps
			bySeq = bySeq && r.TSRecent == seg.TSval
		// timestamps are new with this incarnation: honor the request
		case !r.TSKnown && seg.Has(tcp.OptTimestamps):
			byTime = true
		}
	case SYNNewerSeq:
		byTime = false
	case SYNBeyondWindow:
		bySeq, byTime = seg.Seq.After(r.RcvNxt+tcp.Seq(r.window())), false
	case SYNNever:
		return NotReused
	}
	switch {
	case bySeq && byTime:
		return ByBoth
	case bySeq:
		return BySequence
	case byTime:
		return ByTimestamp
	}
	return NotReused
}
