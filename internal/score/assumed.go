package score

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/lab"
)

// Assumed counts, for each assumption, the segments of which it changed what the receiver is said
// to have done.
type Assumed [infer.Assumptions]struct {
	Segments int // in all
	Last     int // of those whose receiver's kernel told: where it had the last word
	Wrong    int // and where that was wrong
}

// Add adds another count.
func (a *Assumed) Add(b *Assumed) {
	for i := range b {
		a[i].Segments += b[i].Segments
		a[i].Last += b[i].Last
		a[i].Wrong += b[i].Wrong
	}
}

// Lines gives a table row for each assumption that changed anything.
func (a *Assumed) Lines() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-22s %9s %9s %7s\n", "assumption", "segments", "last word", "wrong")
	for i := range a {
		if c := a[i]; c.Segments > 0 {
			fmt.Fprintf(&b, "%-22s %9d %9d %7d\n", infer.Assumption(i), c.Segments, c.Last, c.Wrong)
		}
	}
	return b.String()
}

// Count counts a segment whose verdict these assumptions changed, in order. told says that its
// receiver's kernel told what it did, wrong that it did something else.
func (a *Assumed) Count(all []infer.Assumption, told, wrong bool) {
	for _, k := range slices.Compact(slices.Sorted(slices.Values(all))) {
		a[k].Segments++
	}
	if len(all) == 0 || !told {
		return
	}
	last := &a[all[len(all)-1]]
	last.Last++
	if wrong {
		last.Wrong++
	}
}

// Changes are the assumptions that changed the verdict on each segment, in order, by frame.
type Changes map[uint64][]infer.Assumption

// Take takes a decision of the tracker.
func (c Changes) Take(d *infer.Decision) {
	if d.Assumption != infer.FirstSaid && sameSaid(&d.Before, &d.After) {
		return // it only tied the segment to its answer, or marked it
	}
	all := c[d.Frame]
	if n := len(all); n == 0 || all[n-1] != d.Assumption {
		c[d.Frame] = append(all, d.Assumption)
	}
}

func sameSaid(a, b *fsm.Step) bool {
	return a.Verdict == b.Verdict && a.Reason == b.Reason && a.ReceiverBefore == b.ReceiverBefore &&
		a.ReceiverAfter == b.ReceiverAfter
}

// Assumptions counts what was assumed at one tap of a recording, and how often that was wrong.
func Assumptions(rec *lab.Recording, tap string, hosts fsm.Hosts) (*Assumed, error) {
	a := new(Assumed)
	if !slices.Contains(rec.Meta.Captures, filepath.Base(rec.Capture(tap))) {
		return a, nil
	}
	made := Changes{}
	r, err := replayed(rec.Capture(tap), hosts, made.Take)
	if err != nil {
		return nil, err
	}
	s := new(Score)
	s.verdicts(rec, tap, r)
	missed := map[uint64]bool{}
	for _, m := range s.SegmentMisses {
		missed[m.Frame] = m.Why() == ""
	}
	told := map[uint64]bool{}
	for _, e := range rec.Events(lab.KindPacket) {
		if frame := uint64(e.Wire.Frames[tap]); frame != 0 && e.Wire.Delivered {
			told[frame] = true
		}
	}
	for frame, all := range made {
		a.Count(all, told[frame], missed[frame])
	}
	return a, nil
}
