package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/report/present"
)

func newAnalyze(a *app) *cobra.Command {
	var o options
	var in reading
	cmd := &cobra.Command{
		Use:   "analyze [flags] FILE...",
		Short: "Say what is wrong in capture files, and why",
		Long: `Analyze packet captures: pcap or pcapng, also compressed with gzip or zstd. Several
files form one timeline. The file - is standard input.

The exit status is 0, or 1 with findings at or above --fail-on, 2 when the command line
is wrong, 3 when an input could not be read to its end (what was read is reported).`,
		Example: `  lastack analyze incident.pcap
  lastack analyze -v before.pcapng after.pcapng.gz
  lastack analyze -f 'host 192.0.2.1' -o report.txt -o findings.ndjson incident.pcap
  tcpdump -i eth0 -w - tcp | lastack analyze -
  lastack analyze --sysctl 192.0.2.1:tcp_tw_reuse=1 --fail-on error incident.pcap`,
		GroupID: groupCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "name a capture file, or - for standard input")
			}
			return a.analyze(cmd, &o, args, in)
		},
	}
	input := pflag.NewFlagSet("input", pflag.ContinueOnError)
	in.addTo(input)
	grouped(cmd, "What is read:", input)
	o.addTo(cmd)
	return cmd
}

// analyze reads files.
func (a *app) analyze(cmd *cobra.Command, o *options, names []string, in reading) error {
	cfg, err := o.config()
	if err != nil {
		return &usageError{cmd, err}
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	var stdin io.Reader
	if slices.Contains(names, "-") {
		stdin = newStoppable(ctx, a.in)
	}
	if err := o.overwrites(names); err != nil {
		return &usageError{cmd, err}
	}
	kept, err := o.spool(names)
	if err != nil {
		return &statusError{exitUsage, err}
	}
	defer kept.remove()
	opt, err := in.options(stdin, kept.writer())
	if err != nil {
		return &usageError{cmd, err}
	}
	source, err := capture.OpenFiles(names, opt)
	if err != nil {
		return explainOpen(cmd, names, err)
	}
	defer source.Close()
	if first := source.Stats().Files[0].Err; errors.Is(first, fs.ErrNotExist) && mistypedCommand(cmd.Root(), names[0]) != "" {
		return explainOpen(cmd, names, first)
	}
	cfg.Source = source
	err = a.report(ctx, cmd, o, cfg, kept.blocks(names))
	return errors.Join(err, kept.failure())
}

// untilSignal gives a context that ends with the first signal. A second interrupt ends the program
// at once, unless it comes with the first: timeout(1) sends its signal to the program and to its
// group. A second SIGTERM never does.
func untilSignal(parent context.Context) (ctx context.Context, stop func()) {
	ctx, stop = signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		time.AfterFunc(together, func() { signal.Reset(os.Interrupt) })
	})
	return ctx, stop
}

// together is within what time two interrupts are one.
const together = 500 * time.Millisecond

// explainOpen says why captures cannot be opened.
func explainOpen(cmd *cobra.Command, names []string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if like := mistypedCommand(cmd.Root(), names[0]); like != "" {
			err = fmt.Errorf("%w; did you mean the command %s?", err, like)
		}
	}
	var path *fs.PathError
	var read *capture.ReadError
	if errors.As(err, &path) || errors.As(err, &read) || errors.Is(err, syscall.EISDIR) {
		return &statusError{exitIncomplete, err}
	}
	return &usageError{cmd, err} // such as a filter that makes no sense
}

// report runs an analysis and writes its report. blocks are the input once more, nil when it cannot
// be read again.
func (a *app) report(ctx context.Context, cmd *cobra.Command, o *options, cfg run.Config, blocks capture.Blocks) error {
	for _, note := range o.unused {
		fmt.Fprintln(a.err, "lastack: --sysctl: "+note)
	}
	if err := o.redaction.apply(a, &cfg, &blocks); err != nil {
		return &usageError{cmd, err}
	}
	outs, err := a.openOutputs(o, cfg.Live, blocks)
	if err != nil {
		return &usageError{cmd, err}
	}
	cfg.Sink = outs.sink()
	if o.only != nil {
		o.only.Sink = cfg.Sink
		cfg.Sink = o.only
	}
	if outs.progress != nil {
		cfg.Progress = outs.progress.show
	}
	result, err := run.Run(ctx, cfg)
	if outs.progress != nil {
		outs.progress.erase()
	}
	if err = errors.Join(err, outs.close()); err != nil {
		return &statusError{exitUsage, fmt.Errorf("cannot write the report: %w", err)}
	}
	if unread := present.UnreadLinks(&result.Summary); unread != "" {
		fmt.Fprintln(a.err, "lastack: "+unread)
	}
	return o.status(result)
}

// status gives the error that the run's exit status stands for.
func (o *options) status(r run.Result) error {
	switch {
	case errors.Is(r.ReadError, context.Canceled):
		return &statusError{exitIncomplete, errors.New("interrupted: the report is about what was read until then")}
	case len(r.Unread) > 0 && len(r.Summary.Files) > 1:
		return &statusError{exitIncomplete, fmt.Errorf("%w; the report is about everything else", unreadable(r.Unread))}
	case r.ReadError != nil:
		return &statusError{exitIncomplete, fmt.Errorf("%w; the report is about what was read until there", r.ReadError)}
	case o.conn != "" && !o.connSeen(r):
		return &statusError{exitUsage, fmt.Errorf("there is no connection %s: the capture has %d", o.conn, r.Summary.Connections)}
	case o.fails(r):
		return &statusError{status: exitFindings}
	}
	return nil
}

// unreadable tells each input's error on a line of its own.
func unreadable(all []error) error {
	err := all[0]
	for _, next := range all[1:] {
		err = fmt.Errorf("%w\nlastack: %w", err, next)
	}
	return err
}

// connSeen reports whether the connection that was asked for exists. Connections are numbered from
// 1.
func (o *options) connSeen(r run.Result) bool {
	id, err := parseConn(o.conn)
	return err == nil && uint64(id) <= r.Summary.Connections
}
