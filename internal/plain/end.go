package plain

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/reassembly"
)

// MayBeOver reports whether nothing but late segments may still come, as far as the flags of what
// came tell. Whether it is so, the full tracker knows.
func (s *Store) MayBeOver(c *Conn) bool { return c.phase == closed || c.seen.mayBeOver() }

// MayBeOpen reports whether the connection has surely come about, as far as the flags tell.
func (s *Store) MayBeOpen(c *Conn) bool {
	if c.phase == unusual {
		return c.seen.opened()
	}
	return c.phase >= open
}

// Over reports whether nothing but late segments can still come.
func (s *Store) Over(c *Conn) bool {
	if c.pair != 0 {
		return s.pairs[c.pair].Over()
	}
	return c.phase == closed
}

// Opened reports whether the connection came about at all.
func (s *Store) Opened(c *Conn) bool {
	if c.pair != 0 {
		return s.pairs[c.pair].Opened()
	}
	return c.phase >= open
}

// ID gives the number of the connection's life.
func (s *Store) ID(c *Conn) uint64 {
	if c.pair != 0 {
		return s.pairs[c.pair].ID()
	}
	return c.id
}

// Awake gives the pair of a connection that was woken, nil for one that sleeps: nothing notable has
// happened to that one.
func (s *Store) Awake(c *Conn) *infer.Pair {
	if c.pair == 0 {
		return nil
	}
	return s.pairs[c.pair]
}

// Until is the capture time up to which nothing more came of a connection, ns.
type Until struct {
	Now       int64
	Silence   int64 // how long nothing came after its last segment
	AfterLast bool  // Silence counts, not Now
}

// at gives the time for a pair.
func (u Until) at(p *infer.Pair) int64 {
	if u.AfterLast {
		return p.Last() + u.Silence
	}
	return u.Now
}

// End reports the connection's life: to Env.Ended or, if everything about it was ordinary and
// Ordinary is set, to that.
func (s *Store) End(c *Conn, key *reassembly.Key, by fsm.EndedBy, until Until) {
	switch quiet := c.Closed() && !s.remarkable(c.marks); {
	case !c.Begun():
		return
	case quiet && s.Ordinary != nil:
		s.summarize(c, key)
		s.Ordinary(&s.summary)
		return
	case quiet && s.Silent:
		defer s.withoutRing()()
		s.rouse(c, key)
	case c.pair == 0:
		s.rouse(c, key)
	}
	if p := s.pairs[c.pair]; p.Begun() {
		p.End(s.Env, by, until.at(p))
	}
}

// remarkable reports whether there is something to say of a connection that did nothing unusual.
func (s *Store) remarkable(m Marks) bool {
	return m != 0 && (s.Remarkable == nil ||
		s.Remarkable(m))
}

// withoutRing leaves the ring alone until what it gives is called: nobody wants the segments.
func (s *Store) withoutRing() func() {
	ring := s.Env.Ring
	s.Env.Ring = nil
	return func() { s.Env.Ring = ring }
}

// summarize fills the summary of a connection that closed.
func (s *Store) summarize(c *Conn, key *reassembly.Key) {
	s.summary = Summary{ID: c.id, Tuple: c.tuple(key), Closer: c.closer, TimeWaitAt: c.ended,
		Marks: c.marks, Stacks: c.stacks}
	s.summary.readSYN(c.log.inLog())
}

// EndFrozen reports the life of a frozen connection to Ordinary, which must be set, and gives its
// key; unless there is something to say of it, or it began no earlier than the life of a number.
func (s *Store) EndFrozen(f *Frozen, p Place, before uint64) (key reassembly.Key, ok bool) {
	var i item
	i.read(f.archive.item(uint64(p)))
	if s.remarkable(i.marks()) || i.id >= before {
		return i.key, false
	}
	s.summary = Summary{ID: i.id, Tuple: i.key.Tuple(), Closer: i.closer(), TimeWaitAt: i.ended,
		Marks: i.marks(), Stacks: i.stacks}
	if i.tag&frozenFromB != 0 {
		s.summary.Tuple = s.summary.Tuple.Reverse()
	}
	s.summary.readSYN(i.log)
	s.Ordinary(&s.summary)
	return i.key, true
}

// Waited gives how long a client that has sent one SYN and nothing else has waited for its answer,
// ns; 0 for any other connection.
func (s *Store) Waited(c *Conn, now int64) int64 {
	switch {
	case c.pair != 0:
		return s.pairs[c.pair].Waited(now)
	case c.phase == asked, c.phase == unusual && c.seen == sawSYN:
		return now - c.time
	}
	return 0
}
