package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/internal/nearest"
)

// The groups of commands in the help.
const (
	groupCapture = "capture"
	groupInfo    = "info"
)

// newRoot makes all the commands. Help, completion and manual pages come from these definitions.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "lastack",
		Short: "Say what each side's TCP did in a packet capture, and why",
		Long: `lastack replays the TCP connections of a packet capture through both endpoints'
TCP and says what went wrong, why, and how to confirm and mend it.`,
		Example: `  lastack incident.pcap                     what is wrong, and why
  lastack incident.pcap --conn C3           all segments of one connection
  tcpdump -w - tcp | lastack -              read from a pipe
  sudo lastack live -i eth0 tcp port 443    watch an interface
  lastack explain time-wait-syn-rejected    all about one finding`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.Flags().Bool("version", false, "print the version") // cobra's own would take -v, which is analyze's
	root.SetVersionTemplate("lastack {{.Version}}\n")
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(&cobra.Group{ID: groupCapture, Title: "Look at packets:"},
		&cobra.Group{ID: groupInfo, Title: "Look things up:"})
	root.AddCommand(newAnalyze(a), newLive(a), newReport(a), newTicket(a), newWhy(a), newDiff(a), newExplain(a), newSchema(a), newVersion(a), newMan())
	root.SetHelpCommandGroupID(groupInfo)
	root.SetCompletionCommandGroupID(groupInfo)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("lastack")
	return root
}

// wanted says what a flag of a type takes.
var wanted = map[string]string{
	"int":      "a whole number",
	"uint64":   "a whole number, at least 1",
	"duration": "a time such as 90s, 10m or 1h30m",
	"bool":     "true or false",
}

// exactlyOne is for commands that take one argument. name says which.
func exactlyOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return usagef(cmd, "name %s", name)
		case 1:
			return nil
		}
		return usagef(cmd, "name %s, and only one; there are %d", name, len(args))
	}
}

// flagError adds the nearest flag to a complaint about one that does not exist, and says of a value
// what it should be.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if want := wanted[invalid.GetFlag().Value.Type()]; want != "" {
			return usagef(cmd, "--%s %s: want %s", invalid.GetFlag().Name, invalid.GetValue(), want)
		}
	}
	_, typed, ok := strings.Cut(err.Error(), "unknown flag: --")
	if !ok {
		return &usageError{cmd, err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if like := nearest.To(typed, names); like != "" {
		return usagef(cmd, "%w; did you mean --%s?", err, like)
	}
	return &usageError{cmd, err}
}
