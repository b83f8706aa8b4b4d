package track

import (
	"math"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// entry is one four-tuple's place.
type entry = reassembly.Entry[plain.Conn]

// conns are the connections that a tracker remembers. One that closed is moved to a place where it
// takes little, and back should another segment come.
type conns struct {
	plain.Store
	table  *reassembly.Table[plain.Conn]
	frozen [kinds]shelf
	order  uint64 // grows with each touch
	thawed entry  // one that is frozen, to report it
	from   *shelf // where that is
	place  plain.Place
	due    int64 // up to this time no connection is forgotten, ns
	watch  bool  // Config.Watch
	most   int   // maxWoken, but in tests
	clock  clock
	joins  joins
}

// The kinds of connections that are frozen. Those of each are in the order of their last segments.
const (
	asleep = iota // without anything unusual: as soon as they have closed
	woken         // when there are more of them than maxWoken
	kinds
)

// maxWoken is how many closed connections with something unusual are not frozen: those to which a
// late segment comes, if to any.
const maxWoken = 1 << 10

// shelf holds frozen connections.
type shelf struct {
	plain.Frozen
	head stamp // of the oldest
}

// stamp is when a frozen connection was touched.
type stamp struct {
	place   plain.Place
	known   bool
	touched int64
	order   uint64
}

// oldest gives when the oldest was touched. There must be one.
func (s *shelf) oldest() *stamp {
	if place := s.Oldest(); !s.head.known || s.head.place != place {
		s.head = stamp{place: place, known: true}
		s.head.touched, s.head.order = s.Stamp(place)
	}
	return &s.head
}

func (c *conns) count() int { return c.table.Len() + c.frozen[asleep].Len() + c.frozen[woken].Len() }

// find gives the entry of the connection that a segment belongs to and whether the segment goes
// from the key's B, nil if there is none. It also gives the segment: where its direction is
// recorded in another VLAN or tunnel than the other one, as if it were not.
func (c *conns) find(seg *tcp.Segment, hash uint64, now int64) (e *entry, fromB bool,
	found *tcp.Segment) {
	if e, fromB = c.table.Find(seg, hash); e != nil {
		return e, fromB, seg
	}
	if len(c.joins.of) > 0 {
		if moved := c.joins.moved(seg); moved != nil {
			seg, hash = moved, reassembly.HashOf(moved)
			if e, fromB = c.table.Find(seg, hash); e != nil {
				return e, fromB, seg
			}
		}
	}
	if e, fromB = c.thaw(seg, hash); e != nil {
		return e, fromB, seg
	}
	if e, fromB, moved := c.join(seg, now); e != nil {
		return e, fromB, moved
	}
	return nil, false, seg
}

// thaw gives the entry of a segment's four-tuple if that is frozen, nil if it is not.
func (c *conns) thaw(seg *tcp.Segment, hash uint64) (e *entry, fromB bool) {
	for i := range c.frozen {
		f := &c.frozen[i]
		if f.Len() == 0 {
			continue
		}
		key, fromB := reassembly.KeyOf(seg)
		if place, ok := f.Find(&key, hash); ok {
			touched, _ := f.Stamp(place)
			e = c.table.Insert(&key, hash, touched, c.order)
			f.Thaw(&c.Store, place, &e.Value)
			f.Drop(place, hash)
			return e, fromB
		}
	}
	return nil, false
}

// touch notes that a connection had a segment.
func (c *conns) touch(e *entry, now int64) {
	c.order++
	if e.Value.Closed() {
		c.due = min(c.due, now+closedFor)
		c.frozen[asleep].Add(&c.Store, &e.Value, &e.Key, e.Hash(), now, c.order)
		c.Release(&e.Value)
		c.table.Remove(e)
		return
	}
	list := c.listOf(&e.Value)
	if list != reassembly.Live {
		c.due = min(c.due, now+remembered[list])
	}
	c.table.Touch(e, list, now, c.order)
	if list == reassembly.Closing && c.table.LenOf(list) > c.most && c.Followed() > c.most {
		c.freeze(now)
	}
}

// freeze freezes the one of the closed connections that had no segment for the longest time, of
// those that can be.
func (c *conns) freeze(now int64) {
	const tries = 8 // few cannot
	n := 0
	for e := range c.table.Of(reassembly.Closing) {
		p := c.Awake(&e.Value)
		if n++; n > tries {
			return
		}
		if p == nil {
			continue
		}
		p.Arrive(c.Env, c.recorded(e, p, now)-infer.Slack)
		if p.AtRest() && !(c.watch && p.IsDirty()) &&
			c.frozen[woken].AddPair(&c.Store, &e.Value, &e.Key, e.Hash(), e.Touched, e.Order) {
			c.Release(&e.Value)
			c.table.Remove(e)
			return
		}
	}
}

// recorded gives the time of records that a time of the tracker is for a connection.
func (c *conns) recorded(e *entry, p *infer.Pair, at int64) int64 {
	if c.clock.back {
		return p.Last() + at - e.Touched
	}
	return at
}

// listOf says how long a connection is worth remembering without a segment. Only flags decide, so
// that it is the same whether the connection is followed or written down.
func (c *conns) listOf(conn *plain.Conn) reassembly.List {
	switch {
	case c.MayBeOver(conn):
		return reassembly.Closing
	case !c.MayBeOpen(conn):
		return reassembly.Embryonic
	}
	return reassembly.Live
}

// oldest gives the connection of a list that was touched longest ago, nil if there is none.
func (c *conns) oldest(list reassembly.List) *entry {
	e := c.table.Oldest(list)
	if list != reassembly.Closing {
		return e
	}
	for i := range c.frozen {
		f := &c.frozen[i]
		if f.Len() == 0 {
			continue
		}
		if head := f.oldest(); e == nil || head.order < e.Order {
			e = &c.thawed
			e.Touched, e.Order, c.from, c.place = head.touched, head.order, f, head.place
		}
	}
	return e
}

// fill fills the ring's places for a connection that sleeps.
func (c *conns) fill(key *reassembly.Key) {
	hash := key.Hash()
	if e := c.table.Get(key, hash); e != nil {
		c.Fill(&e.Value, key)
		return
	}
	if p, ok := c.frozen[asleep].Find(key, hash); ok {
		var closed plain.Conn
		c.frozen[asleep].Thaw(&c.Store, p, &closed)
		c.Fill(&closed, key)
		c.Release(&closed)
	}
}

// report reports a connection's life, which had nothing more up to a time.
func (c *conns) report(e *entry, by fsm.EndedBy, end int64) {
	until := c.clock.until(e.Touched, end)
	if e == &c.thawed {
		if c.Ordinary != nil && c.from == &c.frozen[asleep] {
			var ok bool
			if e.Key, ok = c.EndFrozen(&c.from.Frozen, c.place, math.MaxUint64); ok {
				return
			}
		}
		e.Key = c.from.Thaw(&c.Store, c.place, &e.Value)
	}
	c.End(&e.Value, &e.Key, by, until)
}

// remove forgets a connection.
func (c *conns) remove(e *entry) {
	c.joins.remove(&e.Key)
	c.Release(&e.Value)
	if e == &c.thawed {
		c.from.Drop(c.place, e.Key.Hash())
		return
	}
	c.table.Remove(e)
}

// close lets go of temporary files.
func (c *conns) close() {
	for i := range c.frozen {
		c.frozen[i].Close()
	}
}
