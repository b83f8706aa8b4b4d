package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/text"
)

func newWhy(a *app) *cobra.Command {
	o := options{format: formatText, diagram: "text"}
	var in reading
	cmd := &cobra.Command{
		Use:   "why CONN FRAME FILE...",
		Short: "Say how lastack came to what it says of one segment",
		Long: `Say what the receiver's TCP did with one segment of a connection, and by which decisions
lastack came to that: what it said when the segment passed, and what later segments changed.
CONN is a connection's number (C3) and FRAME a packet's, as reports and Wireshark have them.`,
		Example: `  lastack why C3 17 incident.pcap
  lastack analyze incident.pcap --segments --why --format ndjson    the same of all segments`,
		GroupID: groupCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.why(cmd, &o, in, args)
		},
	}
	set := pflag.NewFlagSet("why", pflag.ContinueOnError)
	in.addTo(set)
	set.StringVar(&o.color, "color", "auto", "use colour `WHEN`: auto, always, never")
	set.BoolVar(&o.ascii, "ascii", false, "no other characters than ASCII")
	grouped(cmd, "What is read, and how it is shown:", set)
	o.addHosts(cmd)
	complete(cmd, map[string][]string{"color": colorModes})
	return cmd
}

// why runs the analysis once more and keeps what is decided about one segment.
func (a *app) why(cmd *cobra.Command, o *options, in reading, args []string) error {
	if len(args) < 3 {
		return usagef(cmd, "name a connection, a frame and a capture file, such as: lastack why C3 17 incident.pcap")
	}
	conn, err := parseConn(args[0])
	if err != nil {
		return usagef(cmd, "%s: want a connection's number first, such as C3; lastack -v lists them", args[0])
	}
	frame, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil || frame == 0 {
		return usagef(cmd, "%s: want a frame's number after the connection's, such as 17", args[1])
	}
	cfg, err := o.config()
	if err != nil {
		return &usageError{cmd, err}
	}
	look := &lookout{conn: conn, frame: frame}
	result, err := a.watch(cmd, cfg, in, args[2:], look)
	if err != nil {
		return err
	}
	if look.segment == nil {
		return &statusError{exitUsage, look.missing(result)}
	}
	opt := text.Options{Width: width(a.out), Color: a.color(o.color, a.out), ASCII: o.ascii || !a.unicode()}
	if err := text.WriteWhy(a.out, opt, look.connection, look.segment); err != nil {
		return &statusError{exitUsage, err}
	}
	return o.status(result)
}

// watch runs the analysis of files for what a lookout wants.
func (a *app) watch(cmd *cobra.Command, cfg run.Config, in reading, names []string, look *lookout) (run.Result, error) {
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	var stdin io.Reader
	if slices.Contains(names, "-") {
		stdin = newStoppable(ctx, a.in)
	}
	opt, err := in.options(stdin, nil)
	if err != nil {
		return run.Result{}, &usageError{cmd, err}
	}
	source, err := capture.OpenFiles(names, opt)
	if err != nil {
		return run.Result{}, explainOpen(cmd, names, err)
	}
	defer source.Close()
	cfg.Source, cfg.Sink, cfg.Why = source, look, true
	result, err := run.Run(ctx, cfg)
	if err != nil {
		return result, &statusError{exitUsage, err}
	}
	if ctx.Err() != nil {
		return result, &statusError{exitIncomplete, context.Cause(ctx)}
	}
	return result, nil
}

// lookout is a sink that looks for one segment and its connection.
type lookout struct {
	conn       report.ConnID
	frame      uint64
	segment    *report.Segment
	connection *report.Connection
	elsewhere  report.ConnID // the connection that has the frame, if it is another
}

// Wants implements report.Sink.
func (l *lookout) Wants() report.Kinds { return report.Segments | report.Connections }

// Segment implements report.Sink.
func (l *lookout) Segment(r *report.Segment) error {
	switch {
	case r.Frame != l.frame:
	case r.Conn == l.conn:
		l.segment = r.Clone()
	default:
		l.elsewhere = r.Conn
	}
	return nil
}

// Connection implements report.Sink.
func (l *lookout) Connection(r *report.Connection) error {
	if r.ID == l.conn {
		l.connection = r.Clone()
	}
	return nil
}

// Finding implements report.Sink.
func (l *lookout) Finding(*report.Finding) error { return nil }

// Incident implements report.Sink.
func (l *lookout) Incident(*report.Incident) error { return nil }

// Summary implements report.Sink.
func (l *lookout) Summary(*report.Summary) error { return nil }

// missing says why there is no such segment.
func (l *lookout) missing(r run.Result) error {
	switch {
	case uint64(l.conn) > r.Summary.Connections:
		return fmt.Errorf("there is no connection %s: the capture has %d", l.conn, r.Summary.Connections)
	case l.elsewhere != 0:
		return fmt.Errorf("frame %d is not of %s: it is of %s", l.frame, l.conn, l.elsewhere)
	case l.frame > r.Summary.Packets:
		return fmt.Errorf("there is no frame %d: the capture has %d", l.frame, r.Summary.Packets)
	}
	return fmt.Errorf("frame %d is no segment of a connection: it is not TCP, cannot be read, "+
		"or is the second record of a packet", l.frame)
}
