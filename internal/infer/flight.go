package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// flight is a segment that passed the capture point and has not been delivered yet.
type flight struct {
	seg  tcp.Segment
	step fsm.Step
	due  int64 // when it arrives, as far as the round trip tells, ns
}

// maxFlights bounds the queue of one pair; past it segments are delivered at once.
const maxFlights = 64

// minLag is the shortest way that is worth waiting for: below it host processing hides the order
// anyway.
const minLag = 200_000

// launch delivers a segment at once, or, where its receiver is far and the order of events matters,
// when it is due. A segment captured at t reaches a side that is lag there and back after t+lag/2,
// and what that side sent before then is captured before t+lag: so t+lag is when everything the
// receiver sent first has been seen.
func (p *Pair) launch(env *Env, seg *tcp.Segment, step fsm.Step) {
	to := step.From.Peer()
	if env.Ring != nil {
		env.Ring.Reserve(p, seg.Frame, seg.Time)
	}
	if p.unheard(env, step.From) {
		p.doubt(env, seg, step)
		return
	}
	lag := p.lag[to]
	if lag < minLag || len(p.queue) >= maxFlights || !p.orderMatters(seg, to) {
		p.deliver(env, seg, step, tcp.Inferred)
		return
	}
	// A little less than the shortest way measured, since the answer may be as quick as that; but
	// not before what went the same way.
	due := seg.Time + lag - lag/8
	for i := range p.queue {
		if f := &p.queue[i]; f.step.From == step.From && f.due != never {
			due = max(due, f.due)
		}
	}
	p.enqueue(env, flight{seg: *seg, step: step, due: due})
}

func (p *Pair) enqueue(env *Env, f flight) {
	p.queue = append(p.queue, f)
	env.Ring.Await(f.step.Frame)
}

// undelivered gives the step of a segment that has not been delivered yet, as it is until then.
func (p *Pair) undelivered(frame uint64) (step fsm.Step, ok bool) {
	i := p.underWay(frame)
	if i < 0 {
		return step, false
	}
	step = p.queue[i].step
	p.unarrived(&step)
	if p.queue[i].due == never {
		step.Notes |= fsm.Lost
	}
	return step, true
}

// unarrived makes a step one of a segment that did not reach its receiver.
func (p *Pair) unarrived(s *fsm.Step) {
	r := &p.ends[s.From.Peer()]
	s.ReceiverBefore, s.ReceiverAfter, s.Wanted = r.State, r.State, r.Wanted()
	s.Verdict, s.Reason, s.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
}

// orderMatters reports whether delivering the segment at once could be told from delivering it when
// it arrives: not for plain segments between two ESTABLISHED sides.
func (p *Pair) orderMatters(seg *tcp.Segment, to tcp.Side) bool {
	if seg.Flags.Has(tcp.SYN) && !seg.Flags.Any(tcp.ACK|tcp.RST) {
		return false // its receiver has sent nothing that could cross it
	}
	if seg.Flags.Any(tcp.SYN | tcp.FIN | tcp.RST) {
		return true
	}
	if p.ends[0].State != tcp.Established || p.ends[1].State != tcp.Established {
		return true
	}
	for i := range p.queue {
		if p.queue[i].step.From.Peer() == to {
			return true
		}
	}
	return false
}

// deliverDue delivers what is due by now, in order of arrival.
func (p *Pair) deliverDue(env *Env, now int64) {
	for len(p.queue) > 0 {
		best := 0
		for i := range p.queue {
			if p.queue[i].due < p.queue[best].due {
				best = i
			}
		}
		if p.queue[best].due > now || p.queue[best].due == never {
			return
		}
		p.passTime(env, p.queue[best].due)
		p.land(env, best, tcp.Inferred)
	}
}

// landFrom delivers all that a side has under way: a SYN does not overtake it.
func (p *Pair) landFrom(env *Env, from tcp.Side) {
	for i := 0; i < len(p.queue); {
		if p.queue[i].step.From != from {
			i++
			continue
		}
		p.land(env, i, tcp.Inferred)
	}
}

