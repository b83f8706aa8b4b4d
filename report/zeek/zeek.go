// Package zeek writes connections as Zeek's conn.log, so that lastack fits where Zeek's logs are read. conn_state and history are
// what Zeek would have said of the same segments: its states and letters are made as its TCPSessionAdapter.cc and
// scripts/base/protocols/conn/main.zeek make them. The originator is lastack's initiator.
package zeek

import (
	"io"
	"maps"
	"slices"

	"github.com/lastack/lastack/report"
)

// Sink implements report.Sink. A connection is written once its record and all its segments have come.
type Sink struct {
	log   log
	conns map[report.ConnID]*conn
}

// conn is a connection on its way.
type conn struct {
	flow   flow
	seen   uint64             // segments so far
	record *report.Connection // nil until it came
}

// New makes a sink that writes to w, which should be buffered.
func New(w io.Writer) *Sink { return &Sink{log: log{w: w}, conns: make(map[report.ConnID]*conn)} }

// Wants implements report.Sink.
func (s *Sink) Wants() report.Kinds { return report.Segments | report.Connections }

// Finding implements report.Sink: Zeek's connection log has no place for findings. The Community ID joins them.
func (s *Sink) Finding(*report.Finding) error { return nil }

// Segment implements report.Sink.
func (s *Sink) Segment(r *report.Segment) error {
	if r.ICMP != nil {
		return nil
	}
	c := s.conn(r.Conn)
	c.flow.see(&r.Event)
	c.seen++
	return s.write(r.Conn, c)
}

// Connection implements report.Sink.
func (s *Sink) Connection(r *report.Connection) error {
	c := s.conn(r.ID)
	c.record = r.Clone()
	return s.write(r.ID, c)
}

// Summary implements report.Sink.
func (s *Sink) Summary(r *report.Summary) error {
	for _, id := range slices.Sorted(maps.Keys(s.conns)) {
		if c := s.conns[id]; c.record != nil {
			if err := s.log.write(c.record, &c.flow); err != nil {
				return err
			}
		}
	}
	return s.log.end(r)
}

func (s *Sink) conn(id report.ConnID) *conn {
	c := s.conns[id]
	if c == nil {
		c = new(conn)
		s.conns[id] = c
	}
	return c
}

// write writes a connection if nothing more of it can come.
func (s *Sink) write(id report.ConnID, c *conn) error {
	if c.record == nil || c.seen < c.record.Segments.Initiator+c.record.Segments.Responder {
		return nil
	}
	delete(s.conns, id)
	return s.log.write(c.record, &c.flow)
}
