package html

import (
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// itemView is an incident with its examples, or a finding that belongs to none.
type itemView struct {
	Incident *incidentView // nil for a finding alone
	Findings []*findingView
}

// incidentView is an incident as the template shows it.
type incidentView struct {
	*report.Incident
	About   []string
	Members string
}

// itemViews deals the views of findings, which are in the order of the items and may end before
// them, out to the items.
func itemViews(items []present.Item, views []*findingView) []itemView {
	var out []itemView
	for _, item := range items {
		n := min(len(item.Findings), len(views))
		if item.Incident == nil && n == 0 {
			continue // the page has no room for it
		}
		v := itemView{Findings: views[:n]}
		views = views[n:]
		if i := item.Incident; i != nil {
			v.Incident = &incidentView{Incident: i, About: present.AboutIncident(i), Members: present.Members(i)}
		}
		out = append(out, v)
	}
	return out
}
