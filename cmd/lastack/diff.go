package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/diff"
)

func newDiff(a *app) *cobra.Command {
	var form, failOn string
	cmd := &cobra.Command{
		Use:   "diff [flags] OLD NEW",
		Short: "Say what two runs found differently",
		Long: `Read two streams of NDJSON that lastack wrote, and say which findings are new in the second,
which are gone, and which have become more or less frequent. Findings are the same if they
have the code, the server, the blame and the client's network in common. A longer capture is
no change: the share of the connections counts, too.

The exit status is 0, or 1 if something is new or more frequent at or above --fail-on, 2 when
the command line is wrong, 3 when a stream could not be read to its end.`,
		Example: `  lastack diff before.ndjson after.ndjson
  lastack diff --fail-on warning yesterday.ndjson today.ndjson`,
		GroupID: groupCapture,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef(cmd, "name two files that lastack wrote with -o FILE.ndjson: the older one first")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			write := differs[form]
			if write == nil {
				return usagef(cmd, "--format %s: want one of %s", form, strings.Join(diffFormats, ", "))
			}
			limit := findings.Error + 1
			if failOn != "" {
				var err error
				if limit, err = report.ParseSeverity(failOn); err != nil {
					return usagef(cmd, "--fail-on: %v", err)
				}
			}
			return a.diff(cmd, args[0], args[1], write, limit)
		},
	}
	cmd.Flags().StringVar(&form, "format", formatText, "write as `NAME`: "+strings.Join(diffFormats, ", "))
	cmd.Flags().StringVar(&failOn, "fail-on", "", "exit with status 1 if something of this `LEVEL` or worse is new or more frequent")
	complete(cmd, map[string][]string{"format": diffFormats, "fail-on": severityNames})
	return cmd
}

// diffFormats are what diff's --format takes.
var diffFormats = []string{formatText, "ndjson"}

// differ writes what changed between two runs.
type differ func(w io.Writer, before, after *diff.Side, all []diff.Change) error

// differs write the changes, by format.
var differs = map[string]differ{
	formatText: diff.WriteText,
	"ndjson":   func(w io.Writer, _, _ *diff.Side, all []diff.Change) error { return diff.WriteNDJSON(w, all) },
}

// diff compares two stored streams.
func (a *app) diff(cmd *cobra.Command, before, after string, write differ, limit findings.Severity) error {
	var sides [2]diff.Side
	for i, name := range []string{before, after} {
		if err := a.readSide(cmd, name, &sides[i]); err != nil {
			return &statusError{exitIncomplete, err}
		}
	}
	all := diff.Changes(&sides[0], &sides[1])
	if err := write(a.out, &sides[0], &sides[1], all); err != nil {
		return &statusError{exitUsage, fmt.Errorf("cannot write the changes: %w", err)}
	}
	for _, c := range all {
		if (c.Kind == diff.New || c.Kind == diff.More) && c.Rank >= limit {
			return &statusError{exitFindings, nil}
		}
	}
	return nil
}

func (a *app) readSide(cmd *cobra.Command, name string, side *diff.Side) error {
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	in, err := a.openStream(ctx, name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := report.Replay(in, side); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !side.Whole() {
		return fmt.Errorf("%s: the stream ends before its summary: it was cut short, or lastack still writes it", name)
	}
	return nil
}
