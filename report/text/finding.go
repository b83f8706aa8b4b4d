package text

import (
	"fmt"
	"strings"
	"time"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
)

// indent is how far what belongs to a heading is indented, labelColumn how wide the labels of a finding's reference are.
const (
	indent      = 2
	labelColumn = 10
)

var severityInks = map[string]ink{"error": red, "warning": yellow, "notice": cyan, "info": faint}

// writeFinding writes one finding. What is the same for all findings of a code is written with the first one only.
func (t *Sink) writeFinding(f *report.Finding) {
	p := t.page
	p.put(severityInks[f.Severity], strings.ToUpper(f.Severity))
	p.put(bold, " "+f.ID.String()+" ")
	p.put(plain, f.Code)
	p.newline()
	p.paragraph(bold, indent, f.Title)
	p.facts(faint, indent, about(f))
	p.newline()
	p.paragraph(plain, indent, f.Explanation)
	p.newline()
	if len(f.Evidence) > 0 {
		t.writeEvidence(f)
		p.newline()
	}
	if t.writeReference(f) {
		p.newline()
	}
}

// about says which connection a finding is about, when it happened, and how sure it is.
func about(f *report.Finding) []string {
	var parts []string
	if f.Conn != 0 {
		parts = append(parts, fmt.Sprintf("%s %s ↔ %s", f.Conn, f.Initiator, f.Responder))
	}
	if len(f.Conns) > 0 {
		parts = append(parts, connList(f.Conns))
	}
	if f.Time != 0 {
		parts = append(parts, f.Time.Std().Format("2006-01-02 15:04:05.000000 UTC"))
	}
	if lasted := time.Duration(f.Until - f.Time); lasted > 0 {
		parts = append(parts, "over "+human.Duration(lasted))
	}
	parts = append(parts, f.Confidence)
	if f.Blame != "unknown" {
		parts = append(parts, "cause: "+f.Blame)
	}
	return parts
}

func connList(ids []report.ConnID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.String())
	}
	return strings.Join(names, ", ")
}

// writeReference writes what else it could be, and with the first finding of a code why the stack does that, how to confirm it, and
// what to do. It reports whether there was anything to write.
func (t *Sink) writeReference(f *report.Finding) bool {
	t.items("Or else", f.LooksLike)
	if t.told[f.Code] {
		return len(f.LooksLike) > 0
	}
	t.told[f.Code] = true
	if why := sources(f); why != "" {
		t.items("Why", []string{why})
	}
	if rule := findings.Lookup(f.Code); rule != nil {
		t.items("Confirm", rule.Confirm)
	}
	t.items("Do", f.Advice)
	t.items("More", []string{"lastack explain " + f.Code})
	return true
}

// sources names the standard and the kernel's functions, settings and counters.
func sources(f *report.Finding) string {
	var parts []string
	if len(f.RFC) > 0 {
		parts = append(parts, strings.Join(f.RFC, ", "))
	}
	if len(f.Kernel) > 0 {
		parts = append(parts, "Linux "+strings.Join(f.Kernel, ", "))
	}
	if len(f.Sysctl) > 0 {
		parts = append(parts, "sysctl "+strings.Join(f.Sysctl, ", "))
	}
	if len(f.Counter) > 0 {
		parts = append(parts, "nstat "+strings.Join(f.Counter, ", "))
	}
	return strings.Join(parts, "; ")
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
	p.line(plain, "  %s --code %s --max-findings 0", t.opt.Command, code) // whole, to be copied
	p.newline()
}

// writeEvidence draws the segments that prove a finding.
func (t *Sink) writeEvidence(f *report.Finding) {
	l, b := newLadder(f.Initiator, f.Responder, f.ISN)
	for i := range f.Evidence {
		e := &f.Evidence[i]
		l.add(&e.Event, &b, f.Evidence[0].Time, e.Role)
	}
	t.page.draw(l)
}
