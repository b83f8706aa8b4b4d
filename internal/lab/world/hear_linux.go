package world

import (
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/trace"
)

// ear turns one host's kernel events into the truth's.
type ear struct {
	host    *Host
	log     *log
	sockets *numbers
}

// numbers gives the kernel's sockets small numbers. The kernel uses a socket's memory again for the next one, so a socket
// that leaves CLOSED or is cloned off a listener is a new one.
type numbers struct {
	of   map[uint64]int
	last int
}

func (n *numbers) number(e *trace.Event) int {
	if e.Socket == 0 {
		return 0
	}
	fresh := e.Tracepoint == trace.SetState && (e.Old == "CLOSED" || e.Old == "LISTEN" && e.New == "SYN-RECEIVED")
	if n.of[e.Socket] == 0 || fresh {
		n.last++
		n.of[e.Socket] = n.last
	}
	return n.of[e.Socket]
}

// hear takes an event. The tracer calls it for one event at a time.
func (h *ear) hear(e trace.Event) {
	out := lab.Event{Time: h.log.clock.wall(e.Nanos), Host: h.host.Name, Local: e.Local, Remote: e.Remote,
		Socket: h.sockets.number(&e), Reason: e.Reason}
	if e.Segment != nil {
		out.Segment = headerOf(e.Segment, e.SegmentLen)
	}
	switch e.Tracepoint {
	case trace.SetState:
		out.Kind, out.From, out.To = lab.KindTransition, e.Old, e.New
	case trace.Drop:
		out.Kind, out.Function = lab.KindDrop, e.Function
	case trace.SendReset:
		out.Kind, out.To = lab.KindResetSent, e.New
	case trace.ReceiveReset:
		out.Kind = lab.KindResetReceived
	case trace.Retransmit:
		out.Kind, out.To = lab.KindRetransmit, e.New
		out.Segment = &lab.Header{Src: e.Local, Dst: e.Remote, Seq: e.Seq, Len: int(e.End - e.Seq)}
	case trace.RetransmitSYNACK:
		out.Kind, out.To, out.Segment = lab.KindRetransmit, "SYN-RECEIVED", nil
	}
	h.log.add(out)
	if out.Kind == lab.KindTransition && out.To == "CLOSED" && mayWait[out.From] {
		// The tracepoint calls TIME-WAIT and a waiting FIN-WAIT-2 CLOSED: only the socket table tells them apart. Reading
		// it can only fail when the host has gone, and then nothing needs it.
		go func() { _, _ = h.host.Sockets() }()
	}
}

// mayWait are the states from which a socket can go into a TIME-WAIT bucket.
var mayWait = map[string]bool{"FIN-WAIT-1": true, "FIN-WAIT-2": true, "CLOSING": true}
