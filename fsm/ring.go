package fsm

import (
	"math"

	"github.com/lastack/lastack/reassembly"
)

// Ring holds every step of all pairs in the order of the capture until nothing is likely to revise it, for output of all segments.
type Ring struct {
	slots  []ringSlot // as many as a power of two; the step taken in as number n is at n & (len(slots)-1)
	in     uint64     // steps that were taken in
	out    uint64     // and of those, let go
	last   uint64     // the frame that was taken in last
	merged bool       // frames are not in ascending order, because several files are read as one
	emit   func(life uint64, step *Step)
	env    *Env
	awaken func(key *reassembly.Key, until uint64)
	replay replay
}

// replay says that what is taken in has been reserved before: no place is added.
type replay struct {
	on    bool
	until uint64 // only the places before this number are filled
}

type ringSlot struct {
	frame uint64
	time  int64
	life  uint64
	pair  *Pair // to be delivered to while the step is under way
	state slotState
	key   reassembly.Key // of the connection that sleeps
	step  Step
}

type slotState uint8

const (
	underWay slotState = iota
	settled
	asleep // of a connection that nobody has followed yet: see Sleep
)

const (
	// ringHold is how long in capture time a step waits for its answer and for what may revise it: longer than the first
	// retransmission timeouts, and than a far round trip.
	ringHold = 5_000_000_000
	ringMax  = 1 << 16
	// ringBatch is how many are let go at once.
	ringBatch = 1 << 12
)

// NewRing makes a ring that hands settled steps to emit.
func NewRing(env *Env, emit func(life uint64, step *Step)) *Ring { return &Ring{env: env, emit: emit} }

// at gives the place of the step that was taken in as number n.
func (r *Ring) at(n uint64) *ringSlot { return &r.slots[n&uint64(len(r.slots)-1)] }

// Reserve keeps a place for the step of a frame.
func (r *Ring) Reserve(p *Pair, frame uint64, now int64) {
	if s := r.placeFor(frame, now); s != nil {
		s.pair, s.state = p, underWay
	}
}

// Sleep keeps a place for the step of a frame of a connection that is not followed. Whoever is told of by Awaken has it replayed when the
// place is due.
func (r *Ring) Sleep(key *reassembly.Key, frame uint64, now int64) {
	s := r.reserve(frame, now)
	s.key, s.state = *key, asleep
}

// Awaken sets who is called when a step of a connection that sleeps is due: between BeginReplay and EndReplay it has a pair observe all that
// the connection's segments were. Places from number until on need not be filled.
func (r *Ring) Awaken(replay func(key *reassembly.Key, until uint64)) { r.awaken = replay }

// BeginReplay says that what is taken in from now on has a place already, and that those before a number are filled.
func (r *Ring) BeginReplay(until uint64) { r.replay = replay{true, until} }

// EndReplay ends that. The pair goes on, or it is not to be used again, and the connection sleeps on.
func (r *Ring) EndReplay(p *Pair, goesOn bool) {
	if !goesOn {
		r.leave(p)
	}
	r.replay = replay{}
}

// leave settles what a pair has under way and is to be filled. The rest is left asleep.
func (r *Ring) leave(p *Pair) {
	for i := range p.queue {
		if _, due := r.toFill(p.queue[i].step.Frame); due {
			p.landAll(r.env)
			return
		}
	}
}

// placeFor gives the place of a frame that is taken in, nil if it has been let go or is not to be filled yet.
func (r *Ring) placeFor(frame uint64, now int64) *ringSlot {
	if !r.replay.on {
		return r.reserve(frame, now)
	}
	s, _ := r.toFill(frame)
	return s
}

// toFill gives the place of a frame that is to be filled, false if it has been let go or is not to be filled yet.
func (r *Ring) toFill(frame uint64) (s *ringSlot, ok bool) {
	n, ok := r.number(frame)
	if !ok || r.replay.on && n >= r.replay.until {
		return nil, false
	}
	return r.at(n), true
}

