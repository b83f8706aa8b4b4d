package world

import (
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/trace"
)

// ear writes one host's kernel events into the truth.
type ear struct {
	*Teller
	host *Host
	log  *log
}

// numbers gives the kernel's sockets small numbers. The kernel uses a socket's memory again for the
// next one, so a socket that leaves CLOSED or is cloned off a listener is a new one.
type numbers struct {
	of   map[uint64]int
	last int
}

func (n *numbers) number(e *trace.Event) int {
	if e.Socket == 0 {
		return 0
	}
	if n.of[e.Socket] == 0 || fresh(e) {
		n.last++
		n.of[e.Socket] = n.last
	}
	return n.of[e.Socket]
}

// fresh reports whether the event is a new socket's first transition.
func fresh(e *trace.Event) bool {
	return e.Tracepoint == trace.SetState && (e.Old == "CLOSED" || e.Old == "LISTEN" && e.New == "SYN-RECEIVED")
}

// stranger reports whether the event is of a socket that this world did not make: an orphan of an
// earlier one with the same addresses, which its kernel still keeps. A world's own sockets are
// known from their first transition on; TIME-WAIT buckets, which have none, only ever answer a
// segment.
func (n *numbers) stranger(e *trace.Event) bool {
	return e.Socket != 0 && n.of[e.Socket] == 0 && !fresh(e) && e.Segment == nil
}

// hear takes an event. The tracer calls it for one event at a time.
func (h *ear) hear(e trace.Event) {
	if h.sockets.stranger(&e) {
		return
	}
	out := h.Tell(e)
	h.log.add(out)
	if out.Kind == lab.KindTransition && out.To == "CLOSED" && mayWait[out.From] {
		// The tracepoint calls TIME-WAIT and a waiting FIN-WAIT-2 CLOSED: only the socket table
		// tells them apart. Reading it can only fail when the host has gone, and then nothing needs
		// it.
		go func() { _, _ = h.host.Sockets() }()
	}
}

// mayWait are the states from which a socket can go into a TIME-WAIT bucket.
var mayWait = map[string]bool{"FIN-WAIT-1": true, "FIN-WAIT-2": true, "CLOSING": true}
