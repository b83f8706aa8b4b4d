package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// partial reports whether the capture has so little of a connection that what is missing may be what explains the rest: one direction
// alone, an end without the connection that went before it, or no bare acknowledgments and data at all, as with a filter on flags.
func (c *Case) partial() bool {
	return c.OneWay || c.MidStream && (!c.progressed() || c.halfSeen()) || c.onlyFlags()
}

// halfSeen reports whether the capture has the FIN of one side alone: whether the other had sent its own before the capture began shows
// nowhere.
func (c *Case) halfSeen() bool {
	return c.Sides[tcp.Initiator].FirstFIN.Seen() != c.Sides[tcp.Responder].FirstFIN.Seen()
}

// progressed reports whether a side was seen to acknowledge something new of the other.
func (c *Case) progressed() bool {
	return c.Sides[tcp.Initiator].LastProgress.Seen() || c.Sides[tcp.Responder].LastProgress.Seen()
}

// onlyFlags reports whether all that the capture has of a connection are SYNs, FINs and RSTs, though it came to more than a request.
func (c *Case) onlyFlags() bool {
	a, b := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	return flagged(a) == a.Segments && flagged(b) == b.Segments && a.FINs+b.FINs+a.RSTs+b.RSTs > 0
}

// flagged counts a side's SYNs, FINs and RSTs.
func flagged(s *fsm.SideFacts) uint64 {
	return uint64(s.SYNs) + uint64(s.SYNACKs) + uint64(s.FINs) + uint64(s.RSTs)
}

// doubt makes what a rule has found of a partial capture no more than possible, if it hangs on what may be missing.
func (c *Case) doubt(r *Rule) {
	if !r.wholly || !c.partial() {
		return
	}
	for i := range c.drafts {
		if d := &c.drafts[i]; d.Rule == r {
			d.unsure(Possible, "something that the capture does not have: it has too little of this connection to tell")
		}
	}
}
