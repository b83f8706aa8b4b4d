package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Ways remembers the ways to hosts that answer, so that what somebody else sends in a host's name
// can be told from its own. The zero value knows none.
type Ways struct {
	places map[tcp.Addr]uint32
	ways   []fsm.Way
	last   struct { // the one that was learned last: many in a row are the same
		addr  tcp.Addr
		place uint32
		known bool
	}
}

// maxWays bounds how many hosts are remembered.
const maxWays = 1 << 14

// Learn takes in a segment of a host and how long after its SYN it came, ns, 0 if that is not
// known.
func (w *Ways) Learn(seg *tcp.Segment, after int64) {
	if !w.last.known || w.last.addr != seg.Src {
		place, ok := w.places[seg.Src]
		if !ok {
			if len(w.ways) == maxWays {
				return
			}
			if w.places == nil {
				w.places = make(map[tcp.Addr]uint32)
			}
			place = uint32(len(w.ways))
			w.places[seg.Src] = place
			w.ways = append(w.ways, fsm.Way{})
		}
		w.last.addr, w.last.place, w.last.known = seg.Src, place, true
	}
	w.ways[w.last.place].Meet(seg.TTL, after)
}

// of gives what is known of a host.
func (w *Ways) of(addr tcp.Addr) fsm.Way {
	if place, ok := w.places[addr]; ok {
		return w.ways[place]
	}
	return fsm.Way{}
}

// Waited gives how long a client that has sent one SYN and nothing else has waited for its answer,
// ns; 0 for any other pair.
func (p *Pair) Waited(now int64) int64 {
	client, server := &p.facts[tcp.Initiator], &p.facts[tcp.Responder]
	if client.SYNs != 1 || client.Segments != 1 || server.Segments != 0 {
		return 0
	}
	return now - client.FirstSYN.Time
}
