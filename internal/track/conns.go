package track

import (
	"math"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// entry is one four-tuple's place.
type entry = reassembly.Entry[plain.Conn]

// conns are the connections that a tracker remembers. One that closed without anything unusual is moved to a place where it takes little, and back
// should another segment come.
type conns struct {
	plain.Store
	table  *reassembly.Table[plain.Conn]
	frozen plain.Frozen
	order  uint64 // grows with each touch
	head   stamp  // of the oldest that is frozen
	thawed entry  // one that is frozen, to report it
	place  plain.Place
	due    int64 // up to this time no connection is forgotten, ns
}

// stamp is when a frozen connection was touched.
type stamp struct {
	place   plain.Place
	known   bool
	touched int64
	order   uint64
}

func (c *conns) count() int { return c.table.Len() + c.frozen.Len() }

// find gives the entry of the segment's four-tuple and whether the segment goes from the key's B, nil if there is none.
func (c *conns) find(seg *tcp.Segment, hash uint64) (e *entry, fromB bool) {
	if e, fromB = c.table.Find(seg, hash); e != nil || c.frozen.Len() == 0 {
		return e, fromB
	}
	key, fromB := reassembly.KeyOf(seg)
	place, ok := c.frozen.Find(&key, hash)
	if !ok {
		return nil, fromB
	}
	touched, _ := c.frozen.Stamp(place)
	e = c.table.Insert(&key, hash, touched, c.order)
	c.frozen.Thaw(&c.Store, place, &e.Value)
	c.frozen.Drop(place, hash)
	return e, fromB
}

// touch notes that a connection had a segment.
func (c *conns) touch(e *entry, now int64) {
	c.order++
	if e.Value.Closed() {
		c.due = min(c.due, now+closedFor)
		c.frozen.Add(&c.Store, &e.Value, &e.Key, e.Hash(), now, c.order)
		c.Release(&e.Value)
		c.table.Remove(e)
		return
	}
	list := c.listOf(&e.Value)
	if list != reassembly.Live {
		c.due = min(c.due, now+remembered[list])
	}
	c.table.Touch(e, list, now, c.order)
}

// listOf says how long a connection is worth remembering without a segment.
func (c *conns) listOf(conn *plain.Conn) reassembly.List {
	switch {
	case c.Over(conn), c.UnderWay(conn):
		return reassembly.Closing
	case !c.Opened(conn):
		return reassembly.Embryonic
	}
	return reassembly.Live
}

// oldest gives the connection of a list that was touched longest ago, nil if there is none.
func (c *conns) oldest(list reassembly.List) *entry {
	e := c.table.Oldest(list)
	if list != reassembly.Closing || c.frozen.Len() == 0 {
		return e
	}
	if place := c.frozen.Oldest(); !c.head.known || c.head.place != place {
		c.head = stamp{place: place, known: true}
		c.head.touched, c.head.order = c.frozen.Stamp(place)
	}
	if e != nil && e.Order < c.head.order {
		return e
	}
	c.thawed.Touched, c.place = c.head.touched, c.head.place
	return &c.thawed
}

// fill fills the ring's places for a connection that sleeps.
func (c *conns) fill(key *reassembly.Key) {
	hash := key.Hash()
	if e := c.table.Get(key, hash); e != nil {
		c.Fill(&e.Value, key)
		return
	}
	if p, ok := c.frozen.Find(key, hash); ok {
		var closed plain.Conn
		c.frozen.Thaw(&c.Store, p, &closed)
		c.Fill(&closed, key)
		c.Release(&closed)
	}
}

// report reports a connection's life.
func (c *conns) report(e *entry, by fsm.EndedBy, now int64) {
	if e == &c.thawed {
		if c.Ordinary != nil {
			var ok bool
			if e.Key, ok = c.EndFrozen(&c.frozen, c.place, math.MaxUint64); ok {
				return
			}
		}
		e.Key = c.frozen.Thaw(&c.Store, c.place, &e.Value)
	}
	c.End(&e.Value, &e.Key, by, now)
}

// remove forgets a connection.
func (c *conns) remove(e *entry) {
	c.Release(&e.Value)
	if e == &c.thawed {
		c.frozen.Drop(c.place, e.Key.Hash())
		return
	}
	c.table.Remove(e)
}
