package track

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
)

// held are lives that are over but whose last segments the ring has not handed out yet: with all
// segments wanted, a connection's come before what is said of it.
type held struct {
	lives []heldLife
	late  bool // segments may be taken in long after they were captured
}

type heldLife struct {
	*fsm.Life
	in uint64 // how many steps the ring had taken in when it ended
}

// passes reports whether a life need not be held: its segments are all out, and no other's life
// goes before it.
func (h *held) passes(l *fsm.Life, ring *infer.Ring) bool {
	return len(h.lives) == 0 && h.isOut(&heldLife{l, ring.In()}, ring)
}

// add keeps a copy, since the tracker reuses the life.
func (h *held) add(l *fsm.Life, ring *infer.Ring) {
	kept := *l
	kept.Transitions, kept.Steps = slices.Clone(l.Transitions), slices.Clone(l.Steps)
	h.lives = append(h.lives, heldLife{&kept, ring.In()})
}

// release hands out, in the order in which they ended, the lives whose segments are all out.
func (h *held) release(ring *infer.Ring, ended func(*fsm.Life)) {
	n := 0
	for n < len(h.lives) && h.isOut(&h.lives[n], ring) {
		ended(h.lives[n].Life)
		n++
	}
	h.lives = slices.Delete(h.lives, 0, n)
}

func (h *held) isOut(l *heldLife, ring *infer.Ring) bool {
	if h.late {
		return l.in <= ring.Out()
	}
	return l.Last.Time < ring.Oldest()
}
