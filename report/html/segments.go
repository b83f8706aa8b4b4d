package html

import "github.com/lastack/lastack/report"

// What is kept of connections' segments for their ladders. Nobody reads longer ones; NDJSON has
// everything.
const (
	maxHead  = 160     // of one connection, from its beginning
	maxTail  = 40      // and from its end
	maxOpen  = 200_000 // of all connections, while they are read
	maxQuiet = 20_000  // of connections that nothing was found about
)

// segments keeps what connections' ladders are drawn from.
type segments struct {
	of    map[report.ConnID]*reel // nil for one whose segments are not kept
	open  int                     // how many are kept
	quiet int                     // how many of those are of ended connections without findings
	left  uint64                  // connections whose segments found no room
	full  bool                    // an ended connection without findings found none
}

// reel is the beginning and the end of one connection.
type reel struct {
	head, tail []report.Event
	skipped    uint64 // between head and tail
	oldest     int    // where the tail begins, which is a ring
}

func newSegments() segments { return segments{of: make(map[report.ConnID]*reel)} }

func (s *segments) add(r *report.Segment) {
	kept, seen := s.of[r.Conn]
	if !seen {
		if s.open < maxOpen {
			kept = new(reel)
		} else {
			s.left++
		}
		s.of[r.Conn] = kept
	}
	if kept != nil && kept.add(&r.Event) {
		s.open++
	}
}

// add reports whether it took up room.
func (k *reel) add(e *report.Event) bool {
	switch {
	case len(k.head) < maxHead:
		k.head = append(k.head, *e)
	case len(k.tail) < maxTail:
		k.tail = append(k.tail, *e)
	default:
		k.tail[k.oldest] = *e
		k.oldest = (k.oldest + 1) % maxTail
		k.skipped++
		return false
	}
	return true
}

func (k *reel) size() int { return len(k.head) + len(k.tail) }

// settle decides whether an ended connection's segments stay. More of them may still come.
func (s *segments) settle(id report.ConnID, found bool) {
	kept := s.of[id]
	if kept == nil || found {
		return
	}
	if s.quiet+kept.size() > maxQuiet {
		s.of[id] = nil
		s.open -= kept.size()
		s.left++
		s.full = true
		return
	}
	s.quiet += kept.size()
}

// events gives the kept ones in order.
func (k *reel) events() []report.Event {
	out := append([]report.Event(nil), k.head...)
	out = append(out, k.tail[k.oldest:]...)
	return append(out, k.tail[:k.oldest]...)
}
