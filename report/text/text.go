// Package text renders the record stream for people: findings worst first, each with its story and
// evidence, then the totals.
package text

import (
	"io"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// Options say how the text looks and what is in it.
type Options struct {
	Width int  // columns; 0 is 80
	ASCII bool // no other characters
	Color bool

	MinSeverity findings.Severity // milder findings are counted only
	MaxFindings int               // of each code; 0 is all
	Immediate   bool              // write each finding as it comes, rather than sorted at the end
	Connections bool              // write each connection as it ends
	Ladder      bool              // write all segments of the connection in the stream, which must be the only one
	Scope       string            // the flags that restrict the stream, "" for none: "--conn C3"
	Command     string            // how to run the same again, for hints: "lastack analyze incident.pcap"
}

// defaultWidth is the width of a page that is not a terminal's.
const defaultWidth = 80

// Sink implements report.Sink.
type Sink struct {
	page   *page
	opt    Options
	tally  present.Tally
	listed bool            // connections were written
	told   map[string]bool // codes whose reference was written
	whole  wholeLadder     // with Options.Ladder
}

// New makes a sink that writes to w, which should be buffered.
func New(w io.Writer, o Options) *Sink {
	return &Sink{page: newPage(w, &o), opt: o, tally: present.NewTally(o.MinSeverity, o.MaxFindings), told: make(map[string]bool)}
}

// Wants implements report.Sink.
func (t *Sink) Wants() report.Kinds {
	switch {
	case t.opt.Ladder:
		return report.Segments | report.Connections
	case t.opt.Connections:
		return report.Connections
	}
	return 0
}

// Segment implements report.Sink.
func (t *Sink) Segment(r *report.Segment) error {
	t.whole.add(r)
	return nil
}

// Connection implements report.Sink.
func (t *Sink) Connection(r *report.Connection) error {
	if t.opt.Ladder {
		t.whole.connection = r.Clone() // its segments may still come
		return nil
	}
	t.writeConnection(r)
	t.listed = true
	return t.page.err
}

// Finding implements report.Sink.
func (t *Sink) Finding(r *report.Finding) error {
	if !t.opt.Immediate {
		return t.tally.Add(r)
	}
	_, shown, err := t.tally.Count(r)
	if err != nil {
		return err
	}
	if shown {
		t.writeFinding(r)
	}
	return t.page.err
}

// Incident implements report.Sink.
func (t *Sink) Incident(r *report.Incident) error {
	if t.opt.Immediate {
		return nil // its findings have been written
	}
	return t.tally.AddIncident(r)
}

// Summary implements report.Sink.
func (t *Sink) Summary(r *report.Summary) error {
	if t.listed {
		t.page.newline()
	}
	t.writeWholeLadder()
	t.tally.Settle()
	t.writeFindings()
	t.writeTotals(r)
	return t.page.err
}

// writeFindings writes incidents with an example each, and findings that belong to none, and after
// the last of each code how many there were besides.
func (t *Sink) writeFindings() {
	items := t.tally.Items(t.opt.MaxFindings == 0)
	last := make(map[string]report.FindingID)
	for _, item := range items {
		for _, f := range item.Findings {
			last[f.Code] = f.ID
		}
	}
	for _, item := range items {
		if item.Incident != nil {
			t.writeIncident(item.Incident)
		}
		for _, f := range item.Findings {
			t.writeFinding(f.Finding)
			if more := t.tally.More(f.Code); more > 0 && last[f.Code] == f.ID {
				t.writeMore(f.Code, more)
			}
		}
	}
}
