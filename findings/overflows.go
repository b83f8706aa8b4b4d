package findings

import "fmt"

// surerAt is how many connections to one listener must look the same for an overflow of its accept
// queue to be likely, where each alone might be a lost acknowledgment: losses do not keep to one
// listener.
const surerAt = 3

// overflows counts, by listener, the connections that its accept queue seems to have had no room
// for. It has no finding of its own.
type overflows struct{ groups[endpoint, uint64] }

func (g *overflows) see(c *Case) {
	for i := range c.drafts {
		d := &c.drafts[i]
		if d.Rule != acceptQueueOverflow {
			continue
		}
		n := g.at(endpoint{c.Tuple.Dst, c.Tuple.DstPort})
		if *n++; *n < surerAt {
			return
		}
		d.Confidence = max(d.Confidence, Likely)
		d.Explanation += fmt.Sprintf(" So far %d connections to this listener look the same.", *n)
		d.note("same_listener", *n)
	}
}

func (g *overflows) finish() []Finding { return nil }
