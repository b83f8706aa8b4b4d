package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// recordedAgain reports whether a life is its predecessor once more: both sides' numbers ended
// where they ended then. A new connection begins at numbers of its own (RFC 9293 section 3.4.1), so
// these are the same packets, recorded where the clock is another.
func recordedAgain(l *fsm.Life) bool {
	return l.Former.Known && l.Sides[0].ISNKnown && l.Sides[1].ISNKnown &&
		l.Sides[0].SndNxt == l.Former.SndNxt[0] && l.Sides[1].SndNxt == l.Former.SndNxt[1] && !newerSYN(l)
}

// newerSYN reports whether a life's SYN has a newer timestamp than all of the life before: then it
// is another packet. A listener that answers with SYN cookies gives the same SYN the same number
// for a minute (secure_tcp_syn_cookie).
func newerSYN(l *fsm.Life) bool {
	for i := range l.Steps {
		if s := &l.Steps[i]; s.Frame == l.Sides[tcp.Initiator].FirstSYN.Frame {
			return s.Options&tcp.OptTimestamps != 0 && l.Former.TSKnown[tcp.Responder] &&
				tcp.TSBefore(l.Former.TSRecent[tcp.Responder], s.TSval)
		}
	}
	return false
}

// fireRecordedAgain says so of a whole connection.
func fireRecordedAgain(c *Case) {
	late := c.Last.Time - c.Former.Ended.Time
	d := c.fire()
	d.Blame = BlameCapture
	d.trigger(c.step(c.First.Frame), "SYN, recorded again")
	d.between(c.First.Time, c.Last.Time)
	d.Title = fmt.Sprintf("This connection is recorded a second time, %s later", dur(late))
	d.Explanation = fmt.Sprintf("Between %s and %s all sequence numbers of the connection before come once more, those of both sides. No new "+
		"connection has them: these are the same packets from a second capture point, whose clock differs by %s. Mend the times of one "+
		"file (editcap -t), or analyze one file alone.", c.addr(0), c.addr(1), dur(late))
	d.note("clock_difference", seconds(late))
}

// bothSides reports whether a device that opens connections in the server's name (SYNPROXY, a proxy
// that leaves addresses alone) was recorded on both its sides: the client's SYN goes out a second
// time, sooner than any timer sends it (RFC 6298 section 2.1: 1 s), after it was answered, and is
// answered with another number than before.
func bothSides(l *fsm.Life) bool {
	var first, again, answer *fsm.Step
	for i := range l.Steps {
		switch s := &l.Steps[i]; {
		case s.Kind != tcp.KindTCP || !s.Flags.Has(tcp.SYN):
		case s.From == tcp.Responder && first != nil && s.Flags.Has(tcp.ACK) && s.Ack == first.Seq+1:
			if again != nil && s.Seq != answer.Seq {
				return true
			}
			if answer == nil {
				answer = s
			}
		case s.From != tcp.Initiator || s.Flags.Has(tcp.ACK):
		case first == nil:
			first = s
		case answer != nil && s.Seq == first.Seq && s.Time-first.Time < initialTimeout:
			again = s
		}
	}
	return false
}

// initialTimeout is how soon a SYN is sent again, ns (TCP_TIMEOUT_INIT).
const initialTimeout = 900_000_000

// fireBothSides says so.
func fireBothSides(c *Case) {
	d := c.fire()
	d.Severity, d.Blame = Info, BlameCapture
	for s := range c.all(func(s *fsm.Step) bool { return isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) }) {
		d.trigger(s, "the SYN's answer on one side")
	}
	d.between(c.First.Time, c.Last.Time)
	d.Title = "This connection is recorded on both sides of a device that answers for the server"
	d.Explanation = fmt.Sprintf("The SYN of %s is in the capture twice, and each has an answer with numbers of its own: a device between opens the "+
		"connection in the server's name (SYNPROXY) and rewrites sequence numbers and timestamps. Recorded together its two sides look like one "+
		"connection that goes wrong. Analyze the capture of one interface (-i).", c.addr(tcp.Initiator))
}
