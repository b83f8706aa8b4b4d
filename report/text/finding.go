package text

import (
	"io"
	"strings"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// indent is how far what belongs to a heading is indented, labelColumn how wide the labels of a
// finding's reference are.
const (
	indent      = 2
	labelColumn = 10
)

var severityInks = map[string]ink{"error": red, "warning": yellow, "notice": cyan, "info": faint}

// writeFinding writes one finding. What is the same for all findings of a code is written with the
// first one only.
func (t *Sink) writeFinding(f *report.Finding) {
	p := t.page
	t.writeHead(f.Severity, f.ID.String(), f.Code, f.Title, present.About(f), f.Explanation)
	if len(f.Evidence) > 0 {
		t.writeEvidence(f)
		p.newline()
	}
	if t.writeReference(f) {
		p.newline()
	}
}

// writeHead writes what a finding and an incident begin with.
func (t *Sink) writeHead(severity, name, code, title string, about []string, explanation string) {
	p := t.page
	p.put(severityInks[severity], strings.ToUpper(severity))
	p.put(bold, " "+name+" ")
	p.put(plain, code)
	p.newline()
	p.paragraph(bold, indent, title)
	p.facts(faint, indent, about)
	p.newline()
	p.paragraph(plain, indent, explanation)
	p.newline()
}

// writeReference writes what else it could be, and with the first finding of a code why the stack
// does that, how to confirm it, and what to do. It reports whether there was anything to write.
func (t *Sink) writeReference(f *report.Finding) bool {
	t.items("Or else", f.LooksLike)
	if t.told[f.Code] {
		return len(f.LooksLike) > 0
	}
	t.told[f.Code] = true
	if why := present.Sources(f); why != "" {
		t.items("Why", []string{why})
	}
	t.items("Confirm", present.Confirm(f))
	t.items("Do", f.Advice)
	t.items("More", []string{"lastack explain " + f.Code})
	return true
}

// items writes one label with its paragraphs.
func (t *Sink) items(label string, texts []string) {
	for i, text := range texts {
		if i > 0 {
			label = ""
		}
		t.page.item(faint, label, indent, labelColumn, text)
	}
}

// writeMore says how many findings of a code were left out, and how to list them.
func (t *Sink) writeMore(code string, more uint64) {
	p := t.page
	p.line(bold, "and %s more like it:", human.Number(more))
	p.line(plain, "  %s", present.Listing(t.opt.Command, code)) // whole, to be copied
	p.newline()
}

// writeEvidence draws the segments that prove a finding.
func (t *Sink) writeEvidence(f *report.Finding) { t.page.draw(present.EvidenceLadder(f)) }

// WriteEvidence draws the segments that prove a finding, and nothing else of it.
func WriteEvidence(w io.Writer, o Options, f *report.Finding) error {
	p := newPage(w, &o)
	p.draw(present.EvidenceLadder(f))
	return p.err
}
