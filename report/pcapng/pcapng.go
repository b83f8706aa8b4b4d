// Package pcapng writes the packets that a record stream speaks of as an annotated capture: each
// packet that matters has a comment with what its receiver's TCP made of it and which finding it
// proves, for Wireshark and tshark (frame.comment) to show.
//
// It reads the input a second time, by record number, once the stream is complete. What a pcapng
// input has besides packets (interfaces, name resolution, blocks of unknown type) is kept as it is.
package pcapng

import (
	"io"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// Scope says which packets are written.
type Scope uint8

// The scopes.
const (
	Evidence    Scope = iota // the packets that prove a finding
	Connections              // all packets of connections that have a finding
	All                      // the whole capture
)

// Options say what is written.
type Options struct {
	Scope       Scope
	MinSeverity findings.Severity // milder findings are left out
	// Chosen takes each connection of the stream for one concerned, with or without a finding: the
	// user asked for it.
	Chosen bool
}

// Sink implements report.Sink. It writes when it is given the summary.
type Sink struct {
	w      io.Writer
	blocks capture.Blocks
	opt    Options

	notes    notes
	overview overview
	conns    conns
	concern  map[report.ConnID]bool
}

// New makes a sink that writes to w, which should be buffered, what the stream says of the packets
// in blocks.
func New(w io.Writer, blocks capture.Blocks, o Options) *Sink {
	return &Sink{w: w, blocks: blocks, opt: o, notes: make(notes), concern: make(map[report.ConnID]bool)}
}

// Wants implements report.Sink: which connections are concerned, and what became of their other
// segments, matters only when more than the evidence is written.
func (s *Sink) Wants() report.Kinds {
	if s.opt.Scope == Evidence {
		return 0
	}
	return report.Segments | report.Connections
}

// Segment implements report.Sink.
func (s *Sink) Segment(r *report.Segment) error {
	if s.opt.Scope != Evidence && remarkable(&r.Event) {
		s.notes.add(r.Frame, describe(r.Conn, &r.Event))
	}
	return nil
}

// Connection implements report.Sink.
func (s *Sink) Connection(r *report.Connection) error {
	if s.opt.Scope != Connections {
		return nil
	}
	s.conns.add(r)
	if s.opt.Chosen {
		s.concern[r.ID] = true
	}
	return nil
}

// Finding implements report.Sink.
func (s *Sink) Finding(r *report.Finding) error {
	severity, err := report.ParseSeverity(r.Severity)
	if err != nil || severity < s.opt.MinSeverity {
		return err
	}
	s.overview.add(r)
	for i := range r.Evidence {
		e := &r.Evidence[i]
		s.notes.prove(e.Frame, r, e)
	}
	if r.Conn != 0 {
		s.concern[r.Conn] = true
	}
	for _, c := range r.Conns {
		s.concern[c] = true
	}
	return nil
}

// Incident implements report.Sink: there is no place for it.
func (s *Sink) Incident(*report.Incident) error { return nil }

// Summary implements report.Sink.
func (s *Sink) Summary(*report.Summary) error {
	s.conns.keep(s.concern)
	w := writer{w: s.w, comment: s.overview.text(), notes: s.notes, wanted: s.wanted()}
	return s.blocks(w.block)
}

// wanted gives the choice of packets.
func (s *Sink) wanted() func(*capture.Block) bool {
	switch s.opt.Scope {
	case All:
		return func(*capture.Block) bool { return true }
	case Connections:
		return func(b *capture.Block) bool { return s.notes.proves(b.Frame) || s.conns.has(b) }
	}
	return func(b *capture.Block) bool { return s.notes.proves(b.Frame) }
}
