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

// Add puts from … to−1 in, merging what touches.
func (r *Ranges) Add(from, to Seq) {
	if !from.Before(to) {
		return
	}
	s := *r
	i := 0
	for i < len(s) && s[i].To.Before(from) {
		i++
	}
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
func (r *Ranges) Cut(from, to Seq) uint32 {
	var cut uint32
	s := *r
	for i := 0; i < len(s); {
		g := s[i]
		lo, hi := MaxSeq(g.From, from), g.To
		if to.Before(hi) {
			hi = to
		}
		if !lo.Before(hi) {
			i++
			continue
		}
		cut += uint32(hi - lo)
		switch {
		case lo == g.From && hi == g.To:
			s = slices.Delete(s, i, i+1)
		case lo == g.From:
			s[i].From = hi
			i++
		case hi == g.To:
			s[i].To = lo
			i++
		default:
			s[i].To = lo
			s = slices.Insert(s, i+1, Range{hi, g.To})
			i += 2
		}
	}
	*r = s
	return cut
}

// Covers reports whether all of from … to−1 is in.
func (r Ranges) Covers(from, to Seq) bool {
	for _, g := range r {
		if g.From.AtOrBefore(from) && to.AtOrBefore(g.To) {
			return true
		}
	}
	return false
}

// Overlaps reports whether any of from … to−1 is in.
func (r Ranges) Overlaps(from, to Seq) bool {
	for _, g := range r {
		if g.From.Before(to) && from.Before(g.To) {
			return true
		}
	}
	return false
}
