package fuzz

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"

	"github.com/lastack/lastack/internal/score"
)

// Tally counts what a run compared. The zero value is ready.
type Tally struct {
	mu          sync.Mutex
	connections int
	segments    int
	agreed      int
	unknowable  map[string]int // differences by the reason why no observer could have known
	states      map[string]*share
	answers     map[[2]string]int
	finds       map[string]*find
	failures    map[string]int
	assumed     score.Assumed
}

// share is a part of a whole.
type share struct{ agreed, all int }

// find is one kind of difference.
type find struct {
	count, once int // how often it was met; how many of those that were played again did not show it
	example     string
}

// add counts a connection. It gives the number of times that its difference has been met, 0 if
// there is none.
func (t *Tally) add(compared []Compared, d *Difference) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.connections++
	if t.states == nil {
		t.states, t.answers, t.finds = make(map[string]*share), make(map[[2]string]int), make(map[string]*find)
		t.unknowable = make(map[string]int)
	}
	for _, c := range compared {
		t.assumed.Count(c.Assumed, true, !c.Agreed && c.Unknowable == "")
		s := t.states[c.State]
		if s == nil {
			s = new(share)
			t.states[c.State] = s
		}
		t.segments++
		s.all++
		if c.Agreed {
			t.agreed++
			s.agreed++
		}
		t.answers[[2]string{c.Predicted, c.Actual}]++
		if c.Unknowable != "" {
			t.unknowable[c.Unknowable]++
			return 0
		}
	}
	if d == nil {
		return 0
	}
	f := t.finds[d.Signature()]
	if f == nil {
		f = new(find)
		t.finds[d.Signature()] = f
	}
	f.count++
	return f.count
}

// example keeps the plan of a difference to show.
func (t *Tally) example(d *Difference, plan *Plan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.finds[d.Signature()]; f.example == "" {
		f.example = plan.String()
	}
}

// unrepeated counts a difference that did not come again.
func (t *Tally) unrepeated(d *Difference) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finds[d.Signature()].once++
}

// failed counts a connection of which nothing can be said.
func (t *Tally) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failures == nil {
		t.failures = make(map[string]int)
	}
	t.failures[err.Error()]++
}

// Line gives the counts on one line.
func (t *Tally) Line() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	unknowable := 0
	for _, n := range t.unknowable {
		unknowable += n
	}
	all := float64(max(t.segments, 1))
	return fmt.Sprintf("%d connections, %d segments: %d agreed (%.3f %%), %d cannot be known (%.3f %%), %d differ (%.3f %%) in %d kinds",
		t.connections, t.segments, t.agreed, 100*float64(t.agreed)/all, unknowable, 100*float64(unknowable)/all,
		t.segments-t.agreed-unknowable, 100*float64(t.segments-t.agreed-unknowable)/all, len(t.finds))
}

// Write prints all counts as tables.
func (t *Tally) Write(w io.Writer) error {
	fmt.Fprintln(w, t.Line())
	t.mu.Lock()
	defer t.mu.Unlock()
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "\nstate\tsegments\tagreed\t%")
	for _, state := range slices.Sorted(maps.Keys(t.states)) {
		s := t.states[state]
		fmt.Fprintf(tw, "%s\t%d\t%d\t%.3f\n", state, s.all, s.agreed, 100*float64(s.agreed)/float64(s.all))
	}
	fmt.Fprintln(tw, "\nanswer said\tthe kernel's\tsegments")
	for _, k := range slices.SortedFunc(maps.Keys(t.answers), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	}) {
		fmt.Fprintf(tw, "%s\t%s\t%d\n", k[0], k[1], t.answers[k])
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "\n"+t.assumed.Lines())
	fmt.Fprintln(w, "cannot be known")
	for _, why := range slices.Sorted(maps.Keys(t.unknowable)) {
		fmt.Fprintf(w, "%6d  %s\n", t.unknowable[why], why)
	}
	fmt.Fprintln(w, "\ndifferences, most frequent first (count, of these not repeatable)")
	for _, s := range slices.SortedFunc(maps.Keys(t.finds), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.finds[b].count, t.finds[a].count), cmp.Compare(a, b))
	}) {
		f := t.finds[s]
		fmt.Fprintf(w, "%6d %3d  %s\n            %s\n", f.count, f.once, s, f.example)
	}
	for _, s := range slices.Sorted(maps.Keys(t.failures)) {
		fmt.Fprintf(w, "%6d not played: %s\n", t.failures[s], s)
	}
	return nil
}
