package fsm

import "github.com/lastack/lastack/tcp"

// outcome is what a receiver does with a segment.
type outcome struct {
	verdict  tcp.Verdict
	reason   tcp.Reason
	response tcp.Response
}

var (
	taken        = outcome{tcp.Accept, tcp.NoReason, tcp.RespondNone}
	takenAck     = outcome{tcp.Accept, tcp.NoReason, tcp.RespondAck}
	dropped      = outcome{tcp.Discard, tcp.BadFlags, tcp.RespondNone}
	noConnection = outcome{tcp.Discard, tcp.NoConnection, tcp.RespondRst}
	validReset   = outcome{tcp.Reset, tcp.ValidRst, tcp.RespondNone}
)

// arrival is one segment at its receiver.
type arrival struct {
	env  *Env
	pair *Pair
	seg  *tcp.Segment
	step *Step
	to   tcp.Side
	r    *endpoint // the receiver
	s    *endpoint // the sender
	at   Mark
	how  tcp.Certainty // of what it changes at the receiver
}

// deliver lets a segment arrive: the receiver's verdict on it, and what it changes there.
func (p *Pair) deliver(env *Env, seg *tcp.Segment, sent Step, how tcp.Certainty) {
	step := &env.step // not a local: what the arrival points to would be allocated for each segment
	*step = sent
	to := step.From.Peer()
	a := arrival{env: env, pair: p, seg: seg, step: step, to: to, r: &p.ends[to], s: &p.ends[step.From],
		at: Mark{seg.Frame, seg.Time}, how: how}
	if a.r.state == tcp.Closed && p.opening == tcp.Unanswered && seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN {
		*a.r = endpoint{state: tcp.Listen, ooo: a.r.ooo[:0]} // the old life's socket is gone; whether somebody listens the answer will tell
	}
	a.finBefore()
	step.ReceiverBefore = a.r.state
	step.Wanted = a.r.wanted()
	before := len(p.story.transitions)
	if p.meetsAttempt(to) {
		a.r = p.peek().attempt.endpoint()
		step.ReceiverBefore, step.Wanted = a.r.state, a.r.wanted()
	}
	o := a.judge()
	step.Verdict, step.Reason, step.Response = o.verdict, o.reason, o.response
	step.ReceiverAfter = a.r.state
	if seg.Flags.Has(tcp.FIN) && o.verdict == tcp.Discard && a.s.finAck == seg.Ack {
		a.s.finAck = a.r.sndUna // what was refused proves nothing
	}
	p.expects(env, seg, step)
	p.measureHandshake(seg, step)
	p.commit(env, step, len(p.story.transitions) != before)
}

// finBefore lets the sender's FIN arrive before what it sent next: it was held back because the receiver had not seen it yet when it
// sent its own.
func (a *arrival) finBefore() {
	r, s := a.r, a.s
	after := a.seg.Seq == s.finSeq+1 || a.seg.Flags.Has(tcp.RST) && a.seg.Seq == s.finSeq
	if r.finCrossed && s.finSent && !r.finRcvd && r.rcvNxt == s.finSeq && after {
		was := r.state
		r.finAt, r.finKnown = s.finSeq, true
		a.pair.advance(a.to, s.finSeq+1)
		a.takeFINIfDue()
		a.pair.revise(a.env, a.pair.facts[a.step.From].LastFIN.Frame, func(st *Step) {
			st.ReceiverBefore, st.ReceiverAfter = was, r.state
		})
	}
}

// judge checks a segment in the order of RFC 9293 section 3.10.7.
func (a *arrival) judge() outcome {
	if a.pair.badChecksum(a.step.From, a.seg) {
		return outcome{tcp.Discard, tcp.BadChecksum, tcp.RespondNone}
	}
	if a.mayBeExact() {
		return a.doubtReset()
	}
	return a.byState()
}

// byState judges a segment by the receiver's state.
func (a *arrival) byState() outcome {
	switch a.r.state {
	case tcp.Closed:
		return a.atClosed()
	case tcp.Listen:
		return a.atListen()
	case tcp.SynSent:
		return a.atSynSent()
	case tcp.SynReceived:
		return a.atSynReceived()
	case tcp.TimeWait:
		return a.atTimeWait()
	}
	return a.atSynchronized()
}

// badChecksum reports whether the receiver drops the segment unread (tcp_v4_rcv). Where all of a side's checksums look wrong, its
// card fills them in after the capture point.
func (p *Pair) badChecksum(from tcp.Side, seg *tcp.Segment) bool {
	return seg.Checksum == tcp.ChecksumBad && (p.facts[from].goodChecksums > 0 || p.verified[from])
}

// atClosed: no socket. Everything but a RST is answered with RST (RFC 9293 section 3.10.7.1).
//
// A responder that answered a SYN has a listener behind its closed socket, which drops in silence what has none of ACK, RST and SYN
// (tcp_rcv_state_process). One that sent a SYN of its own (a simultaneous open) has none.
func (a *arrival) atClosed() outcome {
	o := noConnection
	if f := &a.pair.facts[a.to]; !a.seg.Flags.Any(tcp.ACK|tcp.RST|tcp.SYN) && f.SYNACKs > 0 && f.SYNs == 0 {
		return dropped
	}
	if a.seg.Flags.Has(tcp.RST) {
		o.response = tcp.RespondNone
	}
	return o
}

// atListen: RFC 9293 section 3.10.7.2, tcp_rcv_state_process. A SYN is taken if somebody listens, which only the answer tells.
func (a *arrival) atListen() outcome {
	f := a.seg.Flags
	switch {
	case f.Has(tcp.RST):
		return outcome{tcp.Discard, tcp.NoConnection, tcp.RespondNone}
	case f.Has(tcp.ACK):
		return noConnection
	case f.Has(tcp.SYN):
		if f.Has(tcp.FIN) {
			return dropped
		}
		a.takeSYN()
		return outcome{tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondSynAck}
	}
	return dropped
}

// takeSYN sets the receiver's numbers from a SYN.
func (a *arrival) takeSYN() {
	r := a.r
	r.rcvKnown = true
	r.rcvNxt, r.rcvWup = a.seg.Seq+1, a.seg.Seq+1
	if a.seg.Len > 0 { // fast open: the SYN's data counts if it is acknowledged
		r.rcvNxt = a.seg.EndSeq()
	}
	r.edge, r.edgeKnown = r.rcvNxt+tcp.Seq(r.offered), r.offered > 0
	a.takeTimestamp()
}

// takeTimestamp sets TS.Recent (RFC 7323 section 4.3, tcp_store_ts_recent).
func (a *arrival) takeTimestamp() {
	if a.seg.Has(tcp.OptTimestamps) {
		a.r.tsRecent, a.r.tsKnown, a.r.tsRecentAt = a.seg.TSval, true, a.seg.Time
	}
}
