package fsm

import "github.com/lastack/lastack/tcp"

// atTimeWait: RFC 9293 section 3.10.7.4, RFC 1337, RFC 6191; tcp_timewait_state_process. A SYN that TIME-WAIT takes has begun the
// next life already and does not come here.
func (a *arrival) atTimeWait() outcome {
	r, seg, f := a.r, a.seg, a.seg.Flags
	paws := a.pawsRejects()
	if !paws && seg.Seq == r.rcvNxt && (seg.SeqLen() == 0 || f.Has(tcp.RST)) {
		return a.exactInTimeWait()
	}
	o := outcome{tcp.Discard, tcp.InTimeWait, tcp.RespondNone}
	if paws {
		o.reason = tcp.PAWS
	}
	if f.Has(tcp.RST) {
		return o
	}
	if f&(tcp.SYN|tcp.ACK) == tcp.SYN && a.pair.timeWaitTakes(a.env, a.to, seg) != NotReused {
		o.response = tcp.RespondAck // it would be taken if somebody listened; that answer has no limit
		return o
	}
	if paws || f.Has(tcp.ACK) { // a SYN may be a good one of another life: it does not keep TIME-WAIT going
		r.stateSince = seg.Time
	}
	if f&(tcp.SYN|tcp.ACK) == tcp.SYN {
		switch a.profile().TimeWaitSYNAnswer {
		case AnswerACK:
		case AnswerSilence:
			return o
		case AnswerRST:
			o.response = tcp.RespondRst
			return o
		}
	}
	o.response = a.limited(tcp.RespondAck)
	return o
}

// exactInTimeWait: an empty segment at RCV.NXT restarts 2MSL; a RST there ends TIME-WAIT, unless the stack or tcp_rfc1337 has it ignored.
func (a *arrival) exactInTimeWait() outcome {
	if !a.seg.Flags.Has(tcp.RST) {
		a.r.stateSince = a.seg.Time
		if a.r.tsKnown { // a bucket of a connection without timestamps looks at none
			a.takeTimestamp()
		}
		return taken
	}
	if a.profile().TimeWaitRST == RSTLeavesTimeWait || a.pair.host(a.env, a.to).RFC1337 {
		return outcome{tcp.Discard, tcp.InTimeWait, tcp.RespondNone}
	}
	a.r.resetState = a.r.state
	a.pair.move(a.to, rcvRST, a.at, a.how, ReceivedRST)
	return validReset
}

// pawsMSL is how long after TS.Recent a RST is still held to PAWS (TCP_PAWS_MSL: 60 s), ns.
const pawsMSL = 60_000_000_000

// pawsRejects is tcp_paws_reject, for TIME-WAIT and requests: no slack, and a RST is exempt once TS.Recent is a minute old.
func (a *arrival) pawsRejects() bool {
	if !a.pawsFails(0) {
		return false
	}
	return !a.seg.Flags.Has(tcp.RST) || a.seg.Time-a.r.tsRecentAt < pawsMSL
}

// timeWaitTakes says on what ground a side in TIME-WAIT takes a SYN as a new connection, NotReused if it does not
// (Profile.TimeWaitSYN).
func (p *Pair) timeWaitTakes(env *Env, side tcp.Side, seg *tcp.Segment) ReuseBasis {
	r := &p.ends[side]
	a := arrival{env: env, pair: p, seg: seg, to: side, r: r}
	if !r.rcvKnown {
		return BySequence // picked up mid-stream: nothing speaks against it, and the answer will tell
	}
	rule := p.profile(side).TimeWaitSYN
	if rule != SYNNewerSeq && a.pawsFails(0) {
		return NotReused
	}
	bySeq := seg.Seq.After(r.rcvNxt)
	comparable := r.tsKnown && seg.Has(tcp.OptTimestamps)
	byTime := comparable && tcp.TSBefore(r.tsRecent, seg.TSval)
	switch rule {
	case SYNNewerEither:
	case SYNNewerStamp:
		switch {
		case comparable: // RFC 6191 section 2: the sequence number decides between equal timestamps
			bySeq = bySeq && r.tsRecent == seg.TSval
		case !r.tsKnown && seg.Has(tcp.OptTimestamps): // timestamps are new with this incarnation: honor the request
			byTime = true
		}
	case SYNNewerSeq:
		byTime = false
	case SYNBeyondWindow:
		bySeq, byTime = seg.Seq.After(r.rcvNxt+tcp.Seq(r.window())), false
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
