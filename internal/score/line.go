package score

import "fmt"

// Line gives the score on one line.
func (s *Score) Line() string {
	return fmt.Sprintf("verdicts %d/%d (%.2f %%)  state sequences %d/%d (%.2f %%)  findings %d/%d, unsupported %d, unlisted %d",
		s.SegmentsRight, s.Segments, percent(s.SegmentsRight, s.Segments), s.SidesRight, s.Sides,
		percent(s.SidesRight, s.Sides), s.ExpectedFound, s.Expected, s.Unsupported, len(s.Unlisted))
}

// Knowable gives on one line how many of the differences nobody could have known better, and what
// agrees of all else.
func (s *Score) Knowable() string {
	segments, sides := unknown(s.SegmentMisses), unknown(s.SideMisses)
	return fmt.Sprintf("cannot be known: %d verdicts, %d state sequences; of all others agree %.2f %% and %.2f %%", segments, sides,
		percent(s.SegmentsRight, s.Segments-segments), percent(s.SidesRight, s.Sides-sides))
}

// unknown counts the differences that nobody could have known better.
func unknown(misses []Miss) (n int) {
	for _, m := range misses {
		if m.Why() != "" {
			n++
		}
	}
	return n
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}
