package ecs

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lastack/lastack/report/rendertest"
)

// documents gives what is written about a capture.
func documents(t *testing.T, file string) (all []map[string]any) {
	t.Helper()
	var out bytes.Buffer
	rendertest.Analyze(t, New(&out, "v1"), file)
	for line := range strings.Lines(out.String()) {
		var d map[string]any
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, d)
	}
	return all
}

// field gives a field by its name in the schema.
func field(d map[string]any, name string) any {
	var v any = d
	for key := range strings.SplitSeq(name, ".") {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// TestDocuments writes a finding as an alert, and each connection as an event.
func TestDocuments(t *testing.T) {
	all := documents(t, "../../testdata/lab/stories/time-wait-syn-rejected-kernels/ipv4-near-nots/initiator.pcap")
	if len(all) != 3 {
		t.Fatalf("%d documents, want one finding and two connections", len(all))
	}
	for i, want := range []map[string]any{
		{"event.kind": "alert", "event.severity": 4.0, "rule.id": "time-wait-syn-rejected", "lastack.connection": "C1",
			"source.port": 40001.0, "destination.port": 8080.0, "network.type": "ipv4", "event.dataset": "lastack.finding"},
		{"event.kind": "event", "event.outcome": "success", "lastack.closing": "three-segment", "source.packets": 7.0,
			"network.transport": "tcp", "event.duration": field(all[1], "event.duration"), "event.dataset": "lastack.connection"},
	} {
		for name, value := range want {
			if got := field(all[i], name); got != value {
				t.Errorf("document %d: %s is %v, want %v", i, name, got, value)
			}
		}
	}
	for i, d := range all {
		for _, name := range []string{"@timestamp", "ecs.version", "event.start", "event.end", "source.ip", "destination.ip",
			"network.community_id", "observer.version"} {
			if field(d, name) == nil {
				t.Errorf("document %d lacks %s", i, name)
			}
		}
	}
	if start, end := all[0]["@timestamp"], field(all[0], "event.end"); start == end {
		t.Error("the finding takes no time")
	}
}
