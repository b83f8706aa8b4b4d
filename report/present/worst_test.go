package present_test

import (
	"slices"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// TestGroupTellsItsMembers: what a group's finding tells is not told again for each of its
// connections, and makes room for others.
func TestGroupTellsItsMembers(t *testing.T) {
	for _, limit := range []int{0, 3} {
		w := present.NewWorst(limit)
		add := func(code string, conn report.ConnID, s findings.Severity, conns ...report.ConnID) {
			w.Add(&report.Finding{ID: report.FindingID(conn), Code: code, Conn: conn, Conns: conns, Time: report.Time(conn)}, s)
		}
		var members []report.ConnID
		for c := report.ConnID(1); c <= 16; c++ {
			add("handshake-incomplete", c, findings.Warning)
			members = append(members, c)
		}
		add("reset-mid-stream", 16, findings.Error) // no symptom of a flood
		for c := report.ConnID(20); c < 25; c++ {
			add("handshake-incomplete", c, findings.Warning)
		}
		add("syn-flood", 0, findings.Error, members...)
		if got, want := w.Settle(), (present.Counts{findings.Warning: 16}); got != want {
			t.Errorf("limit %d: %v taken out, want %v", limit, got, want)
		}
		var conns []report.ConnID
		for _, f := range w.All() {
			conns = append(conns, f.Conn)
		}
		want, more := []report.ConnID{0, 16, 20, 21, 22, 23, 24}, uint64(0)
		if limit > 0 {
			want, more = want[:2+limit], 2
		}
		if !slices.Equal(conns, want) || w.More("handshake-incomplete") != more {
			t.Errorf("limit %d: %v, and %d more; want %v, and %d", limit, conns, w.More("handshake-incomplete"), want, more)
		}
	}
}

// TestOnce: so it is with what is said of a few connections and then once of all.
func TestOnce(t *testing.T) {
	w := present.NewWorst(0)
	for c := report.ConnID(1); c <= 4; c++ {
		w.Add(&report.Finding{ID: report.FindingID(c), Code: "one-way-capture", Conn: c}, findings.Notice)
	}
	w.Add(&report.Finding{ID: 5, Code: "one-way-capture", Conns: []report.ConnID{1, 2, 3, 4}}, findings.Notice)
	out := w.Settle()
	if all := w.All(); out != (present.Counts{findings.Notice: 4}) || len(all) != 1 || all[0].ID != 5 {
		t.Errorf("%v taken out, %v left", out, all)
	}
}

// TestNoGroup: without a group's finding, the worst of each code are kept up to the limit.
func TestNoGroup(t *testing.T) {
	w := present.NewWorst(2)
	for c := report.ConnID(100); c > 0; c-- {
		w.Add(&report.Finding{Code: "connection-refused", Conn: c, Time: report.Time(c)}, findings.Error)
	}
	out := w.Settle()
	all := w.All()
	if out != (present.Counts{}) || len(all) != 2 || all[0].Conn != 1 || all[1].Conn != 2 || w.More("connection-refused") != 98 {
		t.Errorf("%v taken out, %d kept, %d more", out, len(all), w.More("connection-refused"))
	}
}
