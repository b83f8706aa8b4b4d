package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// view is a look at a pair's steps: those that are kept for rules, or those that the ring holds.
// What a rule sees must not depend on whether there is a ring, so what is found in the one view
// never changes the other.
type view struct {
	pair *Pair
	ring *Ring // nil for what is kept
}

// kept is the view of what is kept for rules.
func (p *Pair) kept() view { return view{pair: p} }

// held is the view of what the ring holds; there is one only with a ring.
func (p *Pair) held(env *Env) (v view, ok bool) { return view{p, env.Ring}, env.Ring != nil }

// since visits the segments' steps since a time, in ns, from the newest back. A visit only looks:
// what changes what was said is Pair.assume, and Pair.decide for a step of one view.
func (v view) since(t int64, visit func(*fsm.Step)) {
	if v.ring != nil {
		v.ring.eachSince(t, visit, v.pair.id)
		return
	}
	steps := v.pair.story.steps
	for i := len(steps) - 1; i >= 0; i-- {
		if st := &steps[i]; st.Time >= t && st.Kind == tcp.KindTCP {
			visit(st)
		}
	}
}

// inRange visits the steps of data to a side that lie wholly within a range of sequence space, now
// that a segment came.
func (v view) inRange(to tcp.Side, now int64, left, right tcp.Seq, visit func(*fsm.Step)) {
	v.since(now-reviseWithin, func(st *fsm.Step) {
		if carries(st, to, left, right) {
			visit(st)
		}
	})
}

// carries reports whether the segment takes something of a range of sequence space to a side, and
// nothing else.
func carries(s *fsm.Step, to tcp.Side, left, right tcp.Seq) bool {
	from, all := uint64(uint32(s.Seq-left)), uint64(uint32(right-left))
	return s.From != to && s.SeqLen() > 0 && s.Kind == tcp.KindTCP && !right.Before(left) &&
		from+uint64(s.SeqLen()) <= all
}

// known gives the step of a frame as rules see it, nil if it is not kept. What the ring holds
// decides nothing.
func (p *Pair) known(frame uint64) *fsm.Step {
	if st := p.story.find(frame); st != nil {
		return st
	}
	for i := range p.story.last {
		if p.story.last[i].Frame == frame {
			return &p.story.last[i]
		}
	}
	return nil
}
