package diff

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// headings say what is listed, in words.
var headings = map[Kind]string{New: "New", More: "More frequent", Fewer: "Less frequent", Gone: "Gone", Same: "Unchanged"}

// WriteText writes the changes for people; those that are none are counted only.
func WriteText(w io.Writer, before, after *Side, all []Change) error {
	var last Kind
	counts := make(map[Kind]int)
	for _, c := range all {
		if counts[c.Kind]++; c.Kind == Same {
			continue
		}
		if c.Kind != last {
			last = c.Kind
			if _, err := fmt.Fprintf(w, "%s\n", headings[c.Kind]); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(w, "  %-7s %s  %s: %s\n          %s\n", c.Example.Severity, c.Example.Code, frequency(c), where(c.Example),
			present.Clean(c.Example.Title)); err != nil {
			return err
		}
	}
	verdict := "Nothing changed."
	if n := len(all) - counts[Same]; n > 0 {
		verdict = fmt.Sprintf("%d new, %d more frequent, %d less frequent, %d gone, %d unchanged.", counts[New], counts[More], counts[Fewer],
			counts[Gone], counts[Same])
	}
	_, err := fmt.Fprintf(w, "%s Before: %s; after: %s.\n", verdict, human.Count(before.Connections(), "connection"),
		human.Count(after.Connections(), "connection"))
	return err
}

// frequency says how often a group was found: "3 → 12 times".
func frequency(c Change) string {
	switch c.Kind {
	case New:
		return human.Count(c.New, "time")
	case Gone:
		return human.Count(c.Old, "time")
	}
	return human.Number(c.Old) + " → " + human.Count(c.New, "time")
}

// where names the ends of a group's findings.
func where(f *report.Finding) string {
	if f.Responder.IP.IsValid() {
		return findings.Network(f.Initiator.IP).String() + " to " + f.Responder.String()
	}
	return "several connections"
}

// record is a change as programs read it.
type record struct {
	Type      string           `json:"type"` // change
	Change    Kind             `json:"change"`
	Group     string           `json:"group"`
	Code      string           `json:"code"`
	Severity  string           `json:"severity"`
	Blame     string           `json:"blame"`
	Responder *report.Endpoint `json:"responder,omitempty"`
	Old       uint64           `json:"old"`
	New       uint64           `json:"new"`
	Title     string           `json:"title"` // of the worst
}

// WriteNDJSON writes one record a group, also of those that did not change.
func WriteNDJSON(w io.Writer, all []Change) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for _, c := range all {
		r := record{Type: "change", Change: c.Kind, Group: c.Group, Code: c.Example.Code, Severity: c.Example.Severity, Blame: c.Example.Blame,
			Old: c.Old, New: c.New, Title: present.Clean(c.Example.Title)}
		if c.Example.Responder.IP.IsValid() {
			r.Responder = &c.Example.Responder
		}
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
