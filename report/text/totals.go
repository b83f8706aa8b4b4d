package text

import (
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// writeTotals writes what was found in how much, and everything that limits what it is worth.
func (t *Sink) writeTotals(r *report.Summary) {
	p := t.page
	p.paragraph(bold, 0, t.tally.Verdict(r, t.opt.Scope)+" "+present.LookedAt(r))
	if n := t.tally.Milder + r.Milder; n > 0 {
		p.paragraph(plain, 0, human.Count(n, "milder finding")+" not shown: --severity info shows all.")
	}
	for _, l := range present.Limits(r) {
		p.paragraph(plain, 0, l)
	}
	for i := range r.Files {
		t.writeFileLimits(r, &r.Files[i])
	}
}

// writeFileLimits says what is wrong with an input, and what its capture program lost.
func (t *Sink) writeFileLimits(r *report.Summary, f *report.File) {
	if f.Error != "" {
		t.page.paragraph(yellow, 0, present.Unread(r, f)+" "+f.Error)
	}
	for _, l := range present.Losses(f) {
		t.page.paragraph(plain, 0, l)
	}
}
