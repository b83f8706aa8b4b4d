package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// A firewall that takes a window without the scale that the SYNs agreed on (RFC 7323 section 2.3)
// drops all that lies beyond: of a window of 1450 × 4 bytes it lets 1450 pass. Which segments are
// lost tells it. From the first retransmission on, each transmission of that side counts: beyond the
// unscaled window or within, lost or acknowledged. The first that is acknowledged from beyond ends
// the count.

// maxAwaited is how many transmissions are followed at once: later ones are left out.
const maxAwaited = 16

// unscaled is that count, of one side.
type unscaled struct {
	sent   [maxAwaited]awaited
	n      uint8
	side   tcp.Side
	active bool
	over   bool
	is     fsm.Unscaled
}

// awaited is the last transmission of a segment that is not acknowledged yet.
type awaited struct {
	seq, end tcp.Seq
	beyond   bool
}

// countUnscaled takes in a data segment of a side.
func (p *Pair) countUnscaled(from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	r := &p.ends[from.Peer()]
	if !p.peek().unscaled.active {
		if !step.Notes.Has(fsm.Retransmission) || !r.ShiftKnown || r.Shift == 0 || !r.EdgeKnown {
			return
		}
		u := &p.extra().unscaled
		u.active, u.side = true, from
	}
	u := &p.extras.unscaled
	if u.over || u.side != from {
		return
	}
	end := seg.EndSeq()
	beyond := end.After(p.flow[from].Una + tcp.Seq(r.Offered>>r.Shift))
	again := false
	for i := range u.sent[:u.n] {
		if a := &u.sent[i]; seg.Seq.AtOrBefore(a.seq) && a.seq.Before(end) {
			u.lost(a.beyond)
			a.beyond, again = beyond, true
		}
	}
	if !again && int(u.n) < maxAwaited {
		u.sent[u.n] = awaited{seg.Seq, end, beyond}
		u.n++
	}
}

func (u *unscaled) lost(beyond bool) {
	if beyond {
		u.is.LostBeyond++
	} else {
		u.is.LostWithin++
	}
}

// ackedUnscaled takes in that all before una is acknowledged.
func (p *Pair) ackedUnscaled(of tcp.Side, una tcp.Seq) {
	if !p.peek().unscaled.active || p.extras.unscaled.over || p.extras.unscaled.side != of {
		return
	}
	u := &p.extras.unscaled
	kept := uint8(0)
	for _, a := range u.sent[:u.n] {
		switch {
		case a.end.After(una):
			u.sent[kept] = a
			kept++
		case a.beyond:
			u.over = true
		default:
			u.is.PassedWithin++
		}
	}
	if u.n = kept; u.over {
		u.is, u.n = fsm.Unscaled{}, 0
	}
}
