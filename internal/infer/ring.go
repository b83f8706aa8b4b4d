package infer

import (
	"math"
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
)

// Ring holds every step of all pairs in the order of the capture until nothing is likely to revise
// it, for output of all segments.
type Ring struct {
	// as many as a power of two; the step taken in as number n is at n & (len(slots)-1)
	slots []ringSlot
	in    uint64 // steps that were taken in
	out   uint64 // and of those, let go
	last  uint64 // the frame that was taken in last
	// by frame, while frames are not in ascending order, because several files are read as one;
	// else nil
	places map[uint64]uint64
	emit   func(life uint64, step *fsm.Step)
	env    *Env
	awaken func(key *reassembly.Key)
	walked uint64
	waits  []uint64 // the numbers of steps that were not settled at once
	waited []uint64 // memory for the next ones
	replay bool     // what is taken in has a place already
}

type ringSlot struct {
	frame uint64
	time  int64
	life  uint64
	pair  *Pair // to be delivered to while the step is under way
	state slotState
	key   reassembly.Key // of the connection that sleeps
	step  fsm.Step
}

type slotState uint8

const (
	underWay slotState = iota
	settled
	asleep // of a connection that nobody has followed yet: see Sleep
)

const (
	// ringHold is how long in capture time a step waits for its answer and for what may revise it:
	// longer than the first retransmission timeouts, and than a far round trip.
	ringHold = 5_000_000_000
	ringMax  = 1 << 16
	// ringBatch is how many are let go at once.
	ringBatch = 1 << 12
)

// Slack is how far records of several connections may be out of order in time, ns: what is under
// way is taken to have arrived when as much has passed since.
const Slack = 2_000_000_000

// NewRing makes a ring that hands settled steps to emit.
func NewRing(env *Env, emit func(life uint64, step *fsm.Step)) *Ring {
	return &Ring{env: env,
		emit: emit}
}

// at gives the place of the step that was taken in as number n.
func (r *Ring) at(n uint64) *ringSlot { return &r.slots[n&uint64(len(r.slots)-1)] }

// Reserve keeps a place for the step of a frame.
func (r *Ring) Reserve(p *Pair, frame uint64, now int64) {
	if s := r.placeFor(frame, now); s != nil {
		s.pair, s.state = p, underWay
	}
}

// Await notes that the step of a frame, which has a place, is not settled at once: its pair holds
// the segment, or has it under way.
func (r *Ring) Await(frame uint64) {
	if r == nil || r.in == r.out {
		return
	}
	if n, ok := r.number(frame); ok {
		r.waits = append(r.waits, n)
	}
}

// fill has a segment taken in that has its place already, because it was held. A second record of a
// packet leaves its place empty.
func (r *Ring) fill(p *Pair, frame uint64, observe func()) {
	if r == nil {
		observe()
		return
	}
	replay := r.replay
	r.replay = true
	observe()
	r.replay = replay
	if s := r.find(frame); s != nil && s.state == underWay &&
		!slices.ContainsFunc(p.queue, func(f flight) bool { return f.seg.Frame == frame }) {
		s.pair = nil
	}
}

// Sleep keeps a place for the step of a frame of a connection that is not followed. Whoever is told
// of by Awaken has it replayed when the place is due.
func (r *Ring) Sleep(key *reassembly.Key, frame uint64, now int64) {
	s := r.add(frame, now)
	s.key, s.state = *key, asleep
	r.release(now) // when it has its place: the connection itself may be told of
}

// Awaken sets who is called when a step of a connection that sleeps is due: to have a pair observe
// again, during a Replay, all that the connection's segments were, so that its places are filled.
func (r *Ring) Awaken(fill func(key *reassembly.Key)) { r.awaken = fill }

// Replay says whether what is taken in has a place already.
func (r *Ring) Replay(on bool) { r.replay = on }

// Leave lets a pair go whose connection sleeps on: what it has under way is left asleep.
func (r *Ring) Leave(p *Pair, key *reassembly.Key) {
	for i := range p.queue {
		if s := r.find(p.queue[i].step.Frame); s != nil {
			s.key, s.state, s.pair = *key, asleep, nil
		}
	}
	for i := range p.early {
		if s := r.find(p.early[i].seg.Frame); s != nil {
			s.key, s.state, s.pair = *key, asleep, nil
		}
	}
}

// placeFor gives the place of a frame that is taken in, nil if that has been let go.
func (r *Ring) placeFor(frame uint64, now int64) *ringSlot {
	if r.replay {
		return r.find(frame)
	}
	r.release(now)
	return r.add(frame, now)
}

