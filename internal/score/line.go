package score

import "fmt"

// Line gives the score on one line.
func (s *Score) Line() string {
	return fmt.Sprintf("verdicts %d/%d (%.2f %%)  state sequences %d/%d (%.2f %%)  findings %d/%d, unsupported %d, unlisted %d",
		s.SegmentsRight, s.Segments, percent(s.SegmentsRight, s.Segments), s.SidesRight, s.Sides,
		percent(s.SidesRight, s.Sides), s.ExpectedFound, s.Expected, s.Unsupported, len(s.Unlisted))
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}
