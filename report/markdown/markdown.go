// Package markdown renders the record stream as a ticket: Markdown as GitHub, GitLab and Jira's
// importer show it, or Jira's own markup. Somebody who has nothing but the ticket can tell what
// happened, who caused it, and how to check that.
package markdown

import (
	"io"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// Diagram says how a finding's segments are drawn.
type Diagram uint8

// The kinds of diagrams.
const (
	Mermaid Diagram = iota // a Mermaid sequence diagram, which GitHub and GitLab draw
	Text                   // lines in a fenced block, which every tracker shows; the only one in Jira's markup
)

// Options say what the ticket looks like and what is in it.
type Options struct {
	Jira    bool
	Diagram Diagram

	MinSeverity findings.Severity // milder findings are counted only
	MaxFindings int               // of each code; 0 is all that fit
	Scope       string            // the flags that restrict the stream, "" for none: "--conn C3"
	Command     string            // how to list what was left out: "lastack analyze incident.pcap"
	Generator   string            // what wrote it: "lastack 0.1.0"
}

// The most that a ticket may have. GitHub takes 65,536 characters and Jira by default 32,767; the
// rest is for the footer, and for who adds a word of his own.
const (
	maxMarkdown = 63_000
	maxJira     = 31_000
)

// Sink implements report.Sink.
type Sink struct {
	w     io.Writer
	opt   Options
	d     dialect
	limit int
	tally present.Tally
}

// New makes a sink that writes to w.
func New(w io.Writer, o Options) *Sink {
	s := &Sink{w: w, opt: o, d: gfm{}, limit: maxMarkdown, tally: present.NewTally(o.MinSeverity, o.MaxFindings)}
	if o.Jira {
		s.d, s.limit, s.opt.Diagram = jira{}, maxJira, Text
	}
	return s
}

// Wants implements report.Sink.
func (s *Sink) Wants() report.Kinds { return 0 }

// Segment implements report.Sink.
func (s *Sink) Segment(*report.Segment) error { return nil }

// Connection implements report.Sink.
func (s *Sink) Connection(*report.Connection) error { return nil }

// Finding implements report.Sink.
func (s *Sink) Finding(r *report.Finding) error { return s.tally.Add(r) }

// Incident implements report.Sink.
func (s *Sink) Incident(r *report.Incident) error { return s.tally.AddIncident(r) }

// Summary implements report.Sink.
func (s *Sink) Summary(r *report.Summary) error {
	s.tally.Settle()
	_, err := io.WriteString(s.w, s.document(r))
	return err
}
