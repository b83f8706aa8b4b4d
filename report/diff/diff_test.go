package diff

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/lastack/lastack/report"
)

// finding is one of a code, from a client to a listener.
func finding(code, client, listener string) *report.Finding {
	to := netip.MustParseAddrPort(listener)
	return &report.Finding{ID: 1, Code: code, Severity: "error", Blame: "path", Conn: 1, Title: "About " + code,
		Initiator: report.Endpoint{IP: netip.MustParseAddr(client), Port: 40000}, Responder: report.Endpoint{IP: to.Addr(), Port: to.Port()}}
}

// side is a run of so many connections with findings.
func side(t *testing.T, connections uint64, all ...*report.Finding) *Side {
	t.Helper()
	s := new(Side)
	for _, f := range all {
		if err := s.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	s.Summary(&report.Summary{Connections: connections})
	return s
}

func times(n int, f *report.Finding) (all []*report.Finding) {
	for range n {
		all = append(all, f)
	}
	return all
}

func TestChanges(t *testing.T) {
	a, b := finding("a", "10.0.0.1", "192.0.2.1:80"), finding("b", "10.0.0.1", "192.0.2.1:80")
	neighbour := finding("a", "10.0.0.77", "192.0.2.1:80") // of the same network
	for name, c := range map[string]struct {
		before, after *Side
		want          Kind
		old, new      uint64
	}{
		"new":                  {side(t, 10, b), side(t, 10, a, b), New, 0, 1},
		"gone":                 {side(t, 10, a, b), side(t, 10, b), Gone, 1, 0},
		"more":                 {side(t, 10, times(2, a)...), side(t, 10, times(3, a)...), More, 2, 3},
		"fewer":                {side(t, 10, times(3, a)...), side(t, 10, times(2, a)...), Fewer, 3, 2},
		"another client":       {side(t, 10, a), side(t, 10, neighbour), Same, 1, 1},
		"a longer capture":     {side(t, 1000, times(10, a)...), side(t, 3000, times(30, a)...), Same, 10, 30},
		"a shorter capture":    {side(t, 3000, times(30, a)...), side(t, 1000, times(10, a)...), Same, 30, 10},
		"more of fewer":        {side(t, 3000, times(10, a)...), side(t, 1000, times(15, a)...), More, 10, 15},
		"as many of far fewer": {side(t, 3000, times(10, a)...), side(t, 100, times(10, a)...), Same, 10, 10},
	} {
		var got *Change
		for _, x := range Changes(c.before, c.after) {
			if x.Example.Code == "a" {
				got = &x
			}
		}
		if got == nil || got.Kind != c.want || got.Old != c.old || got.New != c.new {
			t.Errorf("%s: %+v, want %s of %d and %d", name, got, c.want, c.old, c.new)
		}
	}
}

func TestGroupsOfSeveralConnectionsGoByWhatTheyName(t *testing.T) {
	scan := &report.Finding{ID: 1, Code: "port-scan", Severity: "notice", Blame: "initiator", Data: report.Data{{Key: "source", Value: "10.0.0.1"}}}
	other := scan.Clone()
	other.Data = report.Data{{Key: "source", Value: "10.0.0.2"}}
	if report.GroupOf(scan) == report.GroupOf(other) || len(report.GroupOf(scan)) != 12 {
		t.Error(report.GroupOf(scan), report.GroupOf(other))
	}
}

func TestTextSaysWhatChanged(t *testing.T) {
	a, b := finding("a", "10.0.0.1", "192.0.2.1:80"), finding("b", "10.0.0.1", "192.0.2.1:443")
	before, after := side(t, 10, a), side(t, 20, b)
	var out strings.Builder
	if err := WriteText(&out, before, after, Changes(before, after)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"New\n  error   b  1 time: 10.0.0.0/24 to 192.0.2.1:443\n          About b\n", "Gone\n  error   a",
		"1 new, 0 more frequent, 0 less frequent, 1 gone, 0 unchanged. Before: 10 connections; after: 20 connections.\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
