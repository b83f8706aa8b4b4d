package markdown

import (
	"fmt"
	"io"
	"strings"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report/examples"
)

// WriteRule writes all there is to say about a finding code as one page, with an example that its
// rule found.
func WriteRule(w io.Writer, r *findings.Rule) error {
	s := New(nil, Options{})
	d := s.d
	out := d.heading(1, d.code(r.Code)) +
		d.strong(d.text(r.Title)) + " " + d.text(fmt.Sprintf("(%s, since %s): %s.", r.Severity, r.Since, r.Summary)) + "\n\n" +
		d.text(r.Story()) + "\n\n" + s.example(r.Code) +
		d.heading(2, "Why the stack does that") + d.text(r.Why) + "\n\n"
	for _, part := range []struct {
		title string
		texts []string
	}{
		{"How to confirm it", r.Confirm},
		{"What to do", r.Do},
		{"What else looks the same", r.LooksLike},
		{"Often misread", r.Misreadings},
		{"What other tools call it", r.OtherNames},
	} {
		out += s.list(2, part.title, part.texts)
	}
	_, err := io.WriteString(w, out+s.references(r))
	return err
}

// example tells an example of a code, if there is one, and draws what proves it. Findings about
// many connections have no such segments.
func (s *Sink) example(code string) string {
	f := examples.Of(code)
	if f == nil {
		return ""
	}
	d := s.d
	out := d.heading(2, "Example") + d.strong(d.text(f.Title)) + "\n\n" + d.text(f.Explanation) + "\n\n"
	if len(f.Evidence) > 0 {
		out += s.diagram(f)
	}
	return out
}

// references lists where all that comes from.
func (s *Sink) references(r *findings.Rule) string {
	d := s.d
	out := ""
	for _, row := range []struct {
		name  string
		words []string
		show  func(string) string
	}{
		{"RFC", r.RFC, d.text},
		{"Linux functions", r.Kernel, d.code},
		{"sysctl", r.Sysctl, d.code},
		{"Counters (nstat)", r.Counter, d.code},
		{"Symptoms that it takes with it", r.Absorbs, d.code},
	} {
		var shown []string
		for _, word := range row.words {
			shown = append(shown, row.show(word))
		}
		if len(shown) > 0 {
			out += d.item(row.name + ": " + strings.Join(shown, ", "))
		}
	}
	return d.heading(2, "References") + out
}

// WriteCatalogue lists rules by chapter. page gives the page of a code, for a link; without it the
// codes are not linked.
func WriteCatalogue(w io.Writer, rules []*findings.Rule, page func(code string) string) error {
	d := gfm{}
	out := d.heading(1, "Findings") + d.text("What lastack can say about a connection. Severities: error the connection failed, was "+
		"cut, or data was lost; warning it worked but is degraded or likely to fail; notice unusual and explained; info a fact worth "+
		"knowing.") +
		"\n\n"
	var rows [][]string
	for i, r := range rules {
		name := d.code(r.Code)
		if page != nil {
			name = "[" + name + "](" + page(r.Code) + ")"
		}
		rows = append(rows, []string{name, r.Severity.String(), d.text(r.Summary)})
		if i+1 == len(rules) || rules[i+1].Group != r.Group {
			out += d.heading(2, d.text(string(r.Group))) + d.table([]string{"code", "severity", "fires when"}, rows)
			rows = nil
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(out, "\n")+"\n")
	return err
}
