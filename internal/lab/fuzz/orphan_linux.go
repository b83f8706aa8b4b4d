package fuzz

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// asOrphan reports whether the kernel did with a packet what a FIN-WAIT-2 does that belongs to no
// application any more, where a socket would have done something else: from the packets before
// nobody could tell which of the two it is.
func (c *conn) asOrphan(p *passed, step *fsm.Step) bool {
	switch p.before {
	case "FIN-WAIT-1": // the ACK of its FIN makes it a bucket, and then nobody looks at the rest (tcp_rcv_state_process: consume)
		return p.after == "FIN-WAIT-2" && c.answerOf(p) == "none"
	case "FIN-WAIT-2":
		for _, next := range []tcp.Seq{step.Wanted.RcvNxt, tcp.Seq(p.acked)} { // the tracker's, and what the kernel has said itself
			for _, recent := range []uint32{step.Wanted.TSRecent, c.echoed(p)} {
				answer, after := bucket(p, next, next+tcp.Seq(step.Wanted.RcvWnd), recent)
				actual := c.answerOf(p)
				same := answer == actual || answer == "ack" && (actual == "late-ack" || actual == "none" && limited(p))
				if same && sameClosed(after, p.after) {
					return true
				}
			}
		}
	}
	return false
}

// orphanLater reports whether, after a packet, a FIN-WAIT-2 without a socket did what no socket
// would have done: took a SYN with a FIN for that FIN, or kept its state at an exact RST with an
// old timestamp (tcp_timewait_state_process). What the kernel acknowledged then seems to have been
// taken earlier.
func (c *conn) orphanLater(p *passed) bool {
	return slices.ContainsFunc(c.packets, func(e *passed) bool {
		if e.fromKernel || e.at <= p.at || e.before != "FIN-WAIT-2" || !c.closed(e) {
			return false
		}
		return e.Flags.Has(tcp.SYN|tcp.FIN) && e.after == "TIME-WAIT" || e.Flags.Has(tcp.RST) && e.Seq == e.acked && e.after == e.before
	})
}

// echoed gives the last timestamp that the kernel had echoed before a packet came.
func (c *conn) echoed(p *passed) (recent uint32) {
	for e := range c.earlier(p) {
		if e.fromKernel && e.Options.HasTimestamp && e.Flags.Has(tcp.ACK) {
			recent = e.Options.TSecr
		}
	}
	return recent
}

// bucket gives what a TIME-WAIT bucket in the state FIN-WAIT-2 answers to a packet, and the state
// that comes of it (tcp_timewait_state_process).
func bucket(p *passed, next, edge tcp.Seq, recent uint32) (answer, after string) {
	seq, end := tcp.Seq(p.Seq), tcp.Seq(p.EndSeq())
	stale := p.Options.HasTimestamp && recent != 0 && int32(recent-p.Options.TSval) > 0
	inside := seq == next || end.After(next) && seq.Before(edge) || seq == edge && seq == end
	switch {
	case stale || !inside:
		return "ack", "FIN-WAIT-2"
	case p.Flags.Has(tcp.RST):
		return "none", "CLOSED"
	case p.Flags.Has(tcp.SYN) && !seq.Before(next):
		return "rst", "CLOSED"
	case !p.Flags.Has(tcp.ACK) || !end.After(next) || end == seq:
		return "none", "FIN-WAIT-2"
	case !p.Flags.Has(tcp.FIN) || end != next+1:
		return "rst", "CLOSED"
	}
	return "ack", "TIME-WAIT"
}

// limited reports whether the ACK that answers a packet is one that tcp_invalid_ratelimit counts:
// not if it has data or a FIN.
func limited(p *passed) bool { return p.SeqLen() == 0 || p.Flags.Has(tcp.SYN) }

// sameClosed compares states; a listener behind a closed socket makes no difference.
func sameClosed(a, b string) bool { return a == b || a == "CLOSED" && b == "LISTEN" }