func (r *Ring) reserve(frame uint64, now int64) *ringSlot {
	r.release(now)
	if r.in-r.out == uint64(len(r.slots)) {
		r.grow()
	}
	r.merged = r.in > r.out && (r.merged || frame <= r.last)
	r.last = frame
	s := r.at(r.in)
	s.frame, s.time, s.life = frame, now, 0
	r.in++
	return s
}

// grow doubles the number of places.
func (r *Ring) grow() {
	old := *r
	r.slots = make([]ringSlot, max(ringBatch, 2*len(old.slots)))
	for n := r.out; n < r.in; n++ {
		*r.at(n) = *old.at(n)
	}
}

// put fills the place of a step.
func (r *Ring) put(life uint64, step *Step) {
	if s, ok := r.toFill(step.Frame); ok {
		s.settle(life, step)
	}
}

func (s *ringSlot) settle(life uint64, step *Step) {
	s.step, s.life, s.state, s.pair = *step, life, settled, nil
}

// take gives a place of its own to a step that is settled at once.
func (r *Ring) take(life uint64, step *Step) {
	if s := r.placeFor(step.Frame, step.Time); s != nil {
		s.settle(life, step)
	}
}

// find gives the place of a frame, nil if the ring does not hold it.
func (r *Ring) find(frame uint64) *ringSlot {
	if n, ok := r.number(frame); ok {
		return r.at(n)
	}
	return nil
}

// number gives the number as which a frame was taken in, unless the ring does not hold it.
func (r *Ring) number(frame uint64) (n uint64, ok bool) {
	if r.in == r.out {
		return 0, false
	}
	if r.merged {
		for n := r.in; n > r.out; n-- {
			if r.at(n-1).frame == frame {
				return n - 1, true
			}
		}
		return 0, false
	}
	first := r.at(r.out).frame
	if frame < first || frame > r.last {
		return 0, false
	}
	// Few frames are not TCP segments, so few numbers are left out: the place is hardly before where it were without any, counted from the
	// beginning, and hardly after where it were counted from the end.
	low, high := r.out, min(r.in-1, r.out+(frame-first))
	if back := r.last - frame; back < r.in-r.out {
		low = r.in - 1 - back
	}
	for low < high {
		middle := low + (high-low)/2
		if r.at(middle).frame < frame {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, r.at(low).frame == frame
}

// eachSince calls change with the settled steps of one life since a time.
func (r *Ring) eachSince(t int64, change func(*Step), life uint64) {
	for n := r.in; n > r.out; n-- {
		s := r.at(n - 1)
		if s.time < t {
			return
		}
		if s.life == life && s.state == settled {
			change(&s.step)
		}
	}
}

// release emits what has waited long enough.
func (r *Ring) release(now int64) {
	held := r.in - r.out
	if held < ringMax && (held < ringBatch || now-r.at(r.out+ringBatch-1).time <= ringHold) {
		return
	}
	r.drop(ringBatch)
}

// Oldest gives the time of the oldest step that is held, in nanoseconds; the end of time when none is.
func (r *Ring) Oldest() int64 {
	if r.in == r.out {
		return math.MaxInt64
	}
	return r.at(r.out).time
}

// Flush emits all that is held.
func (r *Ring) Flush() { r.drop(r.in - r.out) }

func (r *Ring) drop(n uint64) {
	for i := range n {
		s := r.at(r.out + i)
		switch {
		case s.state == asleep:
			r.awaken(&s.key, r.out+n)
		case s.state == underWay && s.pair != nil:
			s.pair.landAll(r.env)
		}
		if s.state == settled {
			r.emit(s.life, &s.step)
		}
	}
	r.out += n
}

// In gives how many steps were taken in so far, and Out how many of those were let go, in the same order.
func (r *Ring) In() uint64 { return r.in }

// Out: see In.
func (r *Ring) Out() uint64 { return r.out }
