package fuzz

import (
	"slices"
	"time"

	"github.com/lastack/lastack/tcp"
)

// isCrossed reports whether the kernel acknowledged something new when a packet came that brought
// nothing.
func (c *conn) isCrossed(p *passed) bool {
	for _, a := range p.answers {
		if !a.Flags.Any(tcp.SYN|tcp.RST) && a.Flags.Has(tcp.ACK) && a.Ack != p.acked {
			return p.SeqLen() == 0 || c.dropOf(p) != nil
		}
	}
	return false
}

// timerCrossed reports whether the kernel's timer sent something while it dealt with a packet or
// the one before it.
func (c *conn) timerCrossed(p *passed) bool {
	last := p
	for e := range c.earlier(p) {
		if !e.fromKernel {
			last = e
		}
	}
	for _, e := range []*passed{p, last} {
		for _, a := range e.answers {
			if c.byTimer(e, a) {
				return true
			}
		}
	}
	return c.repeatsWhile(p)
}

// repeatsWhile reports whether the kernel, busy otherwise, sent something once more after a packet
// was on the wire and before it had dealt with it.
func (c *conn) repeatsWhile(p *passed) bool {
	return slices.ContainsFunc(c.packets, func(e *passed) bool {
		if !e.fromKernel || e.SeqLen() == 0 || e.wall.Before(p.wall) || e.at > p.done+timerSlack || !c.repeats(e) {
			return false
		}
		recorded := int64(e.wall.Sub(p.wall)) // how long before e it was recorded, and handed to the kernel
		return max(p.done-p.at, recorded-(e.at-p.at)) > 2*timerSlack
	})
}

// echoCrossed reports whether the kernel's last timestamp echo before a packet came was in what it
// owed to others and sent while another packet came in: which of the two was first no record tells.
func (c *conn) echoCrossed(p *passed) bool {
	var last, during *passed
	for e := range c.earlier(p) {
		if e.fromKernel && e.Options.HasTimestamp && e.Flags.Has(tcp.ACK) {
			last = e
		}
	}
	for e := range c.earlier(p) {
		if !e.fromKernel && slices.Contains(e.answers, last) {
			during = e
		}
	}
	return last != nil && during != nil && (c.byTimer(during, last) || c.isCrossed(during))
}

// isSlow reports whether the kernel's packets had taken long to be acknowledged, so that its
// retransmission timeout is not the least.
func (c *conn) isSlow(p *passed) bool {
	for e := range c.earlier(p) {
		if e.fromKernel || !e.Flags.Has(tcp.ACK) {
			continue
		}
		for s := range c.earlier(e) {
			echoed := e.Options.HasTimestamp && s.Options.HasTimestamp && e.Options.TSecr == s.Options.TSval
			if s.fromKernel && (s.EndSeq() == e.Ack && s.SeqLen() > 0 || echoed) && e.wall.Sub(s.wall) > 10*time.Millisecond {
				return true
			}
		}
	}
	return false
}

// isOnLimit reports whether an ACK is as late as it may be at most where round trips are short,
// give or take a tick of the kernel's clock, in which it counts its timeout: 1.2 times 200 ms and
// up to 10 (TCP_RTO_MIN, tcp_tsval_replay).
func (c *conn) isOnLimit(p *passed) bool {
	newest := p.Options.TSval
	for e := range c.earlier(p) {
		if !e.fromKernel && e.Options.HasTimestamp && c.dropOf(e) == nil && tcp.TSBefore(newest, e.Options.TSval) {
			newest = e.Options.TSval
		}
	}
	return onLimit(newest - p.Options.TSval)
}

func onLimit(late uint32) bool { return late >= 240 && late <= 256 }

// onTick reports whether a packet came half a second after one that the kernel answered with an
// ACK, give or take a tick.
func (c *conn) onTick(p *passed) bool {
	for e := range c.earlier(p) {
		a := c.answerOf(e)
		if e.fromKernel || a != "ack" && a != "late-ack" {
			continue
		}
		recorded, dealt := p.wall.Sub(e.wall), time.Duration(p.done-e.at) // a busy host deals with a packet late
		if max(recorded, dealt) > 490*time.Millisecond && min(recorded, time.Duration(p.at-e.done)) < 501*time.Millisecond {
			return true
		}
	}
	return false
}
