package tcp

import (
	"slices"
)

// Range is a run of sequence space: From … To−1.
type Range struct{ From, To Seq }

// Ranges is an ordered list of disjoint ranges of sequence space, usually empty or very short.
type Ranges []Range

// maxRanges bounds what one direction may remember: past it the oldest range is given up, which
// costs precision, not memory.
const maxRanges = 256

// reaching gives the place of the first range that reaches seq or goes beyond it; len(r) if none
// does. It is found by halving: an attacker chooses how many ranges there are.
func (r Ranges) reaching(seq Seq) int {
	low, high := 0, len(r)
	for low < high {
		if middle := (low + high) / 2; r[middle].To.Before(seq) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// Add puts from … to−1 in, merging what touches.
func (r *Ranges) Add(from, to Seq) {
	if !from.Before(to) {
		return
	}
	s := *r
	i := s.reaching(from)
	j := i
	for j < len(s) && s[j].From.AtOrBefore(to) {
		if s[j].From.Before(from) {
			from = s[j].From
		}
		to = MaxSeq(to, s[j].To)
		j++
	}
	s = slices.Replace(s, i, j, Range{from, to})
	if len(s) > maxRanges {
		s = slices.Delete(s, 0, 1)
	}
	*r = s
}

// Cut takes from … to−1 out and returns how much of it was there, in bytes.
func (r *Ranges) Cut(from, to Seq) (cut uint32) {
	if !from.Before(to) {
		return 0
	}
	s := *r
	i := s.reaching(from + 1)
	j := i
	var left [2]Range // what stays of the ranges at both ends
	n := 0
	for ; j < len(s) && s[j].From.Before(to); j++ {
		g := s[j]
		if g.From.Before(from) {
			left[n] = Range{g.From, from}
			n++
			g.From = from
		}
		if to.Before(g.To) {
			left[n] = Range{to, g.To}
			n++
			g.To = to
		}
		cut += uint32(g.To - g.From)
	}
	if i < j {
		*r = slices.Replace(s, i, j, left[:n]...)
	}
	return cut
}

// Covers reports whether all of from … to−1 is in.
func (r Ranges) Covers(from, to Seq) bool {
	i := r.reaching(to)
	return i < len(r) && r[i].From.AtOrBefore(from)
}

// Overlaps reports whether any of from … to−1 is in.
func (r Ranges) Overlaps(from, to Seq) bool {
	i := r.reaching(from + 1)
	return i < len(r) && r[i].From.Before(to)
}
