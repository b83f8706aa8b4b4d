package html

import (
	"time"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// findingView is a finding as the template shows it.
type findingView struct {
	*report.Finding
	Number           uint64
	ConnNumber       uint64
	Ends, When       string
	Lasted           string
	Cause, Certainty string
	Rows             []evidenceRow
	Why, Sources     string
	Confirm          []string
	As               report.FindingID // whose reference says the same, if one stands before
}

// evidenceRow is one line of the table that says the same as the ladder, for who cannot see that.
type evidenceRow struct {
	Frame   uint64
	Time    string
	Elapsed string
	From    string
	Label   string
	States  [2]string
	Outcome string
	Role    string
	Refused bool
}

func (s *Sink) views(shown []*report.Finding) []*findingView {
	var out []*findingView
	first := make(map[string]report.FindingID)
	for _, f := range shown {
		v := viewOf(f)
		v.As = first[f.Code]
		if v.As == 0 {
			first[f.Code] = f.ID
		}
		out = append(out, v)
	}
	return out
}

func viewOf(f *report.Finding) *findingView {
	v := &findingView{Finding: f, Number: uint64(f.ID), ConnNumber: uint64(f.Conn), Cause: present.Cause(f),
		Certainty: present.Certainty(f), Sources: present.Sources(f), Rows: evidenceRows(f)}
	if f.Initiator.IP.IsValid() {
		v.Ends = f.Initiator.String() + " → " + f.Responder.String()
	}
	if f.Time != 0 {
		v.When = f.Time.Std().Format("2006-01-02 15:04:05.000000 UTC")
	}
	if lasted := time.Duration(f.Until - f.Time); lasted > 0 {
		v.Lasted = human.Duration(lasted)
	}
	v.Why, v.Confirm = present.Why(f), present.Confirm(f)
	return v
}

func evidenceRows(f *report.Finding) []evidenceRow {
	l := present.EvidenceLadder(f).Spelled()
	var out []evidenceRow
	for i := range f.Evidence[:min(len(f.Evidence), maxHead)] {
		e, r := &f.Evidence[i], &l.Rungs[i]
		outcome := present.Outcome(&e.Event)
		if outcome == "" {
			outcome = e.Verdict
		}
		if e.ICMP != nil {
			outcome = "ICMP error from " + e.ICMP.From.String()
		}
		out = append(out, evidenceRow{Frame: e.Frame, Time: e.Time.Std().Format("15:04:05.000000"), Elapsed: r.Time, From: e.From,
			Label: r.Label(), States: r.States, Outcome: outcome, Role: e.Role, Refused: r.Refused})
	}
	return out
}
