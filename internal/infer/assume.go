package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// What is said of a segment when it passes is what its receiver does with it, if all that passed
// the capture point arrives in order. Later segments may show that this is not so. Whatever then
// changes what was said of a segment goes through assume, with the principle that it rests on: so
// the changes can be listed (lastack why), and counted.

// span says which of a pair's segments an assumption is about.
type span struct {
	frame  uint64 // that one alone, if alone is set
	alone  bool
	since  int64 // else those since a time, ns
	sided  bool  // and of these the ones to a side
	to     tcp.Side
	ranged bool // and of these the ones with data from left up to right, and no other
	left   tcp.Seq
	right  tcp.Seq
}

// one is the segment of a frame; none if that is 0.
func one(frame uint64) span { return span{frame: frame, alone: true} }

// allSince is what was sent since a time, ns.
func allSince(t int64) span { return span{since: t} }

// allTo is what was sent to a side since a time, ns.
func allTo(to tcp.Side, t int64) span { return span{since: t, sided: true, to: to} }

// dataTo is the data to a side that lies wholly within a range of sequence space, and was sent not
// too long before now, ns.
func dataTo(to tcp.Side, now int64, left, right tcp.Seq) span {
	return span{since: now - reviseWithin, sided: true, to: to, ranged: true, left: left, right: right}
}

// has reports whether a segment since s.since belongs to a span of many.
func (s *span) has(st *fsm.Step) bool {
	return !s.sided || st.From != s.to && st.Kind == tcp.KindTCP &&
		(!s.ranged || carries(st, s.to, s.left, s.right))
}

// reviseWithin is how far back segments are looked for that an ACK speaks of, ns.
const reviseWithin = 3_000_000_000

// assume changes what was said of earlier segments, wherever it is kept: among what rules see, under
// way, in the ring. The change depends on the step alone, so that what a rule sees does not depend
// on whether there is a ring.
func (p *Pair) assume(env *Env, a Assumption, s span, change func(*fsm.Step)) {
	if s.alone {
		p.assumeOfOne(env, a, s.frame, change)
		return
	}
	each := func(st *fsm.Step) {
		if s.has(st) {
			p.decide(env, a, st, change)
		}
	}
	p.kept().since(s.since, each)
	if ring, ok := p.held(env); ok {
		ring.since(s.since, each)
	}
}

// assumeOfOne is assume for the segment of a frame.
func (p *Pair) assumeOfOne(env *Env, a Assumption, frame uint64, change func(*fsm.Step)) {
	if frame == 0 {
		return
	}
	if st := p.story.find(frame); st != nil {
		p.decide(env, a, st, change)
	}
	for i := range p.story.last {
		if st := &p.story.last[i]; st.Frame == frame {
			p.decide(env, a, st, change)
		}
	}
	for i := range p.queue {
		if st := &p.queue[i].step; st.Frame == frame {
			p.decide(env, a, st, change)
		}
	}
	if env.Ring != nil {
		if s := env.Ring.find(frame); s != nil && s.state == settled {
			p.decide(env, a, &s.step, change)
		}
	}
}

// decide changes what was said of one segment, in one of the places where it is kept. Nothing else
// does. Who asks for the changes is told of those in the ring, which segment records are made of.
func (p *Pair) decide(env *Env, a Assumption, st *fsm.Step, change func(*fsm.Step)) {
	if env.Decided == nil {
		change(st)
		return
	}
	before := *st
	change(st)
	if s := env.Ring.find(st.Frame); s != nil && st == &s.step && *st != before {
		env.Decided(&Decision{Life: p.id, Frame: st.Frame, By: env.by, Assumption: a,
			Before: before, After: *st})
	}
}

// Decision is a change of what was said of a segment.
type Decision struct {
	Life  uint64
	Frame uint64 // of the segment
	// By is the frame of the segment that showed it; 0 where time that passed did, or the end of
	// the capture.
	By            uint64
	Assumption    Assumption
	Before, After fsm.Step
}
