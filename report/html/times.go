package html

import (
	"slices"

	"github.com/lastack/lastack/report"
)

// times is a list of many times, which is not copied when it grows.
type times struct {
	parts [][]report.Time
	count int
}

// Parts become larger up to partSize: most lists are short.
const (
	firstPart = 16
	partSize  = 8192
)

func (t *times) add(at report.Time) {
	last := len(t.parts) - 1
	if last < 0 {
		t.parts, last = append(t.parts, make([]report.Time, 0, firstPart)), 0
	} else if part := t.parts[last]; len(part) == cap(part) {
		t.parts, last = append(t.parts, make([]report.Time, 0, min(2*cap(part), partSize))), last+1
	}
	t.parts[last] = append(t.parts[last], at)
	t.count++
}

// sorted gives them in order.
func (t *times) sorted() []report.Time {
	all := slices.Concat(t.parts...)
	slices.Sort(all) // they are nearly in order, which is quick
	return all
}
