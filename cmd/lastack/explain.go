package main

import (
	"github.com/spf13/cobra"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report/text"
)

func newExplain(a *app) *cobra.Command {
	var colors string
	var ascii bool
	cmd := &cobra.Command{
		Use:   "explain [CODE]",
		Short: "List the findings, or tell all about one",
		Long: `List the findings that there are, or tell all about one: what happened, why the stack
does that, how to confirm it on the host, what to do, and what it is often taken for.`,
		Example: `  lastack explain
  lastack explain close-wait-leak`,
		GroupID:           groupInfo,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.FixedCompletions(codes(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			opt := text.Options{Width: width(a.out), Color: a.color(colors, a.out), ASCII: ascii || !a.unicode()}
			if len(args) == 0 {
				return text.WriteCatalogue(a.out, opt, findings.Catalogue())
			}
			rule := findings.Lookup(args[0])
			if rule == nil {
				return &usageError{cmd, unknownCode(args[0])}
			}
			return text.WriteRule(a.out, opt, rule)
		},
	}
	cmd.Flags().StringVar(&colors, "color", "auto", "use colour `WHEN`: auto, always, never")
	cmd.Flags().BoolVar(&ascii, "ascii", false, "no other characters than ASCII")
	return cmd
}
