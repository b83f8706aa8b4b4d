package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/report"
)

// choose looks for the finding that was asked for, in a run of its own: which connection it is
// about is known only when that has ended, and its segments come before.
func (a *app) choose(cmd *cobra.Command, t *ticketOptions, names []string) error {
	if t.finding == "" {
		return nil
	}
	var id report.FindingID
	if err := id.UnmarshalText([]byte(t.finding)); err != nil {
		return usagef(cmd, "--finding %s: want a finding's number, such as F3", t.finding)
	}
	cfg, err := t.config()
	if err != nil {
		return &usageError{cmd, err}
	}
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	opt, err := t.in.options(nil, nil)
	if err != nil {
		return &usageError{cmd, err}
	}
	source, err := capture.OpenFiles(names, opt)
	if err != nil {
		return explainOpen(cmd, names, err)
	}
	defer source.Close()
	seek := &seeker{id: id}
	cfg.Source, cfg.Sink = source, seek
	if _, err := run.Run(ctx, cfg); err != nil {
		return &statusError{exitUsage, err}
	}
	if ctx.Err() != nil {
		return &statusError{exitIncomplete, context.Cause(ctx)}
	}
	if seek.found == nil {
		return &statusError{exitUsage, fmt.Errorf("there is no finding %s: the capture has %d", id, seek.last)}
	}
	t.only = seek.only()
	return nil
}

// seeker is a sink that looks for one finding.
type seeker struct {
	id, last report.FindingID
	found    *report.Finding
}

// Wants implements report.Sink.
func (s *seeker) Wants() report.Kinds { return 0 }

// Segment implements report.Sink.
func (s *seeker) Segment(*report.Segment) error { return nil }

// Connection implements report.Sink.
func (s *seeker) Connection(*report.Connection) error { return nil }

// Finding implements report.Sink.
func (s *seeker) Finding(r *report.Finding) error {
	s.last = max(s.last, r.ID)
	if r.ID == s.id {
		s.found = r.Clone()
	}
	return nil
}

// Incident implements report.Sink.
func (s *seeker) Incident(*report.Incident) error { return nil }

// Summary implements report.Sink.
func (s *seeker) Summary(*report.Summary) error { return nil }

// only gives what selects the finding and the connections that it is about.
func (s *seeker) only() *report.Only {
	conns := append([]report.ConnID(nil), s.found.Conns...)
	if s.found.Conn != 0 {
		conns = append(conns, s.found.Conn)
	}
	return &report.Only{ID: s.id, Conns: conns}
}
