package track

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/reassembly"
)

const (
	// closedFor is how long a closed connection is remembered: Linux's TIME-WAIT of 60 s, and some
	// seconds for what comes late. Nothing is gained from keeping it for as long as stacks do whose
	// TIME-WAIT is longer.
	closedFor = int64(65 * time.Second)
	// embryonicFor is how long a connection that never opened is remembered: longer than a client
	// tries (tcp_syn_retries 6 and 4 linear timeouts: 131 s).
	embryonicFor = int64(200 * time.Second)
)

// remembered is how long a list's connections are, in ns.
var remembered = [...]int64{reassembly.Live: math.MaxInt64, reassembly.Embryonic: embryonicFor,
	reassembly.Closing: closedFor}

// expire reports and forgets what is over. What a life amounts to depends on its own segments and
// times alone; the clock of the capture decides only when it is reported.
func (t *Tracker) expire() {
	if t.conns.clock.now <= t.conns.due {
		return
	}
	due := min(t.expireList(reassembly.Closing), t.expireList(reassembly.Embryonic))
	t.conns.due = due
}

// expireList gives the time up to which nothing more of the list is over, in ns.
func (t *Tracker) expireList(list reassembly.List) (due int64) {
	after := remembered[list]
	for {
		e := t.conns.oldest(list)
		if e == nil {
			return math.MaxInt64
		}
		if t.conns.clock.now-e.Touched <= after {
			return e.Touched + after
		}
		if e != &t.conns.thawed && t.belongsElsewhere(e, list) {
			continue
		}
		switch {
		case list == reassembly.Embryonic && t.conns.clock.known(e.Touched) < e.Touched+after:
			t.end(e, fsm.EndOfCapture, e.Touched+after) // for it, the capture ended where it paused
		case list == reassembly.Embryonic:
			t.end(e, fsm.EndIdle, e.Touched+after)
		default:
			t.end(e, fsm.EndClosed, e.Touched+after)
		}
	}
}

// belongsElsewhere has a connection observed that was only written down, now that its list's time
// has passed, and puts it into the list that it belongs to if that is another one.
func (t *Tracker) belongsElsewhere(e *entry, list reassembly.List) bool {
	c := &t.conns
	c.Wake(&e.Value, &e.Key)
	over := t.closed(e)
	is := reassembly.Live
	switch {
	case over && list == reassembly.Closing:
		is = reassembly.Closing
	case !c.Opened(&e.Value):
		is = reassembly.Embryonic
	}
	if is == list {
		return false
	}
	c.order++
	c.table.Touch(e, is, e.Touched, c.order)
	return true
}

// closed reports whether a connection of the closing list is over, now that what was under way when
// it was put there has long arrived.
func (t *Tracker) closed(e *entry) bool {
	p := t.conns.Awake(&e.Value)
	if p == nil {
		return true
	}
	p.Arrive(&t.env, t.conns.recorded(e, p, t.conns.clock.now))
	return p.Over()
}

// evict makes room for one more connection: a closed one first, then one that never opened, then
// the longest idle.
func (t *Tracker) evict() {
	for _, list := range []reassembly.List{reassembly.Closing, reassembly.Embryonic,
		reassembly.Live} {
		if e := t.conns.oldest(list); e != nil {
			t.stats.Evicted++
			t.end(e, fsm.EndEvicted, t.conns.clock.now)
			return
		}
	}
}

func (t *Tracker) end(e *entry, by fsm.EndedBy, now int64) {
	t.conns.report(e, by, now)
	t.conns.remove(e)
}

// frozenLife is a life that is frozen when the capture ends.
type frozenLife struct {
	id    uint64
	from  *shelf
	place plain.Place
}

