package report

import "io"

// NDJSON is a sink that writes one JSON object a line, as records come.
type NDJSON struct {
	w     io.Writer
	wants Kinds
	enc   encoder
}

// NewNDJSON makes a sink that writes to w, which should be buffered. With segments it writes
// segment records too.
func NewNDJSON(w io.Writer, segments bool) *NDJSON {
	n := &NDJSON{w: w, wants: Connections}
	if segments {
		n.wants |= Segments
	}
	return n
}

// Wants implements Sink.
func (n *NDJSON) Wants() Kinds { return n.wants }

// Segment implements Sink.
func (n *NDJSON) Segment(r *Segment) error {
	n.enc.segment(r)
	return n.write()
}

// Connection implements Sink.
func (n *NDJSON) Connection(r *Connection) error {
	n.enc.connection(r)
	return n.write()
}

// Finding implements Sink.
func (n *NDJSON) Finding(r *Finding) error {
	n.enc.finding(r)
	return n.write()
}

// Incident implements Sink.
func (n *NDJSON) Incident(r *Incident) error {
	n.enc.incident(r)
	return n.write()
}

// Summary implements Sink.
func (n *NDJSON) Summary(r *Summary) error {
	n.enc.summary(r)
	return n.write()
}

func (n *NDJSON) write() error {
	_, err := n.w.Write(n.enc.b)
	return err
}
