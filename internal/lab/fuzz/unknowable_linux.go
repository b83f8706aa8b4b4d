package fuzz

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

// The reasons why nobody who sees only the packets could have known what the kernel did.
// docs/truth.md explains them.
const (
	notHeard  = "nothing had been heard of the receiver"
	orphan    = "FIN-WAIT-2 of an application that closed, not one that shut down: a TIME-WAIT bucket, not a socket"
	abandoned = "a socket closed in SYN-SENT, or before its FIN could go out, or ended by a timer, which shows in no packet"
	unread    = "the application has not read what waits for it: a segment that ends beyond the window is not taken then"
	listening = "whether somebody listens behind a closed port: a listener drops in silence what has neither ACK nor RST nor SYN"
	predicted = "data with an ACK that is too old, which header prediction takes when there is memory for it"
	clamped   = "without window scaling the socket's window may be larger than the 65,535 bytes that it can advertise"
	noSums    = "the only checksums of the sender are wrong: its card may fill them in later"
	ticks     = "half a second between two challenge ACKs, to the tick of the kernel's clock (jiffies)"
	unheard   = "an ACK of unsent data that nothing answered: the capture may lack that data"
	disorder  = "an ACK of just what its receiver sent next: the records may be in the wrong order"
	crossed   = "a timer sent the acknowledgment or the echo that was owed while a segment came in: which was first no record tells"
	twice     = "the same packet again within milliseconds: it may have been recorded twice"
	halfway   = "an ACK half the number space away: whether it is too old or too new hangs on each number that was acknowledged before"
	denied    = "a segment at the number of a FIN that came before: its sender seems not to have sent that FIN"
	repeated  = "what came already, and was not acknowledged yet: that the first transmission was not lost shows nowhere"
	filtered  = "a RST beyond what was recorded, and nothing but SYNs and RSTs before it: a filter on flags may have made the capture"
	replayed  = "how late a late ACK may be: 1.2 times the retransmission timeout, as the host measures round trips and counts ticks"
)

// unknowable says why no observer could have known what the kernel did with a packet, "" if one
// could.
func (c *conn) unknowable(p *passed, step *fsm.Step, d *Difference) string {
	switch {
	case step == nil:
		return c.isCopy(p)
	case step.Verdict == tcp.VerdictUnknown && step.Reason == tcp.MidStream && !c.heardBefore(p):
		return notHeard
	case step.Verdict == tcp.VerdictUnknown && p.Flags.Has(tcp.RST) && c.onlyFlags(p), p.before == "SYN-RECEIVED" && c.doubtedBefore(p):
		return filtered
	case c.closed(p) && c.asOrphan(p, step), step.Notes.Has(fsm.ReceiverLags) && c.orphanLater(p):
		return orphan
	case d.Kind == "answer" && p.before == "TIME-WAIT" && c.answerOf(p) == "none" && c.closed(p): // whose limit is the bucket's from before
		return orphan
	case p.before == "CLOSED" && step.ReceiverBefore == tcp.SynSent, finWaits(p.before) && !c.sentFIN(p), c.gaveUp(p), c.timedOut(p),
		d.Kind == "state" && (finWaits(p.after) || p.after == "CLOSING") && !c.sentFIN(p) && !hasFIN(p.answers):
		return abandoned
	case c.refusedAs(p, "TCP_INVALID_END_SEQUENCE") && c.hasUnread(p), step.Reason == tcp.OutOfWindow && endsBeyond(step) && !c.hasUnread(p):
		return unread
	case !p.Flags.Any(tcp.ACK|tcp.RST|tcp.SYN) && (p.before == "LISTEN" || p.before == "CLOSED"):
		return listening
	case step.Verdict == tcp.Duplicate && step.Reason == tcp.OldAck && len(p.Payload) > 0 && p.before == "ESTABLISHED" &&
		d.Kernel == "took it":
		return predicted
	case step.Reason == tcp.OutOfWindow && !c.plan.WScale && !outside[d.Kernel] && step.Seq.After(step.Wanted.RcvNxt):
		return clamped
	case d.Kernel == "TCP_CSUM" && !c.verified(p):
		return noSums
	case d.Kind == "answer" && c.onTick(p):
		return ticks
	case c.deniedFIN(p):
		return denied
	case d.Kernel == "TCP_ACK_UNSENT_DATA" && (step.Verdict == tcp.Accept || step.Notes.Has(fsm.AckUnseen)):
		return c.unsent(p)
	case (d.Kernel == "TCP_ACK_UNSENT_DATA" && step.Reason != tcp.AckUnacceptable || d.Kind == "state") && c.acksNext(p): // its text was old, or refused
		return disorder
	case d.Kernel == "TCP_OLD_DATA" && step.Verdict == tcp.Accept && step.Notes.Has(fsm.Retransmission) && tcp.Seq(p.EndSeq()).After(tcp.Seq(p.acked)):
		return repeated
	case (d.Kernel == "TCP_TOO_OLD_ACK") != (step.Reason == tcp.OldAck) && halfSpaceFrom(step.Ack, step.Wanted.SndNxt):
		return halfway
	case c.timerCrossed(p):
		return crossed
	case (step.Reason == tcp.PAWS) != strings.Contains(d.Kernel, "PAWS") && p.SeqLen() == 0 && c.refusedUnread(p): // and so its window was not taken
		return unread
	case (step.Reason == tcp.PAWS) != strings.Contains(d.Kernel, "PAWS") && c.mayBePredicted(p):
		return predicted
	case (step.Reason == tcp.PAWS) != strings.Contains(d.Kernel, "PAWS") && c.echoCrossed(p):
		return crossed
	case p.acked != uint32(step.Wanted.RcvNxt) && c.isCrossed(p):
		return crossed
	case (step.Reason == tcp.PAWS) != strings.Contains(d.Kernel, "PAWS") && p.SeqLen() == 0 && p.Flags.Has(tcp.ACK) &&
		(c.isSlow(p) || c.isOnLimit(p) || onLimit(step.Wanted.TSRecent-p.Options.TSval)):
		return replayed
	}
	return ""
}

