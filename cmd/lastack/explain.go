package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report/html"
	"github.com/lastack/lastack/report/markdown"
	"github.com/lastack/lastack/report/text"
)

func newExplain(a *app) *cobra.Command {
	var colors, form string
	var ascii bool
	cmd := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "List the findings, or tell all about one",
		Long: `List the findings that there are, or tell all about one: what happened, why the stack
does that, how to confirm it on the host, what to do, and what it is often taken for.`,
		Example: `  lastack explain
  lastack explain close-wait-leak
  lastack explain --format html > findings.html`,
		GroupID:           groupInfo,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(codes(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			rules := findings.Catalogue()
			if len(args) == 1 {
				rule := findings.Lookup(args[0])
				if rule == nil {
					return &usageError{cmd, unknownCode(args[0])}
				}
				rules = []*findings.Rule{rule}
			}
			write := explainers[form]
			if write == nil {
				return usagef(cmd, "--format %s: want one of %s", form, strings.Join(explainFormats, ", "))
			}
			opt := text.Options{Width: width(a.out), Color: a.color(colors, a.out), ASCII: ascii || !a.unicode()}
			return write(a.out, opt, rules, len(args) == 1)
		},
	}
	cmd.Flags().StringVar(&form, "format", formatText, "write as `NAME`: "+strings.Join(explainFormats, ", "))
	complete(cmd, map[string][]string{"format": explainFormats})
	cmd.Flags().StringVar(&colors, "color", "auto", "use colour `WHEN`: auto, always, never")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "no other characters than ASCII")
	return cmd
}

// explainFormats are what explain's --format takes.
var explainFormats = []string{formatText, "markdown", "json", "html"}

// explainers write rules: the only one that was asked for, or the catalogue.
var explainers = map[string]func(w io.Writer, o text.Options, rules []*findings.Rule, one bool) error{
	formatText: explainText, "markdown": explainMarkdown, "json": explainJSON, "html": explainHTML,
}

func explainText(w io.Writer, o text.Options, rules []*findings.Rule, one bool) error {
	if one {
		return text.WriteRule(w, o, rules[0])
	}
	return text.WriteCatalogue(w, o, rules)
}

func explainMarkdown(w io.Writer, _ text.Options, rules []*findings.Rule, one bool) error {
	if one {
		return markdown.WriteRule(w, rules[0])
	}
	return markdown.WriteCatalogue(w, rules, nil)
}

func explainJSON(w io.Writer, _ text.Options, rules []*findings.Rule, one bool) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if one {
		return e.Encode(rules[0])
	}
	return e.Encode(rules)
}

func explainHTML(w io.Writer, _ text.Options, rules []*findings.Rule, _ bool) error {
	return html.WriteRules(w, rules)
}
