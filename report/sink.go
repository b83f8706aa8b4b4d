package report

import (
	"errors"
	"net/netip"
)

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
	// Incident is called after the last Finding: what findings about several connections amount to,
	// the worst first.
	Incident(*Incident) error
	// Summary is called once, last. The sink writes out what it still holds.
	Summary(*Summary) error
}

// Bounded is a sink that has room for only so many connections that nothing is found about, and
// that takes segments in any order as long as those of one connection are in theirs. In a large
// capture, not to make records that there is no room for saves most of the work.
type Bounded interface {
	Sink
	// Room says which records of such connections there is room for. What has gone does not come
	// back.
	Room() Kinds
	// Passed tells of a connection that it is not given.
	Passed(Passed)
}

// BoundedOf gives s as a Bounded sink; nil if it, or one of several that want segments, is none.
func BoundedOf(s Sink) Bounded {
	m, several := s.(Multi)
	if !several {
		b, _ := s.(Bounded)
		return b
	}
	for _, s := range m {
		if _, ok := s.(Bounded); !ok && s.Wants().Has(Segments) {
			return nil
		}
	}
	return boundedMulti{m}
}

// Passed is a connection that closed without anything unusual and of which no record is made.
type Passed struct {
	Closer   netip.Addr // who went to TIME-WAIT
	TimeWait Time       // when
	Left     Time       // when that was over
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

// boundedMulti is a Multi of which all sinks that want segments are Bounded.
type boundedMulti struct{ Multi }

// Room gives what at least one of the sinks has room for.
func (m boundedMulti) Room() Kinds {
	var k Kinds
	for _, s := range m.Multi {
		if b, ok := s.(Bounded); ok {
			k |= b.Room()
		} else {
			k |= s.Wants()
		}
	}
	return k
}

// Passed tells the sinks that have no room.
func (m boundedMulti) Passed(p Passed) {
	for _, s := range m.Multi {
		if b, ok := s.(Bounded); ok {
			b.Passed(p)
		}
	}
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

// Incident gives r to all sinks.
func (m Multi) Incident(r *Incident) error {
	return m.each(0, func(s Sink) error { return s.Incident(r) })
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
