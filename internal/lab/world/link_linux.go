package world

import (
	"net/netip"

	"github.com/lastack/lastack/internal/lab"
)

// link completes events with what later ones tell: which delivered packet a drop or a reset is
// about, and the ports of sockets that had none yet when they first spoke.
func link(events []lab.Event, packets []*Packet) {
	type use struct {
		kind   lab.Kind
		packet int
	}
	used := make(map[use]bool)
	for i := range events {
		e := &events[i]
		if e.Segment == nil || e.Kind != lab.KindDrop && e.Kind != lab.KindResetSent {
			continue
		}
		var found *Packet
		for _, p := range packets {
			if p.To != e.Host || !p.delivered || used[use{e.Kind, p.id}] || p.arrived.After(e.Time) || !same(p.header(), e.Segment) {
				continue
			}
			// The latest to arrive: the kernel decides within microseconds of delivery, as a rule.
			if found == nil || p.arrived.After(found.arrived) {
				found = p
			}
		}
		if found != nil {
			e.Packet = found.id
			used[use{e.Kind, found.id}] = true
		}
	}
	fillPorts(events)
}

// same reports whether two headers are the same segment's. The timestamp tells a retransmission
// from its original.
func same(a, b *lab.Header) bool {
	return a.Src == b.Src && a.Dst == b.Dst && a.Seq == b.Seq && a.Ack == b.Ack && a.Flags == b.Flags && a.Len == b.Len &&
		(a.TSval == nil) == (b.TSval == nil) && (a.TSval == nil || *a.TSval == *b.TSval)
}

// fillPorts gives a socket's events before it was bound the port that it got.
func fillPorts(events []lab.Event) {
	type key struct {
		host   string
		socket int
	}
	local := make(map[key]netip.AddrPort)
	for i := range events {
		e := &events[i]
		if e.Socket != 0 && e.Local.Port() != 0 {
			if _, ok := local[key{e.Host, e.Socket}]; !ok {
				local[key{e.Host, e.Socket}] = e.Local
			}
		}
	}
	for i := range events {
		e := &events[i]
		if e.Socket != 0 && e.Local.IsValid() && e.Local.Port() == 0 {
			if at, ok := local[key{e.Host, e.Socket}]; ok {
				e.Local = at
			}
		}
	}
}
