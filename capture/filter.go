package capture

import "fmt"

// filter is a BPF expression. What it compiles to depends on the link type, so that each one met has its own program.
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

// newFilter makes a filter of expr, nil of an empty one. It is compiled once to find its faults early: for Ethernet,
// which every expression has a meaning on.
func newFilter(expr string) (*filter, error) {
	if expr == "" {
		return nil, nil
	}
	f := &filter{expr: expr, programs: make(map[LinkType]program)}
	return f, f.use(LinkEthernet)
}

// use compiles the filter for a link type, if it is not compiled yet, and makes it the current one.
func (f *filter) use(link LinkType) error {
	p, ok := f.programs[link]
	if !ok {
		var err error
		if p, err = compile(link, f.expr); err != nil {
			return fmt.Errorf("filter %q for link type %s: %w", f.expr, link, err)
		}
		f.programs[link] = p
	}
	f.link, f.last = link, p
	return nil
}

// match reports whether the filter lets a record pass.
func (f *filter) match(rec *record) (bool, error) {
	if rec.link != f.link {
		if err := f.use(rec.link); err != nil {
			return false, err
		}
	}
	return f.last.match(rec.data, rec.wire), nil
}
