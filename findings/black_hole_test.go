package findings_test

import (
	"fmt"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/tcp"
)

const largeRepeated = `
0.0 > S 0
0.01 < SA 0 ack 1
0.0101 > A 1 ack 1
0.0106 > PA 1+300 ack 1
0.02 < A 1 ack 301
0.021 < A 1+1448 ack 301
0.0211 < A 1449+1448 ack 301
%[1]s
0.232 < A %[2]s+1448 ack 301
0.632 < A %[2]s+1448 ack 301
1.432 < A %[2]s+1448 ack 301
3.032 < A %[2]s+1448 ack 301
end 30
`

// TestBlackHole: a finding says whether the path is too narrow, and names who has told the sender
// so.
func TestBlackHole(t *testing.T) {
	told := unresponsive(t, "icmp 0.022 3 4 10.9.9.9 1400", "1")
	if mtu, ok := datum(told, "mtu").(uint32); !ok || mtu != 1400 || told.Evidence[1].Kind != tcp.KindICMP {
		t.Errorf("told of MTU 1400: %s", told.Explanation)
	}
	if wide := unresponsive(t, "icmp 0.022 3 4 10.9.9.9 1500", "1"); datum(wide, "mtu") != nil {
		t.Errorf("told of an MTU that the segments have: %s", wide.Explanation)
	}
	if silent := unresponsive(t, "0.032 > A 301 ack 1", "1"); datum(silent, "large_lost") == nil || silent.Blame != findings.BlamePath {
		t.Errorf("not told: %s", silent.Explanation)
	}
	for _, f := range []*findings.Finding{told, unresponsive(t, "0.032 > A 301 ack 1", "1")} {
		if first := f.Evidence[0]; first.Frame != 6 || first.Role != "sent first" {
			t.Errorf("what was sent first is not shown, but frame %d, %s", first.Frame, first.Role)
		}
	}
	if passed := unresponsive(t, "0.032 > A 301 ack 1449", "1449"); datum(passed, "large_lost") != nil {
		t.Errorf("one of that size had passed: %s", passed.Explanation)
	}
}

// A path is not too narrow if the probe of the tail, a small segment, is not answered either.
func TestNotTooNarrow(t *testing.T) {
	found := unresponsive(t, "0.0212 < PA 2897+100 ack 301\n0.05 < PA 2897+100 ack 301", "1")
	if datum(found, "large_lost") != nil {
		t.Errorf("a small segment was not answered either: %s", found.Explanation)
	}
}

func unresponsive(t *testing.T, between, lost string) *findings.Finding {
	t.Helper()
	found := replay(t, fmt.Sprintf(largeRepeated, between, lost))
	for i := range found {
		if found[i].Code == "peer-unresponsive" {
			return &found[i]
		}
	}
	t.Fatalf("no peer-unresponsive with %q", between)
	return nil
}

func datum(f *findings.Finding, key string) any {
	for _, d := range f.Data {
		if d.Key == key {
			return d.Value
		}
	}
	return nil
}
