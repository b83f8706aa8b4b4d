package findings

import (
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// route is one address that opens connections to one destination address and port: the ports that
// it can choose from are used up for each destination on its own.
type route struct {
	source tcp.Addr
	dest   endpoint
}

func routeOf(t *tcp.FourTuple) route { return route{t.Src, endpoint{t.Dst, t.DstPort}} }

// held counts how many TIME-WAITs one address holds at once towards one destination. Lives come
// roughly in the order in which they end, so changes are collected by the second in a ring and
// summed up a little later than they come in.
type held struct {
	ring   [heldRing]int32 // changes by second, from head on
	head   int64           // the second of the first place that is not summed up yet
	level  int32
	peak   int32
	peakAt int64 // second
	starts uint64
	began  int64         // when the first one began, ns
	reused uint64        // ports used again before their TIME-WAIT was over
	ports  int           // that the host can choose from
	lasts  time.Duration // TIME-WAIT of the host
	hosts  dialect
	conns  []uint64
}

const (
	// fewestHeld is the least number of TIME-WAITs worth a word, however small the port range.
	fewestHeld = 8
	heldRing   = 128 // longer than TIME-WAIT and the slack together
	heldSlack  = 8   // seconds that lives can come out of order
)

// second gives the whole seconds of a time in ns.
func second(ns int64) int64 { return ns / int64(time.Second) }

// hold counts one TIME-WAIT from one time to another, in ns.
func (h *held) hold(from, until int64) {
	if h.starts++; h.starts == 1 {
		h.head, h.began = second(from), from
	}
	h.began = min(h.began, from)
	h.sumUp(second(from) - heldSlack)
	h.change(max(second(from), h.head), 1)
	h.change(max(second(until)+1, h.head), -1)
}

// change notes a change of the level in a second.
func (h *held) change(at int64, by int32) {
	h.sumUp(at - heldRing + 1)
	h.ring[at%heldRing] += by
}

// sumUp brings the level up to the second before until.
func (h *held) sumUp(until int64) {
	for ; h.head < until; h.head++ {
		place := &h.ring[h.head%heldRing]
		h.level += *place
		*place = 0
		if h.level > h.peak {
			h.peak, h.peakAt = h.level, h.head
		}
		if h.level == 0 && until-h.head > heldRing {
			h.head = until - heldRing
		}
	}
}

// rate gives how many TIME-WAITs a second began, up to the peak.
func (h *held) rate() float64 { return float64(h.starts) / float64(max(1, h.peakAt-second(h.began))) }

// heldPorts watches who holds how many ports in TIME-WAIT, for two rules: accumulation and
// exhaustion.
type heldPorts struct {
	groups[route, held]
	warnAt int // percent of the port range
}

func (g *heldPorts) see(c *Case) {
	client := tcp.Initiator
	host := c.host(client)
	if !host.Ephemeral(c.Tuple.SrcPort) {
		return
	}
	key := routeOf(&c.Tuple)
	if c.Former.ReusedBy == fsm.ByOwner {
		if h := g.byKey[key]; h != nil {
			h.reused++
		}
	}
	entered := c.Entered(client, tcp.TimeWait)
	if entered == nil {
		return
	}
	until := c.profile(client).LeavesTimeWaitAt(entered.Time)
	if c.Next.Known {
		until = min(until, max(entered.Time, c.Next.SYN.Time))
	}
	h := g.enter(key, host, c.ID, entered.Time, until)
	h.lasts = c.profile(client).TimeWait
	h.hosts.meet(c)
}

// enter counts a TIME-WAIT of one life, from one time to another in ns.
func (g *heldPorts) enter(key route, host *fsm.Host, life uint64, from, until int64) *held {
	h := g.at(key)
	h.ports = host.PortHigh - host.PortLow + 1
	h.hold(from, until)
	if len(h.conns) < maxMembers {
		h.conns = append(h.conns, life)
	}
	return h
}

func (g *heldPorts) finish() []Finding {
	var out []Finding
	for key, h := range g.all {
		h.sumUp(h.head + heldRing)
		switch {
		case h.peak < fewestHeld:
		case int(h.peak) >= h.ports, h.reused > 0 && int(h.peak)*100 >= h.ports*exhaustedPercent:
			out = append(out, h.exhausted(key))
		case int(h.peak)*100 >= h.ports*g.warnAt:
			out = append(out, h.accumulated(key))
		}
	}
	return out
}
