package findings

import (
	"cmp"
	"slices"
)

// conclude absorbs symptoms and gives what is left, worst first.
func (c *Case) conclude(l *ledger) []Finding {
	former := l.take(c.Life)
	cause := make([]int, len(c.drafts))
	for i := range c.drafts {
		cause[i] = c.causeOf(i)
	}
	var out []Finding
	for i := range c.drafts {
		d := &c.drafts[i]
		if cause[i] >= 0 {
			c.drafts[root(cause, i)].take(d)
		} else if former.explains(d) {
			cause[i] = i
		}
	}
	for i := range c.drafts {
		if d := &c.drafts[i]; cause[i] < 0 {
			l.put(c.Life, d)
			d.settle()
			d.fit(c.dialect(d.acts))
			out = append(out, d.Finding)
		}
	}
	slices.SortStableFunc(out, worstFirst)
	return out
}

// causeOf gives the index of the finding that explains finding i, −1 if none does. Of two that
// explain each other the first in the catalogue is the cause.
func (c *Case) causeOf(i int) int {
	symptom := &c.drafts[i]
	for j := range c.drafts {
		if d := &c.drafts[j]; d.causes(symptom) && (j < i || !symptom.causes(d)) {
			return j
		}
	}
	return -1
}

// root follows causes to one that is nobody's symptom.
func root(cause []int, i int) int {
	for range cause {
		if cause[i] < 0 || cause[i] == i {
			break
		}
		i = cause[i]
	}
	return i
}

// settle puts the evidence in frame order and fills the times that the rule left open.
func (d *draft) settle() {
	slices.SortStableFunc(d.Evidence, func(a, b Evidence) int { return cmp.Compare(a.Frame, b.Frame) })
	if n := len(d.Evidence); d.Time == 0 && n > 0 {
		d.Time, d.Until = d.Evidence[0].Time, d.Evidence[n-1].Time
	}
}

// worstFirst orders findings by severity, then by time; the sort is stable, so that the catalogue's
// order decides the rest.
func worstFirst(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Time, b.Time))
}