// landDoubted takes what a side has sent, and of which nothing has shown that it arrived, to arrive
// all the same: now, if it is due.
func (p *Pair) landDoubted(env *Env, from tcp.Side, now int64) {
	lag := p.lag[from.Peer()]
	for i := range p.queue {
		if f := &p.queue[i]; f.step.From == from && f.due == never {
			f.due = f.seg.Time + lag - lag/8
		}
	}
	p.deliverDue(env, now)
}

// landAll delivers all that is under way, in order of arrival; what nothing shows to arrive is
// lost.
func (p *Pair) landAll(env *Env) {
	p.deliverDue(env, never-1)
	for len(p.queue) > 0 {
		p.land(env, 0, tcp.Inferred)
	}
}

// land delivers the i-th segment of the queue.
func (p *Pair) land(env *Env, i int, how tcp.Certainty) {
	f := &env.landing
	*f = p.queue[i]
	p.queue = append(p.queue[:i], p.queue[i+1:]...)
	if f.due == never && how != tcp.Confirmed {
		p.lose(env, f)
		return
	}
	p.deliver(env, &f.seg, f.step, how)
}

// deliverProved delivers the queued segments to a side that what it sends now proves to have
// arrived: it acknowledges them, echoes their timestamp, or answers them with a RST that takes up
// their ACK. What went before them in the same direction arrived too.
func (p *Pair) deliverProved(env *Env, side tcp.Side, seg *tcp.Segment) {
	last := -1
	block, twice := dsack(seg)
	for i := range p.queue {
		f := &p.queue[i]
		if f.step.From == side {
			continue
		}
		// which would be taken, not refused
		exact := f.seg.Flags.Has(tcp.RST) && fsm.ExactFor(f.seg.Seq, seg.Ack)
		refused := f.seg.Flags.Any(tcp.SYN|tcp.RST) && !exact || f.seg.Flags.Has(tcp.ACK) &&
			f.seg.Ack.After(p.flow[side].Nxt)
		again := refused && p.repeatsACK(side, seg)
		reported := twice && f.seg.SeqLen() > 0 && reports(seg, block, f.seg.Seq, f.seg.EndSeq())
		if proves(seg, &f.seg) || again || reported || p.asksAgain(env, side, seg, &f.seg) {
			last = i
		}
	}
	for i := 0; i <= last; {
		if p.queue[i].step.From == side {
			i++
			continue
		}
		p.land(env, i, tcp.Confirmed)
		last--
	}
}

// asksAgain reports whether a side asks once more for what stands before an earlier segment, and
// nothing else that has arrived made it do so (RFC 5681 section 4.2: an immediate duplicate ACK).
func (p *Pair) asksAgain(env *Env, side tcp.Side, seg, earlier *tcp.Segment) bool {
	s := &p.ends[side]
	return earlier.SeqLen() > 0 && s.RcvKnown && earlier.Seq.After(s.RcvNxt) &&
		len(p.expect[side].list) == 0 && p.saysAgain(env, side, seg)
}

// repeatsACK reports whether a side sends an ACK that tells nothing new: what it sends when it
// refuses a segment.
func (p *Pair) repeatsACK(side tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[side]
	return seg.Flags&(tcp.ACK|tcp.SYN|tcp.FIN|tcp.RST) == tcp.ACK && seg.Len == 0 && s.RcvKnown &&
		seg.Ack == s.RcvWup &&
		seg.Seq == s.SndNxt
}

// proves reports whether answer could only be sent after earlier had arrived.
func proves(answer, earlier *tcp.Segment) bool {
	// nothing answers a RST (tcp_v4_send_reset)
	if answer.Flags.Has(tcp.RST) && !answer.Flags.Has(tcp.ACK) {
		return earlier.Flags&(tcp.ACK|tcp.RST) == tcp.ACK && answer.Seq == earlier.Ack
	}
	if !answer.Flags.Has(tcp.ACK) {
		return false
	}
	if n := earlier.SeqLen(); n > 0 && !earlier.Flags.Has(tcp.RST) {
		return answer.Ack.AtOrAfter(earlier.EndSeq())
	}
	return answer.Has(tcp.OptTimestamps) && earlier.Has(tcp.OptTimestamps) &&
		answer.TSecr == earlier.TSval &&
		answer.TSecr != 0 && earlier.SeqLen() == 0 && answer.Ack.AtOrAfter(earlier.Seq) &&
		!earlier.Flags.Has(tcp.RST)
}
