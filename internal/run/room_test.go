package run

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/traffic"
	"github.com/lastack/lastack/report"
)

// everything is a sink that keeps all records.
type everything struct {
	segments    map[report.ConnID][]report.Segment
	connections map[report.ConnID]report.Connection
	findings    []report.Finding
	summary     report.Summary
}

func (e *everything) Wants() report.Kinds { return report.Segments | report.Connections }
func (e *everything) Segment(r *report.Segment) error {
	e.segments[r.Conn] = append(e.segments[r.Conn], *r.Clone())
	return nil
}
func (e *everything) Connection(r *report.Connection) error {
	e.connections[r.ID] = *r.Clone()
	return nil
}
func (e *everything) Finding(r *report.Finding) error {
	e.findings = append(e.findings, *r.Clone())
	return nil
}
func (e *everything) Incident(*report.Incident) error { return nil }
func (e *everything) Summary(r *report.Summary) error {
	e.summary = *r
	return nil
}

// limited is one that has room for the segments and the records of so many connections that nothing
// is found about.
type limited struct {
	everything
	segmentsOf, recordsOf int
	quiet                 int
	passed                int
}

func (l *limited) Connection(r *report.Connection) error {
	if len(r.Findings) == 0 {
		l.quiet++
	}
	return l.everything.Connection(r)
}

func (l *limited) Room() (k report.Kinds) {
	if l.quiet < l.segmentsOf {
		k |= report.Segments
	}
	if l.quiet < l.recordsOf {
		k |= report.Connections
	}
	return k
}

func (l *limited) Passed(report.Passed) { l.passed++ }

func newEverything() everything {
	return everything{segments: make(map[report.ConnID][]report.Segment), connections: make(map[report.ConnID]report.Connection)}
}

// healthy is a capture of so many healthy connections.
func healthy(t *testing.T, connections int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.Generate(&b, traffic.Config{Kind: traffic.Short, Connections: connections}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// runInto runs over a file, "-" for stdin, and gives a sink what there is to say of it.
func runInto(t *testing.T, name string, stdin []byte, sink report.Sink) {
	t.Helper()
	src, err := capture.OpenFiles([]string{name}, capture.Options{Stdin: bytes.NewReader(stdin)})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	runOver(t, src, sink, Selection{})
}

// TestRoom: a sink with limited room is given all there is to say of connections that something is
// found about, of the others what it has room for, and is told of the rest. What it is given is
// what a sink without limits is given.
func TestRoom(t *testing.T) {
	stdin := healthy(t, 200)
	names := []string{"-"}
	for i, name := range recordings(t) {
		if i%29 == 0 {
			names = append(names, name)
		}
	}
	for _, name := range names {
		want := newEverything()
		runInto(t, name, stdin, &want)
		for _, room := range [][2]int{{1 << 30, 1 << 30}, {20, 1 << 30}, {20, 50}, {0, 0}} {
			got := limited{everything: newEverything(), segmentsOf: room[0], recordsOf: room[1]}
			runInto(t, name, stdin, &got)
			checkRoom(t, name, &got, &want)
		}
	}
}

func checkRoom(t *testing.T, name string, got *limited, want *everything) {
	t.Helper()
	if !reflect.DeepEqual(got.findings, want.findings) || !reflect.DeepEqual(got.summary, want.summary) {
		t.Errorf("%s: other findings or another summary", name)
	}
	if n := len(got.connections) + got.passed; n != len(want.connections) {
		t.Errorf("%s: %d connections and %d passed, want %d", name, len(got.connections), got.passed, len(want.connections))
	}
	withSegments := 0
	for id, c := range want.connections {
		given, ok := got.connections[id]
		if ok && !reflect.DeepEqual(given, c) {
			t.Errorf("%s: connection %d is given otherwise", name, id)
		}
		if len(c.Findings) > 0 && (!ok || len(got.segments[id]) == 0) {
			t.Errorf("%s: connection %d has findings and is not given, or without its segments", name, id)
		}
		if len(got.segments[id]) == 0 {
			continue
		}
		if len(c.Findings) == 0 {
			withSegments++
		}
		if !reflect.DeepEqual(got.segments[id], want.segments[id]) {
			t.Errorf("%s: connection %d has other segments: %d, want %d", name, id, len(got.segments[id]), len(want.segments[id]))
		}
	}
	if got.segmentsOf > 1000 && withSegments < len(got.connections)-len(want.findings) {
		t.Errorf("%s: only %d connections have segments though there is room", name, withSegments)
	}
}
