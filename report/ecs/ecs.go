// Package ecs writes findings and connections as documents of the Elastic Common Schema, one JSON
// object a line, for Elasticsearch and what speaks its language. What the schema has no field for
// is below "lastack", as its guidelines for custom fields ask.
package ecs

import (
	"encoding/json"
	"io"

	"github.com/lastack/lastack/report"
)

// version is the version of the schema that the documents follow
// (https://www.elastic.co/guide/en/ecs/8.11).
const version = "8.11.0"

// Sink implements report.Sink.
type Sink struct {
	enc      *json.Encoder
	observer observer
}

// New makes a sink that writes to w, which should be buffered. program is lastack's version.
func New(w io.Writer, program string) *Sink {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &Sink{enc: enc, observer: observer{Vendor: "lastack", Product: "lastack", Type: "network-analyzer", Version: program}}
}

// Wants implements report.Sink.
func (s *Sink) Wants() report.Kinds { return report.Connections }

// Segment implements report.Sink.
func (s *Sink) Segment(*report.Segment) error { return nil }

// Connection implements report.Sink.
func (s *Sink) Connection(r *report.Connection) error { return s.enc.Encode(s.connection(r)) }

// Finding implements report.Sink.
func (s *Sink) Finding(r *report.Finding) error {
	d, err := s.finding(r)
	if err != nil {
		return err
	}
	return s.enc.Encode(d)
}

// Incident implements report.Sink: there is no place for it.
func (s *Sink) Incident(*report.Incident) error { return nil }

// Summary implements report.Sink: it is about no event.
func (s *Sink) Summary(*report.Summary) error { return nil }
