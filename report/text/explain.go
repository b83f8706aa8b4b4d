package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/lastack/lastack/findings"
)

// WriteCatalogue lists rules by chapter: code, severity, and when it fires.
func WriteCatalogue(w io.Writer, o Options, rules []*findings.Rule) error {
	p := newPage(w, &o)
	code := 0
	for _, r := range rules {
		code = max(code, len(r.Code))
	}
	group := findings.Group("")
	for _, r := range rules {
		if r.Group != group {
			if group != "" {
				p.newline()
			}
			group = r.Group
			p.line(bold, "%s", group)
		}
		p.item(plain, fmt.Sprintf("%-*s  %-7s", code, r.Code, r.Severity), indent, code+len("  warning  "), r.Summary)
	}
	p.newline()
	p.paragraph(plain, 0, "lastack explain CODE tells the whole story of one.")
	return p.err
}

// WriteRule writes all there is to say about a finding code.
func WriteRule(w io.Writer, o Options, r *findings.Rule) error {
	p := newPage(w, &o)
	p.put(bold, r.Code)
	p.put(severityInks[r.Severity.String()], " "+r.Severity.String())
	p.newline()
	p.paragraph(bold, 0, r.Title+".")
	p.paragraph(faint, 0, fmt.Sprintf("%s · since %s · fires when: %s", r.Group, r.Since, r.Summary))
	p.section("What happened", r.Story())
	p.section("Why the stack does that", r.Why)
	p.list("How to confirm it", r.Confirm)
	p.list("What to do", r.Do)
	p.list("Often misread", r.Misreadings)
	p.list("What else looks the same", r.LooksLike)
	p.list("What other tools call it", r.OtherNames)
	p.references(r)
	return p.err
}

func (p *page) heading(title string) {
	p.newline()
	p.line(bold, "%s", title)
}

func (p *page) section(title, text string) {
	p.heading(title)
	p.paragraph(plain, indent, text)
}

func (p *page) list(title string, items []string) {
	if len(items) == 0 {
		return
	}
	p.heading(title)
	for _, text := range items {
		p.item(faint, "-", indent, len("- "), text)
	}
}

func (p *page) references(r *findings.Rule) {
	rows := []struct {
		label string
		names []string
	}{{"RFC", r.RFC}, {"Linux", r.Kernel}, {"sysctl", r.Sysctl}, {"nstat", r.Counter}}
	p.heading("References")
	for _, row := range rows {
		p.item(faint, row.label, indent, labelColumn, strings.Join(row.names, ", "))
	}
}
