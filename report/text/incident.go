package text

import (
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// writeIncident writes an incident. Its worst finding follows it, as an example.
func (t *Sink) writeIncident(i *report.Incident) {
	p := t.page
	p.put(severityInks[i.Severity], strings.ToUpper(i.Severity))
	p.put(bold, " incident "+i.ID.String()+" ")
	p.put(plain, i.Code)
	p.newline()
	p.paragraph(bold, indent, i.Title)
	p.facts(faint, indent, present.AboutIncident(i))
	p.newline()
	p.paragraph(plain, indent, i.Explanation)
	p.newline()
	t.items("Findings", []string{present.Members(i)})
	p.newline()
}
