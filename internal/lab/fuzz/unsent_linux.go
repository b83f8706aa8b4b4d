package fuzz

import (
	"time"

	"github.com/lastack/lastack/tcp"
)

// unsent says why nobody could know that a packet acknowledges what the kernel has not sent, "" if
// one could: nothing that the kernel sends later shows where it is, or what it sends next is just
// that.
func (c *conn) unsent(p *passed) string {
	late := false
	for _, e := range c.packets {
		if e == p {
			late = true
		} else if late && e.fromKernel && !e.Flags.Any(tcp.SYN|tcp.RST) && !c.repeats(e) {
			if tcp.Seq(e.EndSeq()) == tcp.Seq(p.Ack) && e.SeqLen() > 0 && e.wall.Sub(p.wall) < 21*time.Millisecond {
				return disorder
			}
			return ""
		}
	}
	return unheard
}

// repeats reports whether the kernel sent a packet again.
func (c *conn) repeats(p *passed) bool {
	for e := range c.earlier(p) {
		if e.fromKernel && p.SeqLen() > 0 && tcp.Seq(e.EndSeq()).AtOrAfter(tcp.Seq(p.EndSeq())) {
			return true
		}
	}
	return false
}

// acksNext reports whether a packet acknowledges just what the kernel sent next, for the first
// time, a moment later.
func (c *conn) acksNext(p *passed) bool {
	for e := range c.earlier(p) {
		if e.fromKernel && !e.Flags.Has(tcp.RST) && !tcp.Seq(p.Ack).After(tcp.Seq(e.EndSeq())) {
			return false
		}
	}
	return p.Flags.Has(tcp.ACK) && c.unsent(p) == disorder
}

// onlyFlags reports whether all packets before one have SYN, FIN or RST.
func (c *conn) onlyFlags(p *passed) bool {
	for e := range c.earlier(p) {
		if !e.Flags.Any(tcp.SYN | tcp.FIN | tcp.RST) {
			return false
		}
	}
	return true
}

// doubtedBefore reports whether, before a packet, a RST came of which nobody could tell what it
// met.
func (c *conn) doubtedBefore(p *passed) bool {
	sent := tcp.Seq(0)
	for e := range c.earlier(p) {
		if e.fromKernel {
			sent = tcp.Seq(e.EndSeq())
		} else if e.Flags.Has(tcp.RST|tcp.ACK) && c.onlyFlags(e) && tcp.Seq(e.Ack).After(sent) {
			return true
		}
	}
	return false
}

// deniedFIN reports whether, at most a second after a FIN and no later than a packet, a bare ACK at
// the FIN's number came, which no host that has sent the FIN sends.
func (c *conn) deniedFIN(p *passed) bool {
	for i, fin := range c.packets {
		if fin == p {
			break
		}
		if fin.fromKernel || !fin.Flags.Has(tcp.FIN) {
			continue
		}
		for _, e := range c.packets[i+1:] {
			if !e.fromKernel && e.Flags&^tcp.PSH == tcp.ACK && tcp.Seq(e.Seq) == tcp.Seq(fin.EndSeq())-1 && e.wall.Sub(fin.wall) < time.Second {
				return true
			}
			if e == p {
				break
			}
		}
	}
	return false
}
