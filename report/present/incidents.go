package present

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
)

// RankedIncident is an incident that is kept until the end, with its severity parsed.
type RankedIncident struct {
	*report.Incident
	Rank findings.Severity
}

// AddIncident takes a copy of an incident, unless it is too mild. It fails on a severity that is
// none.
func (t *Tally) AddIncident(i *report.Incident) error {
	severity, err := report.ParseSeverity(i.Severity)
	if err == nil && severity >= t.least {
		t.incidents = append(t.incidents, RankedIncident{i.Clone(), severity})
	}
	return err
}

// Item is what a report lists: an incident with its examples, or a finding that belongs to none.
type Item struct {
	Incident *report.Incident // nil for a single finding
	Findings []Ranked         // the incident's examples, or that finding
}

// Items gives incidents and single findings, the worst first; of the same severity the incidents
// before the others. Of an incident's findings the worst is given, or all that were kept.
func (t *Tally) Items(all bool) []Item {
	kept := t.All()
	items := make([][]Item, findings.Error+1)
	for _, i := range t.incidents {
		item := Item{Incident: i.Incident}
		worst := slices.ContainsFunc(kept, func(f Ranked) bool { return f.ID == i.Findings[0] })
		kept = slices.DeleteFunc(kept, func(f Ranked) bool {
			if !i.Has(f.Finding) {
				return false
			}
			if all || f.ID == i.Findings[0] || !worst && len(item.Findings) == 0 {
				item.Findings = append(item.Findings, f)
			}
			return true
		})
		items[i.Rank] = append(items[i.Rank], item)
	}
	for _, f := range kept {
		items[f.Rank] = append(items[f.Rank], Item{Findings: []Ranked{f}})
	}
	var out []Item
	for rank := findings.Error; ; rank-- {
		out = append(out, items[rank]...)
		if rank == 0 {
			return out
		}
	}
}

// Verdict says in a few words how it went. scope names the flags that restricted the run, "" for
// none.
func (t *Tally) Verdict(r *report.Summary, scope string) string {
	v := Verdict(t.Found, r, scope)
	if len(t.incidents) > 0 {
		v = strings.TrimSuffix(v, ".") + "; " + human.Count(uint64(len(t.incidents)), "incident") + "."
	}
	return v
}

// AboutIncident says where it happened, when, and how sure it is.
func AboutIncident(i *report.Incident) []string {
	parts := []string{human.Count(i.Affected, "connection")}
	parts = append(parts, i.Since.Std().Format("2006-01-02 15:04:05.000000 UTC"))
	if lasted := time.Duration(i.Until - i.Since); lasted > 0 {
		parts = append(parts, "over "+human.Duration(lasted))
	}
	parts = append(parts, shape(i), i.Confidence)
	if i.Blame != findings.BlameUnknown.String() {
		parts = append(parts, "cause: "+i.Blame)
	}
	return parts
}

func shape(i *report.Incident) string {
	if i.Period > 0 {
		return "every " + human.Duration(time.Duration(i.Period))
	}
	return i.Shape
}

// Members names an incident's findings: "F3 (the worst), F5, F9 and 12 more".
func Members(i *report.Incident) string {
	var names []string
	for n, id := range i.Findings {
		name := id.String()
		if n == 0 {
			name += " (the worst)"
		}
		names = append(names, name)
	}
	text := strings.Join(names, ", ")
	if i.More > 0 {
		text += fmt.Sprintf(" and %s more", human.Number(i.More))
	}
	return text
}
