package html

import (
	"html/template"
	"io"
	"strings"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/examples"
	"github.com/lastack/lastack/report/text"
)

var rulePage = template.Must(template.ParseFS(assets, "assets/rules.html"))

// rulesView is what the documentation's template shows.
type rulesView struct {
	Title  string
	Policy string
	Style  template.CSS
	Rules  []ruleView
}

// ruleView is one rule with its example, which is drawn as text: the page has no script.
type ruleView struct {
	*findings.Rule
	Example *report.Finding
	Ladder  string
}

// WriteRules writes the documentation of rules as one page that needs nothing else.
func WriteRules(w io.Writer, rules []*findings.Rule) error {
	v := rulesView{Title: "Findings of lastack", Style: template.CSS(style),
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(style)}
	if len(rules) == 1 {
		v.Title = rules[0].Code
	}
	for _, r := range rules {
		one := ruleView{Rule: r, Example: examples.Of(r.Code)}
		if one.Example != nil && len(one.Example.Evidence) > 0 {
			var b strings.Builder
			if err := text.WriteEvidence(&b, text.Options{Width: 100}, one.Example); err != nil {
				return err
			}
			one.Ladder = b.String()
		}
		v.Rules = append(v.Rules, one)
	}
	return rulePage.Execute(w, v)
}
