package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// partial reports whether the capture has so little of a connection that what is missing may be
// what explains the rest: one direction alone, an end without the connection that went before it,
// or no bare acknowledgments and data at all, as with a filter on flags.
func (c *Case) partial() bool {
	return c.OneWay || c.MidStream && (!c.progressed() || c.halfSeen()) || c.onlyFlags()
}

// recordsApart is how far apart two records may be in the wrong order, ns: what several queues,
// interfaces or mirror ports write to one capture.
const recordsApart = 25_000_000

// recordedLate is what else would look like a segment that is late by no more.
const recordedLate = "a segment that came in time and was recorded late, as captures of several queues or mirror ports have it: ask the host's counters"

// soonAfterFormer reports whether a segment was recorded so soon after the connection before that
// it may belong to that in truth.
func (c *Case) soonAfterFormer(s *fsm.Step) bool {
	return c.Former.Known && s.Time-c.Former.Ended.Time <= recordsApart
}

// halfSeen reports whether the capture has the FIN of one side alone: whether the other had sent
// its own before the capture began shows nowhere.
func (c *Case) halfSeen() bool {
	return c.Sides[tcp.Initiator].FirstFIN.Seen() != c.Sides[tcp.Responder].FirstFIN.Seen()
}

// progressed reports whether a side was seen to acknowledge something new of the other.
func (c *Case) progressed() bool {
	return c.Sides[tcp.Initiator].LastProgress.Seen() || c.Sides[tcp.Responder].LastProgress.Seen()
}

// onlyFlags reports whether all that the capture has of a connection are SYNs, FINs and RSTs,
// though it came to more than a request.
func (c *Case) onlyFlags() bool {
	a, b := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	return a.Flagged() == a.Segments && b.Flagged() == b.Segments && a.FINs+b.FINs+a.RSTs+b.RSTs > 0
}

// doubt makes what a rule has found of a partial capture no more than possible, and nobody's fault,
// if it hangs on what may be missing, or on the order of records that are in the wrong one.
func (c *Case) doubt(r *Rule) {
	why, severity := "", Error
	switch {
	case c.traits.has(hasCopies) && bothSides(c.Life) && r != duplicatePackets:
		why = "the two sides of a device that opens connections in the server's name, and rewrites their numbers, in one capture"
		severity = Info
	case !r.wholly:
		return
	case c.partial():
		why = "something that the capture does not have: it has too little of this connection to tell"
	case c.Disordered > 0:
		why = "records in the wrong order, of which this connection has some: one capture point or queue was written late"
	case c.Sides[tcp.Initiator].MissingBytes+c.Sides[tcp.Responder].MissingBytes > 0:
		why = "something that the capture lost, as it did other segments of this connection"
	case c.Sides[tcp.Initiator].CutSegments+c.Sides[tcp.Responder].CutSegments > 0:
		why = "options that the snap length cut off: timestamps and selective acknowledgments would tell"
	default:
		return
	}
	for i := range c.drafts {
		if d := &c.drafts[i]; d.Rule == r {
			d.unsure(Possible, why)
			d.Severity = min(d.Severity, severity)
			d.Blame = BlameUnknown
		}
	}
}
