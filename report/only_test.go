package report

import (
	"testing"

	"github.com/lastack/lastack/findings"
)

// seen is a sink that notes what it is given.
type seen struct {
	conns    []ConnID
	findings []FindingID
	summary  Summary
}

func (s *seen) Wants() Kinds { return Segments | Connections }

func (s *seen) Segment(r *Segment) error {
	s.conns = append(s.conns, r.Conn)
	return nil
}

func (s *seen) Connection(r *Connection) error {
	s.conns = append(s.conns, r.ID)
	return nil
}

func (s *seen) Finding(r *Finding) error {
	s.findings = append(s.findings, r.ID)
	return nil
}

func (s *seen) Incident(*Incident) error { return nil }

func (s *seen) Summary(r *Summary) error {
	s.summary = *r
	return nil
}

func TestOnly(t *testing.T) {
	for name, test := range map[string]struct {
		only     Only
		conns    int
		findings int
		any      bool
	}{
		"everything":   {Only{}, 4, 3, true},
		"a connection": {Only{Conns: []ConnID{1}}, 2, 1, true},
		"a finding":    {Only{Conns: []ConnID{2}, ID: 2}, 2, 1, true},
		"a code":       {Only{Codes: []string{"b"}}, 4, 2, true},
		"a severity":   {Only{MinSeverity: findings.Error}, 4, 1, true},
		"no such code": {Only{Codes: []string{"c"}}, 4, 0, false},
	} {
		var got seen
		o := &test.only
		o.Sink = &got
		for _, err := range []error{
			o.Segment(&Segment{Conn: 1}), o.Finding(&Finding{ID: 1, Code: "a", Severity: "error", Conn: 1}), o.Connection(&Connection{ID: 1}),
			o.Segment(&Segment{Conn: 2}), o.Finding(&Finding{ID: 2, Code: "b", Severity: "notice", Conn: 2}), o.Connection(&Connection{ID: 2}),
			o.Finding(&Finding{ID: 3, Code: "b", Severity: "info"}), o.Summary(&Summary{Findings: map[string]uint64{"a": 1, "b": 2}}),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		counted := 0
		for _, n := range got.summary.Findings {
			counted += int(n)
		}
		if len(got.conns) != test.conns || len(got.findings) != test.findings || counted != test.findings || o.Any != test.any {
			t.Errorf("%s: connections %v, findings %v, counted %d, any %v", name, got.conns, got.findings, counted, o.Any)
		}
	}
}
