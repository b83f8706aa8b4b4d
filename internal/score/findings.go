package score

import (
	"slices"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/lab"
)

// findings compares the codes that were found with those that the scenario calls for.
func (s *Score) findings(rec *lab.Recording, tap string, r *replay) {
	found := map[string]bool{}
	want := rec.Meta.ExpectAt[tap]
	if carriesEvidence(rec, tap) {
		want = slices.Concat(rec.Meta.Expect, want)
	}
	for i := range r.findings {
		f := &r.findings[i]
		found[f.Code] = true
		miss := Miss{rec.Dir, tap, 0, "found " + f.Code + ": " + f.Title}
		switch {
		case slices.Contains(rec.Meta.Never, f.Code) || rec.Meta.Clean && f.Severity > findings.Info:
			s.Unsupported++
			s.FindingMisses = append(s.FindingMisses, miss)
		case f.Severity > findings.Info && !rec.Meta.AnyFindings && !slices.Contains(want, f.Code):
			s.Unlisted = append(s.Unlisted, miss)
		}
	}
	for _, code := range want {
		s.Expected++
		if found[code] {
			s.ExpectedFound++
			continue
		}
		s.FindingMisses = append(s.FindingMisses, Miss{rec.Dir, tap, 0, "did not find " + code})
	}
}

// carriesEvidence reports whether a tap has every packet that the wire made or lost: what the scenario is about passed it.
func carriesEvidence(rec *lab.Recording, tap string) bool {
	for _, e := range rec.Events(lab.KindPacket) {
		made := e.Wire.Origin == "injected" || e.Wire.Origin == "duplicate"
		if _, seen := e.Wire.Frames[tap]; !seen && (made || !e.Wire.Delivered) {
			return false
		}
	}
	return true
}
