package run

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
)

// analyzeWhy is analyze, with how each segment's record came about.
func analyzeWhy(t *testing.T, sink report.Sink, file string) {
	t.Helper()
	source, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	hosts := fsm.Hosts{Default: fsm.LinuxDefaults()}
	if _, err := Run(context.Background(), Config{Source: source, Track: track.Config{Hosts: hosts},
		Findings: findings.Config{Hosts: hosts}, Sink: sink, Why: true}); err != nil {
		t.Fatal(err)
	}
}

// TestDecisionsLeadToTheRecord: the last decision about a segment is what its record says, the
// first one is its first word, none comes before the segment that showed it, and to ask for them
// changes nothing else.
func TestDecisionsLeadToTheRecord(t *testing.T) {
	decided, changed := 0, 0
	for _, file := range few(recordings(t)) {
		var plain, why stream
		analyze(t, &plain, Selection{}, file)
		analyzeWhy(t, &why, file)
		segments := of[report.Segment](&why)
		for _, s := range segments {
			checkDecisions(t, file, s)
			decided += min(len(s.Why), 1)
			changed += min(max(len(s.Why)-1, 0), 1)
			s.Why = nil
		}
		if !reflect.DeepEqual(of[report.Segment](&plain), segments) {
			t.Errorf("%s: the segments are others when asked why", file)
		}
		if !reflect.DeepEqual(of[report.Finding](&plain), of[report.Finding](&why)) {
			t.Errorf("%s: the findings are others when asked why", file)
		}
	}
	if decided == 0 || changed == 0 {
		t.Errorf("%d segments with a decision, %d with more than one", decided, changed)
	}
}

func checkDecisions(t *testing.T, file string, s *report.Segment) {
	t.Helper()
	if len(s.Why) == 0 {
		if s.ICMP == nil && s.Reason != "not-captured" {
			t.Errorf("%s: frame %d has a verdict that nothing led to", file, s.Frame)
		}
		return
	}
	first, last := s.Why[0], s.Why[len(s.Why)-1]
	if first.Assumption != "first-said" {
		t.Errorf("%s: frame %d begins with %s", file, s.Frame, first.Assumption)
	}
	if last.Verdict != s.Verdict || last.Reason != s.Reason || last.Response != s.Response ||
		last.ReceiverState != s.ReceiverState || last.AnsweredBy != s.AnsweredBy {
		t.Errorf("%s: frame %d: the record says %s/%s/%s %v by %d, the last decision %+v", file, s.Frame,
			s.Verdict, s.Reason, s.Response, s.ReceiverState, s.AnsweredBy, last)
	}
}

// TestSchemaKnowsAllAssumptions: the name of each is one that a decision may have, and there is no
// other.
func TestSchemaKnowsAllAssumptions(t *testing.T) {
	var schema struct {
		Defs struct {
			Decision struct {
				Properties struct {
					Assumption struct{ Enum []string }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(report.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	var names []string
	for a := range infer.Assumptions {
		names = append(names, infer.Assumption(a).String())
	}
	if known := schema.Defs.Decision.Properties.Assumption.Enum; !slices.Equal(names, known) {
		t.Errorf("the schema has the assumptions %q, the tracker %q", known, names)
	}
}
