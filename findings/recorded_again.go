package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
)

// recordedAgain reports whether a life is its predecessor once more: both sides' numbers ended where they ended then. A new connection
// begins at numbers of its own (RFC 9293 section 3.4.1), so these are the same packets, recorded where the clock is another.
func recordedAgain(l *fsm.Life) bool {
	return l.Former.Known && l.Sides[0].ISNKnown && l.Sides[1].ISNKnown &&
		l.Sides[0].SndNxt == l.Former.SndNxt[0] && l.Sides[1].SndNxt == l.Former.SndNxt[1]
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
