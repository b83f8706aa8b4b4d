package track

import (
	"slices"

	"github.com/lastack/lastack/fsm"
)

// held are lives that are over but whose last segments the ring has not handed out yet: with all segments wanted, a connection's come
// before what is said of it.
type held struct{ lives []*fsm.Life }

// add keeps a copy, since the tracker reuses the life.
func (h *held) add(l *fsm.Life) {
	kept := *l
	kept.Transitions, kept.Steps = slices.Clone(l.Transitions), slices.Clone(l.Steps)
	h.lives = append(h.lives, &kept)
}

// release hands out, in the order in which they ended, the lives whose segments are all out.
func (h *held) release(ring *fsm.Ring, ended func(*fsm.Life)) {
	n := 0
	for n < len(h.lives) && h.lives[n].Last.Time < ring.Oldest() {
		ended(h.lives[n])
		n++
	}
	h.lives = slices.Delete(h.lives, 0, n)
}
