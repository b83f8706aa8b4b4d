package plain

import (
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// maxLog is how many bytes are written down of a connection before the full tracker takes over
// however ordinary it is: some two hundred segments, which take as much memory as a pair then.
const maxLog = 2048

// Store keeps what the Conns of one tracker have written down, and the full tracker's pairs of
// those that were woken.
type Store struct {
	Env *infer.Env
	// Patience is the longest silence in an ordinary connection, in nanoseconds; 0 stands for the
	// most that there is, 10 s.
	Patience int64
	// Wide keeps no connection asleep, which tests compare with.
	Wide bool
	// Later writes down what is unusual, too, and leaves it to the full tracker until the connection
	// ends, where nothing needs to be known before.
	Later bool
	// Placed keeps a place in Env.Ring for the step of each segment that is written down.
	Placed bool
	// Silent leaves Env.Ring alone when a life ends that had nothing unusual: nobody wants its
	// segments.
	Silent bool
	// Remarkable says whether something is to be said of a connection whose segments have such
	// marks, though it did nothing unusual; nil says that there is.
	Remarkable func(Marks) bool
	// Ordinary, if set, takes each life that closed without anything unusual, in place of
	// Env.Ended. The summary is reused.
	Ordinary func(*Summary)

	logs  arena
	pairs []*infer.Pair // by Conn.pair; 0 is none's
	spare *infer.Pair   // to replay those that sleep on
	free  []uint32

	record   [maxRecord]byte
	bytes    []byte
	anyBytes []byte
	past     past
	recent   reassembly.Recent // for what is observed again

	summary Summary
}

// Observe takes a connection's next segment in capture order. fromB says that it goes from the
// key's B to its A. seg is not kept.
func (s *Store) Observe(c *Conn, key *reassembly.Key, seg *tcp.Segment, fromB bool) {
	if c.pair == 0 {
		if !s.Wide && c.log.size < maxLog && s.note(c, seg, fromB) {
			if s.Placed {
				s.place(c, key, seg, fromB)
			}
			return
		}
		if c.phase != unusual {
			s.turn(c, key, seg, fromB)
		}
		if s.Later && !s.Wide && s.noteLater(c, seg, c.from(fromB)) {
			return
		}
		s.rouse(c, key)
	}
	c.see(seg, c.from(fromB))
	s.pairs[c.pair].Observe(s.Env, seg, fromB)
}

// rouse gives a connection a pair that knows all that was written down.
func (s *Store) rouse(c *Conn, key *reassembly.Key) {
	if c.pair, c.shadow = c.shadow, 0; c.pair != 0 {
		c.log.drop(&s.logs)
		return
	}
	c.pair = s.take()
	s.wake(c, key, s.pairs[c.pair])
}

// note writes an ordinary segment down.
func (s *Store) note(c *Conn, seg *tcp.Segment, fromB bool) bool {
	from := tcp.Initiator
	if c.phase != unborn {
		from = c.from(fromB)
	}
	n := c.encode(&s.record, seg, from) // before c changes
	first := c.phase == unborn
	if !c.ordinary(seg, fromB, s.patience()) {
		return false
	}
	if first {
		c.id = s.Env.NextID()
	}
	if seg.Flags&tcp.SYN != 0 {
		c.stacks[from] = s.Env.StackOfSYN(seg)
	}
	c.log.note(&s.logs, &s.record, n)
	c.time, c.frame = seg.Time, seg.Frame
	c.sides[from].sent(seg)
	return true
}

func (s *Store) patience() int64 {
	if s.Patience == 0 {
		return patience
	}
	return min(patience, s.Patience)
}

// wake gives a pair all that was written down.
func (s *Store) wake(c *Conn, key *reassembly.Key, p *infer.Pair) {
	p.Reset()
	if c.phase == unborn {
		return
	}
	s.observeAgain(c, key, p)
	c.log.drop(&s.logs)
}

// observeAgain has a pair observe all that was written down.
func (s *Store) observeAgain(c *Conn, key *reassembly.Key, p *infer.Pair) {
	if s.Placed && s.Env.Ring != nil {
		s.Env.Ring.Replay(true)
		defer s.Env.Ring.Replay(false)
	}
	p.Name(c.id)
	if !s.Later {
		s.replay(c, key, func(seg *tcp.Segment, fromB bool) { p.Observe(s.Env, seg, fromB) })
		return
	}
	// Copies are looked for as if the segments came now, without taking room from those that do.
	s.recent.Reset()
	now := s.Env.Recent
	s.Env.Recent = s.recent
	s.replay(c, key, func(seg *tcp.Segment, fromB bool) {
		s.Env.Recent.Now = seg.Time
		p.Observe(s.Env, seg, fromB)
	})
	s.recent, s.Env.Recent = s.Env.Recent, now
	p.LearnCopies(&s.recent, &s.Env.Recent)
}

// take gives a free pair.
func (s *Store) take() uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		return i
	}
	if len(s.pairs) == 0 {
		s.pairs = append(s.pairs, nil)
	}
	s.pairs = append(s.pairs, infer.NewPair())
	return uint32(len(s.pairs) - 1)
}

// Release ends the use of a Conn.
func (s *Store) Release(c *Conn) {
	if c.pair != 0 {
		s.free = append(s.free, c.pair)
	}
	s.dropShadow(c)
	c.log.drop(&s.logs)
	*c = Conn{}
}
