package plain

import (
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// Where each segment's step is wanted (Placed), the step of one that is written down only keeps a
// place in the ring. When the place is due, a connection that has closed is observed again as a
// whole; few have not closed by then, and a shadow goes along with those: a pair that observes what
// is written down, too, until the connection has closed.

// place keeps a place for the step of a segment that was written down, or has the shadow make it.
func (s *Store) place(c *Conn, key *reassembly.Key, seg *tcp.Segment, fromB bool) {
	if c.shadow == 0 {
		s.Env.Ring.Sleep(key, seg.Frame, seg.Time)
		return
	}
	shadow := s.pairs[c.shadow]
	shadow.Observe(s.Env, seg, fromB)
	if c.phase == closed {
		s.Env.Ring.Leave(shadow, key)
		s.dropShadow(c)
	}
}

// Fill fills the places that Env.Ring keeps for a connection that sleeps.
func (s *Store) Fill(c *Conn, key *reassembly.Key) {
	if c.phase != closed {
		c.shadow = s.take()
		s.pairs[c.shadow].Reset()
		s.observeAgain(c, key, s.pairs[c.shadow])
		return
	}
	if s.spare == nil {
		s.spare = infer.NewPair()
	}
	s.spare.Reset()
	s.observeAgain(c, key, s.spare)
	s.spare.Settle(s.Env) // nothing ordinary comes any more
}

func (s *Store) dropShadow(c *Conn) {
	if c.shadow != 0 {
		s.free = append(s.free, c.shadow)
		c.shadow = 0
	}
}
