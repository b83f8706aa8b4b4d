package findings

import (
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

// listener is what is known of all the connections to one address and port.
type listener struct {
	total    uint64 // connections that have ended
	refusing refusing
	contrast contrast
}

// listeners watches them, for the rules that compare the connections of one with each other.
type listeners struct {
	groups[endpoint, listener]
	ports usedPorts
}

// of gives the one that a connection was opened to.
func (g *listeners) of(t *tcp.FourTuple) *listener { return g.at(endpoint{t.Dst, t.DstPort}) }

func (g *listeners) pass(_ *Config, l *plain.Summary) {
	k := g.of(&l.Tuple)
	k.total++
	k.refusing.take(l.SYNTime)
	k.contrast.pass(l, g.ports.use(&l.Tuple, l.SYNTime, l.TimeWaitAt))
}

func (g *listeners) see(c *Case) {
	k := g.of(&c.Tuple)
	k.total++
	k.refusing.see(c)
	k.contrast.see(c, g.ports.use(&c.Tuple, c.First.Time, c.Last.Time))
}

func (g *listeners) finish() []Finding {
	var out []Finding
	for key, k := range g.all {
		out = append(out, k.refusing.finish(key)...)
		out = append(out, k.contrast.finish(key)...)
	}
	return out
}

// count gives how many connections to a listener have ended, 0 if that is not known: of a listener
// that made room for others the first ones are forgotten.
func (g *listeners) count(key endpoint) uint64 {
	if k := g.byKey[key]; k != nil && !g.full() {
		return k.total
	}
	return 0
}
