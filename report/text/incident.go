package text

import (
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// writeIncident writes an incident. Its worst finding follows it, as an example.
func (t *Sink) writeIncident(i *report.Incident) {
	t.writeHead(i.Severity, "incident "+i.ID.String(), i.Code, i.Title, present.AboutIncident(i), i.Explanation)
	t.items("Findings", []string{present.Members(i)})
	t.page.newline()
}
