package findings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lastack/lastack/tcp"
)

// A router that translates addresses passes a connection on as another four-tuple, and a capture on
// both sides of it (-i any) has both. All that happens to it happens to both, and is said of the
// one that ends first.

// maxTwins is how many connections with findings are remembered to know them again.
const maxTwins = 1 << 10

// beginning is what a router leaves alone when it translates: at least 64 bits, which no other
// connection has.
type beginning struct {
	isn   [2]tcp.Seq
	known [2]bool
	tsval uint32 // of the first SYN
}

// twin is what was said of a connection.
type twin struct {
	id    uint64
	at    int64 // its first SYN, ns
	ttl   uint8 // of that
	tuple tcp.FourTuple
	codes []string
}

// sameAddresses reports whether nothing but the VLAN or the tunnel tells a four-tuple from the
// twin's.
func (t *twin) sameAddresses(o tcp.FourTuple) bool {
	return t.tuple.Src == o.Src && t.tuple.Dst == o.Dst && t.tuple.SrcPort == o.SrcPort && t.tuple.DstPort == o.DstPort
}

// twins remembers the connections of which something was said last.
type twins struct {
	of   map[beginning]*twin
	ring [maxTwins]beginning // the keys, in order
	next int
}

// begins gives what tells the connection from all others, if its opening was seen and tells enough.
func (c *Case) begins() (b beginning, ok bool) {
	first := c.step(c.Sides[tcp.Initiator].FirstSYN.Frame)
	if first == nil || c.MidStream {
		return b, false
	}
	for i := range c.Sides {
		if b.known[i] = c.Sides[i].ISNKnown; b.known[i] {
			b.isn[i] = c.Sides[i].ISN
		}
	}
	stamped := first.Options&tcp.OptTimestamps != 0
	if stamped {
		b.tsval = first.TSval
	}
	return b, b.known[tcp.Initiator] && (b.known[tcp.Responder] || stamped)
}

// pick leaves out of a life's findings what was said of the same connection under other addresses,
// and says so.
func (t *twins) pick(c *Case, all []Finding) []Finding {
	if !slices.ContainsFunc(all, worthRepeating) {
		return all
	}
	b, ok := c.begins()
	if !ok {
		return all
	}
	first := c.step(c.Sides[tcp.Initiator].FirstSYN.Frame)
	other := t.of[b]
	switch {
	case other == nil:
		other = &twin{id: c.ID, at: first.Time, ttl: first.TTL, tuple: c.Tuple}
		t.add(b, other)
	case other.id != c.ID:
		if other.tuple == c.Tuple || max(first.Time-other.at, other.at-first.Time) > recordsApart {
			return all
		}
		if !other.sameAddresses(c.Tuple) && first.TTL == other.ttl {
			return all // who passes a packet on takes one from its hop limit (RFC 1812 section 5.3.1)
		}
		return t.once(c, other, all)
	}
	for i := range all {
		if f := &all[i]; worthRepeating(*f) && !slices.Contains(other.codes, f.Code) {
			other.codes = append(other.codes, f.Code)
		}
	}
	return all
}

func (t *twins) add(b beginning, other *twin) {
	if t.of == nil {
		t.of = make(map[beginning]*twin)
	}
	delete(t.of, t.ring[t.next])
	t.of[b], t.ring[t.next] = other, b
	t.next = (t.next + 1) % maxTwins
}

// worthRepeating: what a capture is worth may differ on the two sides, and is nobody's complaint.
func worthRepeating(f Finding) bool { return f.Severity > Info && f.Rule.Group != GroupCapture }

// once leaves out what was said of the other one.
func (t *twins) once(c *Case, other *twin, all []Finding) []Finding {
	left := slices.DeleteFunc(all, func(f Finding) bool { return worthRepeating(f) && slices.Contains(other.codes, f.Code) })
	if len(left) == len(all) {
		return all
	}
	c.rule, c.drafts = duplicatePackets, c.drafts[:0]
	d := c.fire()
	d.Severity, d.Blame = Info, BlameCapture
	first := c.step(c.Sides[tcp.Initiator].FirstSYN.Frame)
	d.trigger(first, "begins at the same numbers")
	d.between(c.First.Time, c.Last.Time)
	source, target := endpoint{other.tuple.Src, other.tuple.SrcPort}, endpoint{other.tuple.Dst, other.tuple.DstPort}
	where := "with other addresses"
	if other.sameAddresses(c.Tuple) {
		where = "in another VLAN or tunnel"
	}
	d.Title = fmt.Sprintf("The same connection as %s → %s, %s", source, target, where)
	d.Explanation = fmt.Sprintf("%s → %s and %s → %s begin within %s of each other at the same sequence numbers, which every connection draws "+
		"anew: this is one connection, recorded before and after a device that passes it on. What was found on both sides "+
		"is said of the other alone: %s.", c.addr(0), c.addr(1), source, target, dur(max(first.Time-other.at, other.at-first.Time)),
		strings.Join(other.codes, ", "))
	d.note("source", source.String())
	d.note("target", target.String())
	d.settle()
	return append(left, d.Finding)
}
