package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/report"
)

func newReport(a *app) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "report [flags] FILE",
		Short: "Render a stored stream of findings again",
		Long: `Read NDJSON that lastack wrote, and write it in other formats. The capture is not needed
for that. The file - is standard input. A stream that was written with --segments has the
segments of all connections for the ladders in HTML; without, there are those that prove
findings.`,
		Example: `  lastack report findings.ndjson
  lastack report findings.ndjson -o ticket.md -o report.html
  lastack report findings.ndjson --code close-wait-leak --format jira`,
		GroupID: groupCapture,
		Args:    exactlyOne("a file that lastack wrote with -o FILE.ndjson, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.replay(cmd, &o, args[0])
		},
	}
	o.addReport(cmd)
	return cmd
}

// replay renders a stored stream.
func (a *app) replay(cmd *cobra.Command, o *options, name string) error {
	selection, err := o.selection()
	if err != nil {
		return &usageError{cmd, err}
	}
	if err := o.overwrites([]string{name}); err != nil {
		return &usageError{cmd, err}
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	in, err := a.openStream(ctx, name)
	if err != nil {
		return &statusError{exitIncomplete, err}
	}
	defer in.Close()
	outs, err := a.openOutputs(o, false, nil)
	if err != nil {
		return &usageError{cmd, err}
	}
	stored := &storedStream{Only: report.Only{Sink: outs.sink(), Codes: selection.Codes, MinSeverity: selection.MinSeverity}}
	if selection.Conn != 0 {
		stored.Conns = []report.ConnID{selection.Conn}
	}
	readError := report.Replay(in, stored)
	if err := stored.finish(name, readError); err != nil {
		outs.abandon()
		return &statusError{exitUsage, fmt.Errorf("cannot write the report: %w", err)}
	}
	if err := outs.close(); err != nil {
		return &statusError{exitUsage, fmt.Errorf("cannot write the report: %w", err)}
	}
	return o.status(stored.result(name, readError))
}

func (a *app) openStream(ctx context.Context, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(newStoppable(ctx, a.in)), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s: %w, not a stream of findings", name, syscall.EISDIR)
	}
	return f, nil
}

// storedStream passes a stored stream on, and notices whether it is whole.
type storedStream struct {
	report.Only
	connections uint64
	summary     *report.Summary
}

// Connection implements report.Sink.
func (s *storedStream) Connection(r *report.Connection) error {
	s.connections++
	return s.Only.Connection(r)
}

// Summary implements report.Sink.
func (s *storedStream) Summary(r *report.Summary) error {
	s.summary = r
	return s.Only.Summary(r)
}

// finish gives a stream that was cut short the summary that it lacks. The error is the sink's.
func (s *storedStream) finish(name string, readError error) error {
	if s.summary != nil {
		return nil
	}
	why := "the stream ends before its summary"
	if readError != nil {
		why = readError.Error()
	}
	return s.Summary(&report.Summary{Files: []report.File{{Name: name, Error: why}}, Connections: s.connections, Truncated: true})
}

// result says of a replayed stream what a run would have said of itself.
func (s *storedStream) result(name string, readError error) run.Result {
	r := run.Result{Summary: *s.summary, Worst: s.Worst, Any: s.Any}
	switch {
	case readError != nil:
		r.ReadError = fmt.Errorf("%s: %w", name, readError)
	case len(r.Summary.Files) > 0 && r.Summary.Truncated && r.Summary.Packets == 0:
		r.ReadError = fmt.Errorf("%s: %s", name, r.Summary.Files[0].Error)
	}
	return r
}
