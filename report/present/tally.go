package present

import (
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// Tally counts the findings of a report for people, and keeps the worst of them.
type Tally struct {
	*Worst
	Found  Counts // those that are not too mild
	Milder uint64

	least     findings.Severity
	incidents []RankedIncident
}

// NewTally makes an empty one that only counts what is milder than least, and keeps at most limit
// of each code, or with 0 all.
func NewTally(least findings.Severity, limit int) Tally {
	return Tally{Worst: NewWorst(limit), least: least}
}

// Count counts a finding. It gives its severity, and whether that is enough for it to be shown. It
// fails on a severity that is none.
func (t *Tally) Count(f *report.Finding) (severity findings.Severity, shown bool, err error) {
	severity, err = report.ParseSeverity(f.Severity)
	if err != nil {
		return 0, false, err
	}
	if severity < t.least {
		t.Milder++
		return severity, false, nil
	}
	t.Found[severity]++
	return severity, true, nil
}

// Add counts a finding, and takes a copy if it is among the worst so far. It fails on a severity
// that is none.
func (t *Tally) Add(f *report.Finding) error {
	severity, shown, err := t.Count(f)
	if shown {
		t.Worst.Add(f, severity)
	}
	return err
}

// Settle takes out, and no longer counts, what findings about groups tell too. It is called once,
// after the last Add.
func (t *Tally) Settle() { t.Found = t.Found.Without(t.Worst.Settle()) }
