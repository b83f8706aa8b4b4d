package score

import (
	"testing"

	"github.com/lastack/lastack/internal/lab"
)

const recordings = "../../testdata/lab"

// TestRecordings holds the tracker and the rules to the kernels' truth: whatever differs must be on
// the list of what cannot be known.
func TestRecordings(t *testing.T) {
	dirs, err := lab.Find(recordings)
	if err != nil {
		t.Fatal(err)
	}
	all := new(Score)
	for _, dir := range dirs {
		rec, err := lab.ReadRecording(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(rec.Truth) == 0 {
			continue
		}
		hosts, err := Hosts(rec.Meta.Sysctl)
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, tap := range Taps {
			s, err := Recording(rec, tap, hosts)
			if err != nil {
				t.Fatalf("%s: %v", dir, err)
			}
			all.Add(s)
		}
	}
	t.Log(all.Line())
	if all.Segments < 25_000 || all.Sides < 4_000 || all.Expected < 500 {
		t.Errorf("too little was compared to mean anything: %s", all.Line())
	}
	for _, m := range all.SegmentMisses {
		if m.Unknowable() == "" {
			t.Errorf("verdict: %v", m)
		}
	}
	for _, m := range all.SideMisses {
		if m.Unknowable() == "" {
			t.Errorf("states: %v", m)
		}
	}
	for _, m := range all.FindingMisses {
		t.Errorf("finding: %v", m)
	}
	if share := percent(all.SegmentsRight, all.Segments); share < 99.5 {
		t.Errorf("%.2f %% of the verdicts agree with the kernel, want 99.5", share)
	}
}

// TestExceptionsAreNeeded keeps the list of what cannot be known from outliving its reasons.
func TestExceptionsAreNeeded(t *testing.T) {
	for _, e := range exceptions {
		if e.why == "" {
			t.Errorf("%s has no reason", e.recording)
		}
		if m := (Miss{Recording: recordings + "/" + e.recording, Tap: e.tap, By: e.tap}); m.Unknowable() == "" {
			t.Errorf("%s %s does not match itself", e.recording, e.tap)
		}
	}
}
