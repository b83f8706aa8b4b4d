package report

import (
	"slices"

	"github.com/lastack/lastack/findings"
)

// Only is a sink that passes on what is selected, and makes the summary count just that. Its zero
// value but for Sink passes on everything.
type Only struct {
	Sink
	Conns       []ConnID  // only these connections, and the findings about one of them
	ID          FindingID // only this finding
	Codes       []string  // only findings of these codes
	MinSeverity findings.Severity

	// Worst is the severity of the worst finding that was selected, before MinSeverity, with Any.
	Worst findings.Severity
	Any   bool

	found  map[string]uint64
	milder uint64
}

// Segment passes on a segment of a selected connection.
func (o *Only) Segment(r *Segment) error {
	if !o.has(r.Conn) {
		return nil
	}
	return o.Sink.Segment(r)
}

// Connection passes on a selected connection.
func (o *Only) Connection(r *Connection) error {
	if !o.has(r.ID) {
		return nil
	}
	return o.Sink.Connection(r)
}

// Finding passes on a selected finding.
func (o *Only) Finding(r *Finding) error {
	severity, err := ParseSeverity(r.Severity)
	if err != nil || !o.selects(r) {
		return err
	}
	o.Worst, o.Any = max(o.Worst, severity), true
	if severity < o.MinSeverity {
		o.milder++
		return nil
	}
	if o.found == nil {
		o.found = make(map[string]uint64)
	}
	o.found[r.Code]++
	return o.Sink.Finding(r)
}

// Incident passes on an incident unless single connections or one finding are selected.
func (o *Only) Incident(r *Incident) error {
	severity, err := ParseSeverity(r.Severity)
	if err != nil || o.ID != 0 || len(o.Conns) > 0 || severity < o.MinSeverity || len(o.Codes) > 0 && !slices.Contains(o.Codes, r.Code) {
		return err
	}
	return o.Sink.Incident(r)
}

// Summary passes on the summary with the findings counted that were passed on.
func (o *Only) Summary(r *Summary) error {
	s := *r
	s.Findings = o.found
	s.Milder += o.milder
	return o.Sink.Summary(&s)
}

func (o *Only) has(id ConnID) bool { return len(o.Conns) == 0 || slices.Contains(o.Conns, id) }

func (o *Only) selects(r *Finding) bool {
	switch {
	case o.ID != 0:
		return r.ID == o.ID
	case len(o.Codes) > 0 && !slices.Contains(o.Codes, r.Code):
		return false
	}
	return len(o.Conns) == 0 || r.Conn != 0 && o.has(r.Conn)
}
