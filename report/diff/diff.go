// Package diff compares the findings of two runs: what is new, what is gone, what has become more
// frequent.
//
// Findings are compared by group (report.GroupOf): what is wrong, where, and with which clients.
// That is the same in each run, while numbers, ports and times are not.
package diff

import (
	"cmp"
	"slices"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// Side is one of the runs: a sink that counts.
type Side struct {
	groups      map[string]*group
	connections uint64
	summary     *report.Summary
}

// group is what one run has of a group.
type group struct {
	count uint64
	worst *report.Finding
	rank  findings.Severity
}

// Wants implements report.Sink.
func (s *Side) Wants() report.Kinds { return report.Connections }

// Segment implements report.Sink.
func (s *Side) Segment(*report.Segment) error { return nil }

// Connection implements report.Sink.
func (s *Side) Connection(*report.Connection) error {
	s.connections++
	return nil
}

// Finding implements report.Sink.
func (s *Side) Finding(r *report.Finding) error {
	rank, err := report.ParseSeverity(r.Severity)
	if err != nil {
		return err
	}
	if s.groups == nil {
		s.groups = make(map[string]*group)
	}
	key := report.GroupOf(r)
	g := s.groups[key]
	if g == nil {
		g = &group{}
		s.groups[key] = g
	}
	if g.count++; g.worst == nil || rank > g.rank {
		g.worst, g.rank = r.Clone(), rank
	}
	return nil
}

// Incident implements report.Sink: its findings are counted.
func (s *Side) Incident(*report.Incident) error { return nil }

// Summary implements report.Sink.
func (s *Side) Summary(r *report.Summary) error {
	s.summary = r
	return nil
}

// Whole reports whether the run's stream has its end.
func (s *Side) Whole() bool { return s.summary != nil }

// Connections gives how many the run has seen.
func (s *Side) Connections() uint64 {
	if s.summary != nil {
		return s.summary.Connections
	}
	return s.connections
}

// Kind is how a group has changed.
type Kind string

// The kinds, in the order in which they are told.
const (
	New   Kind = "new"
	More  Kind = "more"
	Fewer Kind = "fewer"
	Gone  Kind = "gone"
	Same  Kind = "same"
)

var kinds = []Kind{New, More, Fewer, Gone, Same}

// Change is how a group of findings has changed.
type Change struct {
	Kind     Kind
	Group    string
	Old, New uint64
	Example  *report.Finding // of the new run if it has one
	Rank     findings.Severity
}

// Changes compares two runs, and gives the groups that changed and those that did not: by kind, and
// the worst first.
func Changes(before, after *Side) []Change {
	var out []Change
	for key, g := range after.groups {
		c := Change{Kind: New, Group: key, New: g.count, Example: g.worst, Rank: g.rank}
		if was := before.groups[key]; was != nil {
			c.Old = was.count
			c.Kind = kindOf(was.count, before.Connections(), g.count, after.Connections())
		}
		out = append(out, c)
	}
	for key, g := range before.groups {
		if after.groups[key] == nil {
			out = append(out, Change{Kind: Gone, Group: key, Old: g.count, Example: g.worst, Rank: g.rank})
		}
	}
	slices.SortFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(b.Rank, a.Rank),
			cmp.Compare(b.New+b.Old, a.New+a.Old), cmp.Compare(a.Example.Code, b.Example.Code), cmp.Compare(a.Group, b.Group))
	})
	return out
}

// kindOf tells whether a group has become more or less frequent: by half or more, in count and in
// its share of the connections, so that a longer capture is no change. Example: 10 of 1,000
// connections, and then 30 of 3,000, is the same.
func kindOf(before, ofBefore, after, ofAfter uint64) Kind {
	ofBefore, ofAfter = max(ofBefore, 1), max(ofAfter, 1)
	more := func(a, ofA, b, ofB uint64) bool { // b is more than a
		return 2*b >= 3*a && 2*float64(b)*float64(ofA) >= 3*float64(a)*float64(ofB)
	}
	switch {
	case more(before, ofBefore, after, ofAfter):
		return More
	case more(after, ofAfter, before, ofBefore):
		return Fewer
	}
	return Same
}
