// Package html renders the record stream as one HTML file that needs nothing else: no network, no
// server, no build.
//
// The findings are written as plain HTML, so that they can be read without scripts too. The
// connections and the segments are data in the page (data.go), from which its script draws the
// ladders, the timeline and the table (assets).
package html

import (
	"io"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// Options say what the page has.
type Options struct {
	MinSeverity findings.Severity // milder findings are counted only
	MaxFindings int               // of each code; 0 is all up to the page's own limit
	Scope       string            // the flags that restrict the stream, "" for none: "--conn C3"
	Command     string            // how to list what was left out: "lastack analyze incident.pcap"
	Generator   string            // what wrote it: "lastack 0.1.0"
}

// Sink implements report.Sink.
type Sink struct {
	w           io.Writer
	opt         Options
	tally       present.Tally
	words       words
	connections connections
	segments    segments
	timeWait    population
}

// New makes a sink that writes to w, which should be buffered.
func New(w io.Writer, o Options) *Sink {
	s := &Sink{w: w, opt: o, tally: present.NewTally(o.MinSeverity, o.MaxFindings), words: newWords(), segments: newSegments()}
	s.connections.words = &s.words
	return s
}

// Wants implements report.Sink.
func (s *Sink) Wants() report.Kinds { return report.Segments | report.Connections }

// Room implements report.Bounded.
func (s *Sink) Room() report.Kinds {
	var k report.Kinds
	if !s.segments.full {
		k |= report.Segments
	}
	if s.connections.bytes <= maxConnectionBytes {
		k |= report.Connections
	}
	return k
}

// Passed implements report.Bounded.
func (s *Sink) Passed(p report.Passed) {
	s.connections.left++
	s.timeWait.stay(p.Closer, p.TimeWait, p.Left)
}

// Segment implements report.Sink.
func (s *Sink) Segment(r *report.Segment) error {
	s.segments.add(r)
	return nil
}

// Connection implements report.Sink.
func (s *Sink) Connection(r *report.Connection) error {
	s.connections.add(r)
	s.segments.settle(r.ID, len(r.Findings) > 0)
	s.timeWait.add(r)
	return nil
}

// Finding implements report.Sink.
func (s *Sink) Finding(r *report.Finding) error { return s.tally.Add(r) }

// Incident implements report.Sink.
func (s *Sink) Incident(r *report.Incident) error { return s.tally.AddIncident(r) }

// Summary implements report.Sink.
func (s *Sink) Summary(r *report.Summary) error {
	s.tally.Settle()
	return s.writePage(r)
}
