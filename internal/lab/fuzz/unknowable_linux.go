package fuzz

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// The reasons why nobody who sees only the packets could have known what the kernel did. docs/truth.md explains them.
const (
	notHeard  = "nothing had been heard of the receiver"
	orphan    = "FIN-WAIT-2 of an application that closed, not one that shut down: a TIME-WAIT bucket, not a socket"
	abandoned = "the application closed its socket in SYN-SENT, or before its FIN could go out, which shows in no packet"
	unread    = "the application has not read what waits for it: a segment that ends beyond the window is not taken then"
	listening = "whether somebody listens behind a closed port: a listener drops in silence what has neither ACK nor RST nor SYN"
	predicted = "data with an ACK that is too old, which header prediction takes when there is memory for it"
	clamped   = "without window scaling the socket's window may be larger than the 65,535 bytes that it can advertise"
	noSums    = "the only checksums of the sender are wrong: its card may fill them in later"
)

// unknowable says why no observer could have known what the kernel did with a packet, "" if one could.
func (c *conn) unknowable(p *passed, step *fsm.Step, d *Difference) string {
	switch {
	case step == nil:
		return ""
	case step.Verdict == tcp.VerdictUnknown && step.Reason == tcp.MidStream && !c.heardBefore(p):
		return notHeard
	case p.before == "FIN-WAIT-2" && c.closed(p), p.after == "FIN-WAIT-2" && c.closed(p):
		return orphan
	case p.before == "CLOSED" && step.ReceiverBefore == tcp.SynSent, p.before == "FIN-WAIT-1" && !c.sentFIN(p):
		return abandoned
	case d.Kernel == "TCP_INVALID_END_SEQUENCE" && c.hasUnread(p):
		return unread
	case !p.Flags.Any(tcp.ACK|tcp.RST|tcp.SYN) && (p.before == "LISTEN" || p.before == "CLOSED"):
		return listening
	case step.Verdict == tcp.Duplicate && step.Reason == tcp.OldAck && len(p.Payload) > 0 && d.Kind == "verdict":
		return predicted
	case step.Reason == tcp.OutOfWindow && !c.plan.WScale && (d.Kernel == "took it" || d.Kernel == "TCP_RESET"):
		return clamped
	case d.Kernel == "TCP_CSUM" && !c.verified(p):
		return noSums
	}
	return ""
}

// earlier calls yield with the packets before p.
func (c *conn) earlier(p *passed) func(yield func(*passed) bool) {
	return func(yield func(*passed) bool) {
		for _, e := range c.packets {
			if e == p || !yield(e) {
				return
			}
		}
	}
}

// heardBefore reports whether the kernel had sent anything before a packet came.
func (c *conn) heardBefore(p *passed) bool {
	for e := range c.earlier(p) {
		if e.fromKernel {
			return true
		}
	}
	return false
}

// sentFIN reports whether the kernel had sent its FIN before a packet came.
func (c *conn) sentFIN(p *passed) bool {
	for e := range c.earlier(p) {
		if e.fromKernel && e.Flags.Has(tcp.FIN) {
			return true
		}
	}
	return false
}

// closed reports whether the application had closed its socket before a packet came.
func (c *conn) closed(p *passed) bool {
	if c.plan.Orphan {
		return true
	}
	for i := 0; i <= p.shot && i < len(c.plan.Shots); i++ {
		if c.plan.Shots[i].Do == DoClose {
			return true
		}
	}
	return false
}

// hasUnread reports whether something may wait to be read when a packet comes: data, or a FIN, since the application last read.
func (c *conn) hasUnread(p *passed) bool {
	read := -2 // the shot after which it last did
	for i := 0; i <= p.shot && i < len(c.plan.Shots); i++ {
		if c.plan.Shots[i].Do == DoRead {
			read = i
		}
	}
	if c.plan.ZeroWindow && read < 0 {
		return true
	}
	for e := range c.earlier(p) {
		if !e.fromKernel && e.shot > read && (len(e.Payload) > 0 || e.Flags.Has(tcp.FIN)) {
			return true
		}
	}
	return false
}

// verified reports whether a packet with a right checksum had come before.
func (c *conn) verified(p *passed) bool {
	for e := range c.earlier(p) {
		if !e.fromKernel && (e.shot < 0 || !c.plan.Shots[e.shot].BadChecksum) {
			return true
		}
	}
	return false
}
