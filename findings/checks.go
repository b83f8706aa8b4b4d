package findings

import (
	"fmt"
	"slices"
	"time"

	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

const (
	// checksAt is how many times one source must do the same to one listener, at a steady period,
	// to be a check of whether it is there.
	checksAt = 5
	// checksApart is the shortest period of such checks.
	checksApart = int64(500 * time.Millisecond)
)

// checksKey is what a source does to a listener, by the rule that says so of each time.
type checksKey struct {
	source   tcp.Addr
	listener endpoint
	rule     *Rule
}

// checked is how often it did that, and when.
type checked struct {
	begins  []int64 // of the first ones, in order
	count   uint64
	first   int64
	last    int64
	conns   []uint64
	hosts   dialect
	fate    *fate
	refuted bool // the first ones came at no steady period
}

// checks watches for sources that open connections to one listener again and again and reset them
// before anything was said: load balancers and monitors do so, and each time looks like a scan or
// an abort.
type checks struct{ groups[checksKey, checked] }

func (g *checks) see(c *Case) {
	for i := range c.drafts {
		d := &c.drafts[i]
		if !d.Told() && c.saysNothing(d) {
			g.at(checksKey{c.Tuple.Src, endpoint{c.Tuple.Dst, c.Tuple.DstPort}, d.Rule}).add(c)
		}
	}
}

// saysNothing reports whether a finding is about a client that reset the connection before it
// carried anything.
func (c *Case) saysNothing(d *draft) bool {
	client := &c.Sides[tcp.Initiator]
	if c.asksTheSame() {
		return false
	}
	return (d.Rule == handshakeIncomplete || d.Rule == abortiveClose) && d.Blame == BlameInitiator && client.RSTs > 0 &&
		client.FirstSYN.Seen() && client.Bytes+c.Sides[tcp.Responder].Bytes == 0
}

// add counts one time, unless it does not fit.
func (k *checked) add(c *Case) {
	began := c.Sides[tcp.Initiator].FirstSYN.Time
	if k.fate == nil {
		k.fate, k.first, k.last = new(fate), began, began
	}
	switch {
	case k.refuted, k.fate.told && max(began-k.last, k.last-began) < k.period()/2:
		return
	case len(k.begins) < checksAt:
		at, _ := slices.BinarySearch(k.begins, began)
		k.begins = slices.Insert(k.begins, at, began)
	}
	k.count++
	k.hosts.meet(c)
	k.first, k.last = min(k.first, began), max(k.last, began)
	if len(k.conns) < maxMembers {
		k.conns = append(k.conns, c.ID)
	}
	if len(k.begins) == checksAt && !k.fate.told {
		k.fate.told = k.steady()
		k.refuted = !k.fate.told
	}
	if !k.refuted {
		for i := range c.drafts {
			if d := &c.drafts[i]; c.saysNothing(d) {
				d.fates = append(d.fates, k.fate)
			}
		}
	}
}

// steady reports whether the first ones came at a steady period: what people or attackers start
// comes at odd times or in a rush.
func (k *checked) steady() bool {
	return steady(k.begins)
}

// steady reports whether times, two or more and in order, lie as far apart as a check's do, and that
// within a quarter.
func steady(times []int64) bool {
	shortest, longest := times[1]-times[0], int64(0)
	for i := 1; i < len(times); i++ {
		gap := times[i] - times[i-1]
		shortest, longest = min(shortest, gap), max(longest, gap)
	}
	return shortest >= checksApart && longest-shortest <= shortest/4
}

// period gives the time from one to the next.
func (k *checked) period() int64 {
	return (k.begins[len(k.begins)-1] - k.begins[0]) / int64(len(k.begins)-1)
}

func (g *checks) pass(*Config, *plain.Summary) {}

func (g *checks) finish() []Finding {
	var out []Finding
	for key, k := range g.all {
		if k.fate != nil && k.fate.told {
			out = append(out, k.finding(key))
		}
	}
	return out
}

func (k *checked) finding(key checksKey) Finding {
	out := fireGroup(key.rule)
	out.Severity, out.Blame = Notice, BlameInitiator
	out.Time, out.Until, out.Conns = k.first, k.last, k.conns
	source, what, does := key.source.Netip(), "Health check", "connects to"
	or := "clients of one address that give up again and again, each before it asked for anything"
	if key.rule == handshakeIncomplete {
		what, does = "Health check or half-open scan", "probes"
		or = "a half-open scan of one port, again and again: then the address is none of your own systems'"
	}
	out.LooksLike = []string{or}
	out.Title = fmt.Sprintf("%s: %s %s %s every %s and resets", what, source, does, key.listener, dur(k.period()))
	out.Explanation = fmt.Sprintf("%s %s %s again and again, every %s, %d times within %s, and resets it each time before anything was "+
		"said. Load balancers and monitors do so to see whether something listens.", source, does, key.listener, dur(k.period()), k.count,
		dur(k.last-k.first))
	out.Advice = []string{"Nothing, if the address is your load balancer's or monitor's: its configuration has the same period.",
		"Let a check close in the ordinary way, or ask for something, if the listener's log is full of it."}
	out.note("source", source.String())
	out.note("listener", key.listener.String())
	out.note("times", k.count)
	out.note("period", seconds(k.period()))
	k.hosts.acts = tcp.Responder
	out.fit(k.hosts)
	return out
}
