package run

import (
	"testing"

	"github.com/lastack/lastack/report"
)

// TestGroupsAreToldOnce: what a finding about a group tells is not told of its connections, their
// records do not name it, and numbers have no gap, whatever is written. Without a group each is
// told, and its connection's record comes after it.
func TestGroupsAreToldOnce(t *testing.T) {
	for _, c := range []struct {
		file string
		code string
	}{
		{"../../testdata/lab/stories/port-scan/ipv4-near/middle.pcap", "port-scan"},
		{"../../testdata/lab/stories/syn-flood/cookies-0-ipv4-near/middle.pcap", "syn-flood"},
		{"../../testdata/lab/stories/open-refused/ipv4-near/middle.pcap", "connection-refused"},
	} {
		var all stream
		result := analyze(t, &all, Selection{}, c.file)
		found := of[report.Finding](&all)
		if len(found) != 1 || found[0].Code != c.code || found[0].ID != 1 {
			t.Fatalf("%s: found %+v", c.file, found)
		}
		want, err := report.ParseSeverity(found[0].Severity)
		if err != nil || result.Worst != want || len(result.Summary.Findings) != 1 {
			t.Errorf("%s: the worst is %v, counted are %v", c.file, result.Worst, result.Summary.Findings)
		}
		named := 0
		for _, r := range of[report.Connection](&all) {
			named += len(r.Findings)
		}
		if alone := found[0].Conn != 0; named == 1 != alone {
			t.Errorf("%s: connections name %d findings", c.file, named)
		}
		findingsAlone := unrecorded{newEverything()}
		analyze(t, &findingsAlone, Selection{}, c.file)
		if got := findingsAlone.findings; len(got) != 1 || got[0].ID != 1 || got[0].Title != found[0].Title {
			t.Errorf("%s: findings alone are others", c.file)
		}
	}
}

// TestSelectedOfAGroup: whoever asks for one connection is told of the group that it belongs to.
func TestSelectedOfAGroup(t *testing.T) {
	var one stream
	analyze(t, &one, Selection{Conn: 3}, "../../testdata/lab/stories/port-scan/ipv4-near/middle.pcap")
	if found := of[report.Finding](&one); len(found) != 1 || found[0].Code != "port-scan" {
		t.Errorf("found %+v", found)
	}
}
