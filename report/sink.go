package report

import "errors"

// Kinds is a set of the records that not every sink wants. Findings and the summary go to all.
type Kinds uint8

// The kinds that cost something to make.
const (
	Segments Kinds = 1 << iota
	Connections
)

// Has reports whether all the kinds of want are in the set.
func (k Kinds) Has(want Kinds) bool { return k&want == want }

// Sink takes the records of one run in stream order. An error ends the run.
type Sink interface {
	// Wants says which records the sink has a use for; others need not be made for it.
	Wants() Kinds
	Segment(*Segment) error
	Connection(*Connection) error
	Finding(*Finding) error
	// Summary is called once, last. The sink writes out what it still holds.
	Summary(*Summary) error
}

// Multi is a sink that gives each record to several sinks.
type Multi []Sink

// Wants gives what at least one of the sinks wants.
func (m Multi) Wants() Kinds {
	var k Kinds
	for _, s := range m {
		k |= s.Wants()
	}
	return k
}

// Segment gives r to the sinks that want segments.
func (m Multi) Segment(r *Segment) error {
	return m.each(Segments, func(s Sink) error { return s.Segment(r) })
}

// Connection gives r to the sinks that want connections.
func (m Multi) Connection(r *Connection) error {
	return m.each(Connections, func(s Sink) error { return s.Connection(r) })
}

// Finding gives r to all sinks.
func (m Multi) Finding(r *Finding) error {
	return m.each(0, func(s Sink) error { return s.Finding(r) })
}

// Summary gives r to all sinks, to the last one even when an earlier one fails.
func (m Multi) Summary(r *Summary) error {
	var errs []error
	for _, s := range m {
		errs = append(errs, s.Summary(r))
	}
	return errors.Join(errs...)
}

func (m Multi) each(want Kinds, give func(Sink) error) error {
	for _, s := range m {
		if !s.Wants().Has(want) {
			continue
		}
		if err := give(s); err != nil {
			return err
		}
	}
	return nil
}
