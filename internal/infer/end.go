package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// End reports the pair's life as it is, because capture time passed, the capture ended or room was
// needed. now is the capture time up to which nothing more came.
func (p *Pair) End(env *Env, by fsm.EndedBy, now int64) {
	env.by = 0
	p.Settle(env)
	p.passTime(env, now)
	p.end(env, by, now, fsm.Successor{})
}

// Settle decides what the capture leaves open, now that it has ended.
func (p *Pair) Settle(env *Env) {
	p.steadiness = steadyUnknown
	p.release(env, never)
	p.landAll(env)
	p.settleUnresolved(env)
}

// View fills life with the pair's life as it is now, without ending it.
func (p *Pair) View(env *Env, life *fsm.Life, now int64) {
	p.fill(env, life, fsm.NotEnded, now, fsm.Successor{})
}

func (p *Pair) end(env *Env, by fsm.EndedBy, now int64, next fsm.Successor) {
	p.fill(env, &env.life, by, now, next)
	env.Ended(&env.life)
}

// fill makes a Life of what is known.
func (p *Pair) fill(env *Env, l *fsm.Life, by fsm.EndedBy, now int64, next fsm.Successor) {
	ts, steps := append(l.Transitions[:0], p.story.transitions...), append(l.Steps[:0],
		p.story.steps...)
	*l = fsm.Life{ID: p.id, Tuple: p.tuple, Paths: [2]uint32{p.tuple.Path, p.tuple.Path},
		Incarnation: p.number, Direction: p.direction, First: p.first, Last: p.last,
		Now: max(now, p.latest), EndedBy: by, Opening: p.opening, Established: p.established, RTT: p.roundTrip(), Gap: p.gap,
		Vantage: p.vantageNow(), MaxIdle: p.maxIdle, IdleEnd: p.idleEnd, Transitions: ts, Steps: steps,
		StepsLeft: p.story.left, Copies: p.copied, FirstCopy: p.firstCopy, CopyOf: p.copyOf,
		Disordered: p.disordered, BackInTime: p.backInTime, BackMost: p.backMost, Back: p.back, Former: p.formerLife(),
		Next: next, ICMPErrors: p.icmpErrors, MidStream: p.opening == tcp.OpeningMidStream}
	x := p.peek()
	for i := range p.ends {
		e := &p.ends[i]
		l.Sides[i] = fsm.SideFacts{Tally: p.facts[i], State: e.State, Stack: p.stack[i], Told: told(env,
			p.addr(tcp.Side(i))), SndUna: p.flow[i].Una, SndNxt: p.flow[i].Nxt,
			RcvNxt: e.RcvWup, Zero: x.zero[i], Backoff: x.backoff[i], Longest: x.longest[i], Keep: x.keep[i]}
		l.Sides[i].ISN, l.Sides[i].ISNKnown = e.ISS, e.ISSKnown
		l.Sides[i].Hole, l.Sides[i].StraySACK = hole(&p.flow[i]), x.stray[i]
		if u := &x.unscaled; u.active && u.side == tcp.Side(i) {
			l.Sides[i].Unscaled = u.is
		}
	}
	if l.Sides[0].Hole.Since != 0 || l.Sides[1].Hole.Since != 0 {
		l.Steps = p.story.withLast(l.Steps)
	}
	if p.opening == tcp.Refused {
		l.ServerWay = env.Ways.of(p.tuple.Dst)
	}
	l.OneWay = l.Sides[0].Segments == 0 || l.Sides[1].Segments == 0
	l.Closing = p.closing()
	l.ClosedBy = p.closedBy(l)
}

// hole gives what a direction's receiver still waits for.
func hole(f *reassembly.Flow) fsm.Hole {
	if len(f.Holes) == 0 || f.Holes[0].From != f.Una {
		return fsm.Hole{}
	}
	return fsm.Hole{From: f.Holes[0].From, To: f.Holes[0].To, Since: f.HoleSince}
}

// closing says how the life ended as far as it is known.
func (p *Pair) closing() tcp.ClosingKind {
	a, b := &p.ends[0], &p.ends[1]
	reset := p.resetSeen()
	switch {
	case reset && !(a.FINAcked() && b.FINAcked()):
		return tcp.ByReset
	case a.FINSent && b.FINSent:
		return p.closeShape()
	case a.FINSent || b.FINSent:
		return tcp.HalfClosed
	}
	return tcp.StillOpen
}

// resetSeen reports whether a RST ended a side, other than in TIME-WAIT.
func (p *Pair) resetSeen() bool {
	for side := range tcp.NoSide {
		t := p.lastTransition(side)
		if t == nil || t.To != tcp.Closed || t.From == tcp.TimeWait {
			continue
		}
		switch t.Cause {
		case fsm.SentRST, fsm.ReceivedRST, fsm.LostState, fsm.DataAfterClose, fsm.RefusedToAnswer, fsm.ReceivedSYN:
			return true
		}
	}
	return p.opening == tcp.Refused
}

// closeShape tells the three ways of an orderly close apart.
func (p *Pair) closeShape() tcp.ClosingKind {
	for i := range p.story.transitions {
		if t := &p.story.transitions[i]; t.To == tcp.Closing && !t.Withdrawn {
			return tcp.SimultaneousClose
		}
	}
	for i := range p.story.steps {
		s := &p.story.steps[i]
		// The second FIN that also carries the first acknowledgment of the peer's FIN.
		if s.Flags.Has(tcp.FIN) && s.SenderBefore == tcp.CloseWait &&
			s.SenderAfter == tcp.LastAck && s.Answers != 0 &&
			s.Answers == p.facts[s.From.Peer()].FirstFIN.Frame {
			return tcp.ThreeSegment
		}
	}
	return tcp.FourSegment
}

// closedBy says which side closed first: by FIN, else by RST. Both for a simultaneous close.
func (p *Pair) closedBy(l *fsm.Life) [2]bool {
	if l.Closing == tcp.SimultaneousClose {
		return [2]bool{true, true}
	}
	var first *fsm.Transition
	for i := range p.story.transitions {
		t := &p.story.transitions[i]
		if t.Withdrawn || t.Cause != fsm.SentFIN && t.Cause != fsm.SentRST && t.Cause != fsm.LostState &&
			t.Cause != fsm.DataAfterClose {
			continue
		}
		met := t.Cause == fsm.LostState || t.Cause == fsm.DataAfterClose
		// what data met shows later than the RST that was sent behind it
		if first == nil || met && t.Time < first.Time {
			first = t
		}
	}
	var by [2]bool
	if first != nil {
		by[first.Side] = true
	}
	return by
}

// formerLife gives what remains of the previous life.
func (p *Pair) formerLife() fsm.Former {
	f := p.peek().former
	if !f.Known {
		f.TimeWait = tcp.NoSide
	}
	return f
}
