package capture

import "fmt"

// filter is a BPF expression. What it compiles to depends on the link type, so that each one met
// has its own program.
type filter struct {
	expr     string
	programs map[LinkType]program
	link     LinkType // of the last record
	last     program  // its program
}

// program is a compiled filter. wire is the packet's length when it was captured.
type program interface {
	match(data []byte, wire int) bool
}

// newFilter makes a filter of expr, nil of an empty one. It is compiled once to find its faults
// early: for Ethernet, which every expression has a meaning on.
func newFilter(expr string) (*filter, error) {
	if expr == "" {
		return nil, nil
	}
	f := &filter{expr: expr, programs: make(map[LinkType]program)}
	if err := f.use(LinkEthernet); err != nil {
		return nil, &FilterError{Filter: expr, Err: err}
	}
	return f, nil
}

// use compiles the filter for a link type, if it is not compiled yet, and makes it the current one.
func (f *filter) use(link LinkType) error {
	p, ok := f.programs[link]
	if !ok {
		var err error
		if p, err = compile(link, f.expr); err != nil {
			return err
		}
		f.programs[link] = p
	}
	f.link, f.last = link, p
	return nil
}

// match reports whether the filter lets a record pass. libpcap has no filters for PKTAP: what macOS
// records is matched by the packet inside. A record that the decoder will not read passes, so that
// it says why.
func (f *filter) match(rec *record) (bool, error) {
	link, data, wire := rec.link, rec.data, rec.wire
	if link == LinkPKTAP || link == LinkUser2 {
		inside, header, skip := pktapHeaderOf(data, wire)
		if skip != SkipNone {
			return true, nil
		}
		link, data, wire = inside, data[header:], wire-header
	}
	if _, decoded := linkNames[link]; !decoded || link == LinkPKTAP {
		return true, nil
	}
	if link != f.link {
		if err := f.use(link); err != nil {
			return false, &FilterError{Filter: f.expr, Err: fmt.Errorf("for link type %s: %w", link, err)}
		}
	}
	return f.last.match(data, wire), nil
}
