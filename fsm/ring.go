package fsm

import (
	"math"
	"slices"
	"sort"
)

// Ring holds every step of all pairs in the order of the capture until nothing is likely to revise it, for output of all segments.
type Ring struct {
	slots  []ringSlot
	merged bool   // frames are not in ascending order, because several files are read as one
	out    uint64 // slots that were let go
	emit   func(life uint64, step *Step)
	env    *Env
}

type ringSlot struct {
	frame uint64
	time  int64
	life  uint64
	pair  *Pair // to be delivered to while the step is under way
	step  Step
	state slotState
}

type slotState uint8

const (
	underWay slotState = iota
	settled
)

const (
	// ringHold is how long in capture time a step waits for its answer and for what may revise it: longer than the first
	// retransmission timeouts, and than a far round trip.
	ringHold = 5_000_000_000
	ringMax  = 1 << 16
	// ringBatch is how many are let go at once, so that moving up what remains costs little.
	ringBatch = 1 << 12
)

// NewRing makes a ring that hands settled steps to emit.
func NewRing(env *Env, emit func(life uint64, step *Step)) *Ring { return &Ring{env: env, emit: emit} }

// Reserve keeps a place for the step of a frame.
func (r *Ring) Reserve(p *Pair, frame uint64, now int64) {
	r.release(now)
	if n := len(r.slots); n > 0 && frame < r.slots[n-1].frame {
		r.merged = true
	}
	r.slots = append(r.slots, ringSlot{frame: frame, time: now, pair: p})
}

// put fills the place of a step.
func (r *Ring) put(life uint64, step *Step) {
	if s := r.find(step.Frame); s != nil {
		s.step, s.life, s.state, s.pair = *step, life, settled, nil
	}
}

func (r *Ring) find(frame uint64) *ringSlot {
	if r.merged {
		for i := len(r.slots) - 1; i >= 0; i-- {
			if r.slots[i].frame == frame {
				return &r.slots[i]
			}
		}
		return nil
	}
	i := sort.Search(len(r.slots), func(i int) bool { return r.slots[i].frame >= frame })
	if i == len(r.slots) || r.slots[i].frame != frame {
		return nil
	}
	return &r.slots[i]
}

// eachSince calls change with the settled steps of one life since a time.
func (r *Ring) eachSince(t int64, change func(*Step), life uint64) {
	for i := len(r.slots) - 1; i >= 0 && r.slots[i].time >= t; i-- {
		if s := &r.slots[i]; s.life == life && s.state == settled {
			change(&s.step)
		}
	}
}

// release emits what has waited long enough.
func (r *Ring) release(now int64) {
	if len(r.slots) < ringMax && (len(r.slots) < ringBatch || now-r.slots[ringBatch-1].time <= ringHold) {
		return
	}
	r.drop(ringBatch)
}

// Oldest gives the time of the oldest step that is held, in nanoseconds; the end of time when none is.
func (r *Ring) Oldest() int64 {
	if len(r.slots) == 0 {
		return math.MaxInt64
	}
	return r.slots[0].time
}

// Flush emits all that is held.
func (r *Ring) Flush() { r.drop(len(r.slots)) }

func (r *Ring) drop(n int) {
	for i := range n {
		s := &r.slots[i]
		if s.state == underWay && s.pair != nil {
			s.pair.landAll(r.env)
		}
		if s.state == settled {
			r.emit(s.life, &s.step)
		}
	}
	r.slots = slices.Delete(r.slots, 0, n)
	r.out += uint64(n)
}

// In gives how many steps were taken in so far, and Out how many of those were let go, in the same order.
func (r *Ring) In() uint64 { return r.out + uint64(len(r.slots)) }

// Out: see In.
func (r *Ring) Out() uint64 { return r.out }
