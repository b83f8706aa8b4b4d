package run

import (
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// announced remembers what was reported of connections that go on, by connection, so that it is
// reported once.
type announced map[uint64][]announcement

// announcement is a finding that was reported. Its text may change while the connection goes on;
// its code and where it began do not.
type announcement struct {
	code  string
	frame uint64 // of the first evidence
	id    report.FindingID
}

func firstFrame(f *findings.Finding) uint64 {
	if len(f.Evidence) == 0 {
		return 0
	}
	return f.Evidence[0].Frame
}

// find gives the number under which a finding was reported.
func (a announced) find(f *findings.Finding) (report.FindingID, bool) {
	for _, was := range a[f.Conn] {
		if was.code == f.Code && was.frame == firstFrame(f) {
			return was.id, true
		}
	}
	return 0, false
}

// put remembers a finding, once.
func (a announced) put(f *findings.Finding, id report.FindingID) {
	if _, ok := a.find(f); !ok {
		a[f.Conn] = append(a[f.Conn], announcement{f.Code, firstFrame(f), id})
	}
}
