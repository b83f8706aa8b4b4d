// Package zeek writes connections as Zeek's conn.log, so that lastack fits where Zeek's logs are
// read. conn_state and history are what Zeek would have said of the same segments: its states and
// letters are made as its TCPSessionAdapter.cc and scripts/base/protocols/conn/main.zeek make them.
// The originator is lastack's initiator.
package zeek

import (
	"io"

	"github.com/lastack/lastack/report"
)

// Sink implements report.Sink. A connection's segments come before its record, and are kept as what
// Zeek would remember of them.
type Sink struct {
	log   log
	flows map[report.ConnID]*flow
}

// New makes a sink that writes to w, which should be buffered.
func New(w io.Writer) *Sink { return &Sink{log: log{w: w}, flows: make(map[report.ConnID]*flow)} }

// Wants implements report.Sink.
func (s *Sink) Wants() report.Kinds { return report.Segments | report.Connections }

// Finding implements report.Sink: Zeek's connection log has no place for findings. The Community ID
// joins them.
func (s *Sink) Finding(*report.Finding) error { return nil }

// Segment implements report.Sink.
func (s *Sink) Segment(r *report.Segment) error {
	if r.ICMP != nil {
		return nil
	}
	f := s.flows[r.Conn]
	if f == nil {
		f = new(flow)
		s.flows[r.Conn] = f
	}
	f.see(&r.Event)
	return nil
}

// Connection implements report.Sink.
func (s *Sink) Connection(r *report.Connection) error {
	f := s.flows[r.ID]
	if f == nil {
		f = new(flow)
	}
	delete(s.flows, r.ID)
	return s.log.write(r, f)
}

// Incident implements report.Sink: there is no place for it.
func (s *Sink) Incident(*report.Incident) error { return nil }

// Summary implements report.Sink.
func (s *Sink) Summary(r *report.Summary) error { return s.log.end(r) }
