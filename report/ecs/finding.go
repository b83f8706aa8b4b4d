package ecs

import (
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// finding is what lastack says in one and the schema has no field for.
type finding struct {
	ID         report.FindingID `json:"finding"`
	Severity   string           `json:"severity"`
	Confidence string           `json:"confidence"`
	Blame      string           `json:"blame"`
	Conn       report.ConnID    `json:"connection,omitempty"`
	Conns      []report.ConnID  `json:"connections,omitempty"`
	Evidence   []evidence       `json:"evidence"`
	RFC        []string         `json:"rfc,omitempty"`
	Kernel     []string         `json:"kernel,omitempty"`
	Sysctl     []string         `json:"sysctl,omitempty"`
	Counter    []string         `json:"counter,omitempty"`
	Confirm    []string         `json:"confirm,omitempty"`
	Advice     []string         `json:"advice,omitempty"`
	LooksLike  []string         `json:"looks_like,omitempty"`
}

type evidence struct {
	Frame   uint64 `json:"frame"`
	Role    string `json:"role"`
	Verdict string `json:"verdict"`
	Reason  string `json:"reason,omitempty"`
}

// finding makes an alert of a finding: that is what the schema calls the notable event of somebody
// else's rule.
func (s *Sink) finding(r *report.Finding) (*document, error) {
	severity, err := report.ParseSeverity(r.Severity)
	if err != nil {
		return nil, err
	}
	d := s.document("alert", "lastack.finding", []string{"info"}, r.Time, r.Until)
	d.Message, d.Event.Reason, d.Event.Severity = r.Title, r.Explanation, int(severity-findings.Info)+1
	d.Rule = &rule{ID: r.Code, Name: r.Code, Ruleset: "lastack"}
	if known := findings.Lookup(r.Code); known != nil { // a stored stream can be of a later version
		d.Rule.Name, d.Rule.Description = known.Title, known.Summary
	}
	if r.Conn != 0 {
		d.between(r.Initiator, r.Responder, r.CommunityID)
	}
	own := finding{ID: r.ID, Severity: r.Severity, Confidence: r.Confidence, Blame: r.Blame, Conn: r.Conn, Conns: r.Conns,
		Evidence: []evidence{}, RFC: r.RFC, Kernel: r.Kernel, Sysctl: r.Sysctl, Counter: r.Counter, Confirm: r.Confirm, Advice: r.Advice, LooksLike: r.LooksLike}
	for _, e := range r.Evidence {
		own.Evidence = append(own.Evidence, evidence{e.Frame, e.Role, e.Verdict, e.Reason})
	}
	d.Lastack = own
	return d, nil
}