// add adds a place at the young end.
func (r *Ring) add(frame uint64, now int64) *ringSlot {
	if r.in-r.out == uint64(len(r.slots)) {
		r.grow()
	}
	r.note(frame)
	s := r.at(r.in)
	s.frame, s.time, s.life = frame, now, 0
	r.in++
	return s
}

// note takes note of the order of frames: where they do not ascend, a place is found by its frame.
func (r *Ring) note(frame uint64) {
	switch {
	case r.in == r.out:
		r.places = nil
	case frame <= r.last && r.places == nil:
		r.places = make(map[uint64]uint64)
		for n := r.out; n < r.in; n++ {
			r.places[r.at(n).frame] = n
		}
	}
	if r.last = frame; r.places != nil {
		r.places[frame] = r.in
	}
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
func (r *Ring) put(life uint64, step *fsm.Step) {
	if s := r.find(step.Frame); s != nil {
		s.settle(life, step)
	}
}

func (s *ringSlot) settle(life uint64, step *fsm.Step) {
	s.step, s.life, s.state, s.pair = *step, life, settled, nil
	s.step.Notes &^= fsm.Exhibit // it is about what is kept of a life
}

// take gives a place of its own to a step that is settled at once.
func (r *Ring) take(life uint64, step *fsm.Step) {
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

// number gives the number of the step of a frame, if the ring holds it.
func (r *Ring) number(frame uint64) (n uint64, ok bool) {
	if r.in == r.out {
		return 0, false
	}
	if r.places != nil {
		n, ok = r.places[frame]
		return n, ok
	}
	first := r.at(r.out).frame
	if frame < first || frame > r.last {
		return 0, false
	}
	// Few frames are not TCP segments, so few numbers are left out: the place is hardly before
	// where it were without any, counted from the beginning, and hardly after where it were counted
	// from the end.
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
func (r *Ring) eachSince(t int64, change func(*fsm.Step), life uint64) {
	for n := r.in; n > r.out; n-- {
		s := r.at(n - 1)
		if r.walked++; s.time < t {
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
	// less than ringHold where so many segments come that there is no room
	age := now - r.at(r.out+ringBatch-1).time
	r.letGo(ringBatch, now-min(Slack, age/2))
}

// Oldest gives the time of the oldest step that is held, in nanoseconds; the end of time when none
// is.
func (r *Ring) Oldest() int64 {
	if r.in == r.out {
		return math.MaxInt64
	}
	return r.at(r.out).time
}

// Flush emits all that is held.
func (r *Ring) Flush() {
	r.letGo(r.in-r.out, never-1)
}

// letGo lets the oldest n places go. What has not arrived by then goes as what it is now: that
// there is no more room for it decides nothing for its pair.
func (r *Ring) letGo(n uint64, due int64) {
	for i := range n {
		if s := r.at(r.out + i); s.state == asleep {
			r.awaken(&s.key)
		}
	}
	r.arrive(r.out+n, due)
	for i := range n {
		s := r.at(r.out + i)
		if s.state == underWay && s.pair != nil {
			if step, ok := s.pair.undelivered(s.frame); ok {
				s.settle(s.pair.id, &step)
			}
		}
		if s.state == settled {
			r.emit(s.life, &s.step)
		}
		if r.places != nil {
			delete(r.places, s.frame)
		}
	}
	r.out += n
}

// arrive lets what waits arrive that is due by a time, and what the places before number n are held
// for be taken in, before the first of these is let go: it may have to revise what stands before
// it. A pair itself does so no sooner than its next segment comes.
func (r *Ring) arrive(n uint64, due int64) {
	waits := r.waits
	r.waits, r.waited = r.waited[:0], waits // what is taken in may have to wait for its arrival
	for _, w := range waits {
		s := r.at(w)
		if w < r.out || s.state != underWay || s.pair == nil {
			continue
		}
		if s.time <= due {
			s.pair.Arrive(r.env, due)
		}
		if w < n && s.state == underWay && s.pair != nil {
			s.pair.release(r.env, never)
		}
		if s.state == underWay && s.pair != nil {
			r.waits = append(r.waits, w)
		}
	}
}

// Walked gives how many places were looked at because something may have had to be revised. Where
// nothing had, they must be few: it is what a check costs that looks back for every segment.
func (r *Ring) Walked() uint64 { return r.walked }

// In gives how many steps were taken in so far, and Out how many of those were let go, in the same
// order.
func (r *Ring) In() uint64 { return r.in }

// Out: see In.
func (r *Ring) Out() uint64 { return r.out }
