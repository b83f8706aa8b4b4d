package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroup is the annotation that puts a flag under a heading of the help.
const flagGroup = "lastack.group"

// grouped adds the flags of set to cmd under a heading.
func grouped(cmd *cobra.Command, heading string, set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Annotations == nil {
			f.Annotations = make(map[string][]string)
		}
		f.Annotations[flagGroup] = []string{heading}
	})
	set.SortFlags, cmd.Flags().SortFlags = false, false
	cmd.Flags().AddFlagSet(set)
}

// usage writes how a command is used: shorter than cobra's own, with flags under headings.
func usage(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "Usage:\n")
	if cmd.Runnable() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s COMMAND [flags]\n", cmd.CommandPath())
	}
	if !cmd.HasParent() {
		fmt.Fprintf(w, "  lastack [flags] FILE...    short for lastack analyze\n")
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	writeCommands(w, cmd)
	writeFlags(w, cmd)
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n'%s COMMAND --help' tells more about a command.\n", cmd.CommandPath())
	}
	return nil
}

func writeCommands(w io.Writer, cmd *cobra.Command) {
	for _, g := range cmd.Groups() {
		fmt.Fprintf(w, "\n%s\n", g.Title)
		writeCommandsOf(w, cmd, g.ID)
	}
	if len(cmd.Groups()) == 0 && cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nCommands:\n")
		writeCommandsOf(w, cmd, "")
	}
}

func writeCommandsOf(w io.Writer, cmd *cobra.Command, group string) {
	for _, c := range cmd.Commands() {
		if c.GroupID == group && c.IsAvailableCommand() {
			fmt.Fprintf(w, "  %-12s %s\n", c.Name(), c.Short)
		}
	}
}

// writeFlags writes the flags under their headings, in the order of definition; those without one
// come last.
func writeFlags(w io.Writer, cmd *cobra.Command) {
	var headings []string
	sets := make(map[string]*pflag.FlagSet)
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		heading := "Other flags:"
		if g := f.Annotations[flagGroup]; len(g) > 0 {
			heading = g[0]
		}
		if sets[heading] == nil {
			sets[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
			sets[heading].SortFlags = false
			headings = append(headings, heading)
		}
		sets[heading].AddFlag(f)
	})
	for _, h := range headings {
		fmt.Fprintf(w, "\n%s\n%s\n", h, strings.TrimRight(sets[h].FlagUsagesWrapped(width(os.Stdout)), "\n"))
	}
}