// halfSpaceFrom reports whether two numbers are half the number space apart, give or take what may
// be under way.
func halfSpaceFrom(a, b tcp.Seq) bool {
	const around = 1 << 20
	return uint32(a-b)-(1<<31-around) < 2*around
}

// outside are the reasons for which the kernel drops what lies outside the window.
var outside = map[string]bool{"TCP_INVALID_SEQUENCE": true, "TCP_INVALID_END_SEQUENCE": true, "TCP_OVERWINDOW": true,
	"TCP_ZEROWINDOW": true, "TCP_OLD_SEQUENCE": true}

// refusedUnread reports whether, before a packet, the kernel refused one for what waited to be
// read.
func (c *conn) refusedUnread(p *passed) bool {
	for e := range c.earlier(p) {
		if c.refusedAs(e, "TCP_INVALID_END_SEQUENCE") && c.hasUnread(e) {
			return true
		}
	}
	return false
}

// hasFIN reports whether one of some packets has a FIN.
func hasFIN(packets []*passed) bool {
	return slices.ContainsFunc(packets, func(p *passed) bool { return p.Flags.Has(tcp.FIN) })
}

// refusedAs reports whether the kernel dropped a packet for a reason.
func (c *conn) refusedAs(p *passed, reason string) bool {
	drop := c.dropOf(p)
	return drop != nil && drop.Reason == reason
}

// finWaits reports whether a socket whose application has ended its sending is in a state.
func finWaits(state string) bool { return state == "FIN-WAIT-1" || state == "LAST-ACK" }

// endsBeyond reports whether a segment begins inside the window and ends beyond it. Its own FIN may
// lie beyond (tcp_sequence).
func endsBeyond(step *fsm.Step) bool {
	edge, end := step.Wanted.RcvNxt+tcp.Seq(step.Wanted.RcvWnd), step.EndSeq()
	if step.Flags.Has(tcp.FIN) {
		end--
	}
	return step.Seq.AtOrBefore(edge) && end.After(edge)
}

// timedOut reports whether a timer had ended the kernel's socket before a packet came, while its
// FIN was not acknowledged: no packet was being dealt with when it was closed, and an application
// cannot close it again.
func (c *conn) timedOut(p *passed) bool {
	if p.before != "CLOSED" && p.before != "LISTEN" {
		return false
	}
	for i := range c.ear.events {
		e := &c.ear.events[i]
		if e.Kind == lab.KindTransition && e.To == "CLOSED" && e.nanos < p.at && (finWaits(e.From) || e.From == "CLOSING") && !c.during(e.nanos) {
			return true
		}
	}
	return false
}

// during reports whether the kernel dealt with a packet at a time.
func (c *conn) during(nanos int64) bool {
	return slices.ContainsFunc(c.packets, func(e *passed) bool { return !e.fromKernel && e.at <= nanos && nanos <= e.done })
}

// gaveUp reports whether the kernel's socket was gone before a packet came though no packet had
// ended it.
func (c *conn) gaveUp(p *passed) bool {
	if p.before != "CLOSED" && p.before != "LISTEN" {
		return false
	}
	alive := false
	for e := range c.earlier(p) {
		if e.fromKernel {
			alive = alive && !e.Flags.Any(tcp.FIN|tcp.RST)
		} else {
			alive = e.after == "ESTABLISHED" || e.after == "CLOSE-WAIT"
		}
	}
	return alive
}

// mayBePredicted reports whether data with an old ACK came before a packet and after all that the
// kernel said: header prediction takes its timestamp.
func (c *conn) mayBePredicted(p *passed) bool {
	may, una := false, tcp.Seq(0)
	for e := range c.earlier(p) {
		switch {
		case e.fromKernel:
			may = false
		case !e.Flags.Has(tcp.ACK):
		case len(e.Payload) > 0 && e.before == "ESTABLISHED" && tcp.Seq(e.Ack).Before(una):
			may = true
		case tcp.Seq(e.Ack).After(una) || una == 0:
			una = tcp.Seq(e.Ack)
		}
	}
	return may
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

// isCopy says that a packet without a verdict is the same as one a moment before, "" if it is not.
func (c *conn) isCopy(p *passed) string {
	for e := range c.earlier(p) {
		if !e.fromKernel && bytes.Equal(e.data, p.data) && p.wall.Sub(e.wall) < 10*time.Millisecond {
			return twice
		}
	}
	return ""
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

// hasUnread reports whether something waits to be read when a packet comes: data, or a FIN, since
// the application last read, or closed, which throws away what it has not read (__tcp_close).
func (c *conn) hasUnread(p *passed) bool {
	var read time.Time
	for i := range c.calls {
		former := c.calls[i].Call == "close" && (p.before == "ESTABLISHED" || p.before == "CLOSE-WAIT") // of a socket that was there before
		if e := &c.calls[i]; (e.Call == "read" || e.Call == "close") && e.Result == "ok" && e.Time.Before(p.wall) && !former {
			read = e.Time
		}
	}
	for e := range c.earlier(p) {
		if !e.fromKernel && e.wall.After(read) && (len(e.Payload) > 0 || e.Flags.Has(tcp.FIN)) && c.dropOf(e) == nil {
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
