package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// deliver lets a segment arrive: the receiver's verdict on it, and what it changes there.
func (p *Pair) deliver(env *Env, seg *tcp.Segment, sent fsm.Step, how tcp.Certainty) {
	step := &env.step // not a local: what the arrival points to would be allocated for each segment
	*step = sent
	to := step.From.Peer()
	a := arrival{env: env, pair: p, seg: seg, step: step, to: to, r: &p.ends[to],
		s:  &p.ends[step.From],
		at: fsm.Mark{Frame: seg.Frame, Time: seg.Time}, how: how}
	if a.r.State == tcp.Closed && p.opening == tcp.Unanswered &&
		seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN {
		// the old life's socket is gone; whether somebody listens the answer will tell
		*a.r = fsm.Socket{State: tcp.Listen, OutOfOrder: a.r.OutOfOrder[:0]}
	}
	a.finBefore()
	step.ReceiverBefore = a.r.State
	step.Wanted = a.r.Wanted()
	before := len(p.story.transitions)
	if p.meetsAttempt(to) {
		a.r = p.peek().attempt.Socket()
		step.ReceiverBefore, step.Wanted = a.r.State, a.r.Wanted()
	}
	o := a.judge()
	step.Verdict, step.Reason, step.Response = o.Verdict, o.Reason, o.Response
	step.ReceiverAfter = a.r.State
	if seg.Flags.Has(tcp.FIN) && o.Verdict == tcp.Discard && a.s.FINAck == seg.Ack {
		a.s.FINAck = a.r.SndUna // what was refused proves nothing
	}
	p.expects(env, seg, step)
	p.measureHandshake(seg, step)
	p.commit(env, step, len(p.story.transitions) != before)
}

// badChecksum reports whether the receiver drops the segment unread (tcp_v4_rcv). Where all of a
// side's checksums look wrong, its card fills them in after the capture point.
func (p *Pair) badChecksum(from tcp.Side, seg *tcp.Segment) bool {
	return seg.Checksum == tcp.ChecksumBad && (p.facts[from].GoodChecksums > 0 || p.verified[from])
}