// Finish reports all the lives that remain, in the order in which they began; but first the
// ordinary ones that closed before any began that never opened, in the order in which they closed.
// The tracker must not be used afterwards.
func (t *Tracker) Finish() {
	r := t.remaining()
	if t.env.Ring != nil {
		t.env.Ring.Flush()
	}
	c := &t.conns
	for summarized := c.Ordinary != nil; len(r.live)+len(r.frozen) > 0; {
		if t.held.late {
			t.letGo() // so that the handler can say when it has enough
		}
		if !summarized && c.Ordinary != nil { // it has
			r.pass(c)
			summarized = true
			continue
		}
		if len(r.live) == 0 || len(r.frozen) > 0 && r.frozen[0].id < c.ID(&r.live[0].Value) {
			c.from, c.place = r.frozen[0].from, r.frozen[0].place
			c.thawed.Touched, c.thawed.Order = c.from.Stamp(c.place)
			c.report(&c.thawed, fsm.EndClosed, t.conns.clock.now) // it need not be removed
			c.Release(&c.thawed.Value)
			r.frozen = r.frozen[1:]
			continue
		}
		if e := r.live[0]; e.Value.Unusual() {
			c.Wake(&e.Value, &e.Key)
			c.Awake(&e.Value).Settle(&t.env)
		}
		by := fsm.EndOfCapture
		if c.Over(&r.live[0].Value) {
			by = fsm.EndClosed
		}
		t.end(r.live[0], by, t.conns.clock.now)
		r.live = r.live[1:]
	}
	t.letGo()
}

// letGo hands out all that is held.
func (t *Tracker) letGo() {
	if t.env.Ring != nil {
		t.env.Ring.Flush()
		t.held.release(t.env.Ring, t.handler.Ended)
	}
}

// rest are the lives that remain when the capture ends, in the order in which they began.
type rest struct {
	live     []*entry
	frozen   []frozenLife
	halfOpen uint64 // the first life that never opened
}

// remaining settles what the capture leaves open and gives the lives that remain.
func (t *Tracker) remaining() rest {
	c := &t.conns
	r := rest{live: make([]*entry, 0, c.table.Len()), halfOpen: math.MaxUint64}
	for e := range c.table.All {
		if p := c.Awake(&e.Value); p != nil && p.Begun() {
			p.Settle(&t.env)
		}
		if !c.MayBeOpen(&e.Value) {
			r.halfOpen = min(r.halfOpen, c.ID(&e.Value))
		}
		r.live = append(r.live, e)
	}
	slices.SortFunc(r.live, func(a, b *entry) int {
		return cmp.Compare(c.ID(&a.Value),
			c.ID(&b.Value))
	})
	r.addWoken(c)
	r.addAsleep(c)
	r.sort()
	return r
}

func (r *rest) addWoken(c *conns) {
	f := &c.frozen[woken]
	for p := range f.All {
		id, opened := f.Life(p)
		if !opened {
			r.halfOpen = min(r.halfOpen, id)
		}
		r.frozen = append(r.frozen, frozenLife{id, f, p})
	}
}

// addAsleep adds those that do not pass at once.
func (r *rest) addAsleep(c *conns) {
	f := &c.frozen[asleep]
	if c.Ordinary == nil { // all of them
		r.frozen = slices.Grow(r.frozen, f.Len())
	}
	for p := range f.All {
		if !r.passes(c, p) {
			id, _ := f.Life(p)
			r.frozen = append(r.frozen, frozenLife{id, f, p})
		}
	}
}

// passes reports whether there was nothing to say of a life, which it has then summarized. Whether
// handshakes are a flood depends on how many others were completed since the first of them: so what
// began after that waits for its turn.
func (r *rest) passes(c *conns, p plain.Place) bool {
	if c.Ordinary == nil {
		return false
	}
	_, ok := c.EndFrozen(&c.frozen[asleep].Frozen, p, r.halfOpen)
	return ok
}

// pass summarizes what passes, in the order in which it is kept. What began before the first of
// those that remain has been reported.
func (r *rest) pass(c *conns) {
	if len(r.frozen) == 0 {
		return
	}
	from := r.frozen[0].id
	r.frozen = slices.DeleteFunc(r.frozen,
		func(l frozenLife) bool { return l.from == &c.frozen[asleep] })
	f := &c.frozen[asleep]
	for p := range f.All {
		if id, _ := f.Life(p); id >= from && !r.passes(c, p) {
			r.frozen = append(r.frozen, frozenLife{id, f, p})
		}
	}
	r.sort()
}

func (r *rest) sort() {
	slices.SortFunc(r.frozen, func(a, b frozenLife) int { return cmp.Compare(a.id, b.id) })
}

// Changed calls yield with each live connection in which something notable happened since the last
// call: what a live display shows before a connection ends. now is the time by the wall clock, in
// nanoseconds.
func (t *Tracker) Changed(now int64, yield func(life *fsm.Life)) {
	for e := range t.conns.table.All {
		if p := t.conns.Awake(&e.Value); p != nil && p.Begun() && p.Dirty() {
			p.View(&t.env, &t.view, now)
			t.conns.joins.tell(&t.view)
			yield(&t.view)
		}
	}
}
