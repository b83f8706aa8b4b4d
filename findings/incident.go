package findings

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/lastack/lastack/tcp"
)

// A cause that meets many connections is one incident: the same is said of all of them, and whoever
// reads wants to know how many, of how many, since when, and what they have in common.

// Incident is what findings about several connections amount to.
type Incident struct {
	Rule       *Rule
	Severity   Severity
	Confidence Confidence
	Blame      Blame

	Title, Explanation string
	Listener           netip.AddrPort // where the connections went to; not valid if they went to several
	Client             netip.Addr     // whose they are, if they went to several
	Initiators         []netip.Prefix // whose they were, by network: at most maxNetworks
	OtherNetworks      int            // those beyond that
	Affected           uint64         // connections
	Of                 uint64         // all connections to the listener that have ended, 0 if not known
	Since, Until       int64          // ns
	Shape              Shape
	Period             int64 // ns, of a periodic one
	Common             []Common
	Findings           []uint64 // numbers, the worst first and then the earliest
	More               uint64   // findings beyond these

	Advice, Confirm, LooksLike []string
}

// Shape is how an incident's findings lie in time.
type Shape string

// The shapes.
const (
	Burst    Shape = "burst"    // all within burstWithin
	Periodic Shape = "periodic" // at a steady period
	Steady   Shape = "steady"   // otherwise
)

// Common is something that the affected connections have in common.
type Common struct {
	Attribute, Value string
	Failed           uint64 // connections with it that are affected
	Passed           uint64 // connections with it that are not, as far as that is known
}

const (
	// incidentAt is how many connections to one listener make an incident.
	incidentAt = 2
	// clientIncidentAt is how many of one client, to several listeners, do.
	clientIncidentAt = 3
	// maxNetworks and maxFindings are how many are named.
	maxNetworks = 8
	maxFindings = 20
	// maxTimes is how many findings the shape is told by: the first ones.
	maxTimes = 64
	// burstWithin is how long a burst takes at the most, ns.
	burstWithin = 10e9
)

// incidentKey is what one cause is told by.
type incidentKey struct {
	rule  *Rule
	where endpoint // the listener; for an incident of a client its address, and port 0
	blame Blame
}

// gathered is what is known of the findings with one key.
type gathered struct {
	affected uint64
	last     uint64 // the connection that was counted last
	findings uint64
	ids      []uint64
	worst    Finding
	worstID  uint64
	best     Confidence
	times    []int64
	since    int64
	until    int64
	sources  map[netip.Prefix]struct{}
	wheres   map[endpoint]struct{} // of a client's: the listeners
	ages     map[string]*spread    // by datum
}

// spread is of one datum of several findings.
type spread struct {
	n         uint64
	low, high float64
}

// Incidents gathers findings. The zero value has none.
type Incidents struct {
	byListener groups[incidentKey, gathered]
	byClient   groups[incidentKey, gathered]
	totals     groups[endpoint, uint64]
}

// Add takes in a finding about a connection that has been given the number id.
func (n *Incidents) Add(f *Finding, id uint64) {
	if f.Conn == 0 || f.Severity < Notice || f.Rule.Group == GroupCapture {
		return
	}
	t := &f.tuple
	n.byListener.at(incidentKey{f.Rule, endpoint{t.Dst, t.DstPort}, f.Blame}).add(f, id)
	n.byClient.at(incidentKey{f.Rule, endpoint{addr: t.Src}, f.Blame}).add(f, id)
}

// Count counts connections that have ended, whatever is found of them.
func (n *Incidents) count(listener endpoint) { *n.totals.at(listener)++ }

// maxSourcesSeen bounds how many networks and listeners of one incident are counted.
const maxSourcesSeen = 256

func (g *gathered) add(f *Finding, id uint64) {
	if g.findings++; g.findings == 1 {
		g.since, g.until, g.best = f.Time, f.Until, f.Confidence
		g.sources, g.wheres, g.ages = map[netip.Prefix]struct{}{}, map[endpoint]struct{}{}, map[string]*spread{}
	}
	if g.affected == 0 || g.last != f.Conn {
		g.affected, g.last = g.affected+1, f.Conn
	}
	g.since, g.until, g.best = min(g.since, f.Time), max(g.until, f.Until), max(g.best, f.Confidence)
	if g.worstID == 0 || f.Severity > g.worst.Severity || f.Severity == g.worst.Severity && f.Confidence > g.worst.Confidence {
		g.worst, g.worstID = *f, id
	}
	if len(g.ids) < maxFindings {
		g.ids = append(g.ids, id)
	}
	if len(g.times) < maxTimes {
		g.times = append(g.times, f.Time)
	}
	if len(g.sources) < maxSourcesSeen {
		g.sources[network(f.tuple.Src)] = struct{}{}
	}
	if len(g.wheres) < maxSourcesSeen {
		g.wheres[endpoint{f.tuple.Dst, f.tuple.DstPort}] = struct{}{}
	}
	for _, d := range f.Data {
		if v, ok := d.Value.(float64); ok && slices.Contains(limits, d.Key) {
			g.spread(d.Key).add(v)
		}
	}
}

// limits are the data, in seconds, that somebody's limit makes equal.
var limits = []string{"age", "idle", "waited", "silence", "outage"}

func (g *gathered) spread(key string) *spread {
	if g.ages[key] == nil {
		g.ages[key] = &spread{}
	}
	return g.ages[key]
}

func (s *spread) add(v float64) {
	if s.n++; s.n == 1 {
		s.low, s.high = v, v
	}
	s.low, s.high = min(s.low, v), max(s.high, v)
}

// alike reports whether all are about the same: within 2 %, and long enough to be a limit.
func (s *spread) alike() bool { return s.n >= splitAt && s.low >= 2 && s.high-s.low <= s.high/50 }

// network gives the /24 or /64 of an address.
func network(a tcp.Addr) netip.Prefix {
	ip := a.Netip()
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	p, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return netip.PrefixFrom(ip, ip.BitLen())
	}
	return p
}

// Finish gives the incidents, worst first. A client's are given where no listener's tells the same.
func (n *Incidents) Finish() []Incident {
	var out []Incident
	told := map[uint64]bool{} // findings
	for key, g := range n.byListener.all {
		if g.affected >= incidentAt {
			out = append(out, n.incident(key, g, true))
			for _, id := range g.ids {
				told[id] = true
			}
		}
	}
	for key, g := range n.byClient.all {
		alone := slices.ContainsFunc(g.ids, func(id uint64) bool { return !told[id] })
		if g.affected >= clientIncidentAt && len(g.wheres) >= clientIncidentAt && alone {
			out = append(out, n.incident(key, g, false))
		}
	}
	slices.SortStableFunc(out, func(a, b Incident) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Affected, a.Affected), cmp.Compare(a.Since, b.Since))
	})
	return out
}

func (n *Incidents) incident(key incidentKey, g *gathered, listener bool) Incident {
	w := &g.worst
	out := Incident{Rule: key.rule, Severity: w.Severity, Confidence: g.best, Blame: key.blame, Affected: g.affected, Since: g.since,
		Until: g.until, Advice: w.Advice, Confirm: w.Confirm, LooksLike: w.LooksLike}
	out.Shape, out.Period = shapeOf(g.times)
	for key, s := range g.ages {
		if s.alike() {
			out.Common = append(out.Common, Common{key, fmt.Sprintf("%.4g s", (s.low+s.high)/2), s.n, 0})
		}
	}
	slices.SortFunc(out.Common, func(a, b Common) int { return cmp.Compare(a.Attribute, b.Attribute) })
	nets := make([]netip.Prefix, 0, len(g.sources))
	for p := range g.sources {
		nets = append(nets, p)
	}
	slices.SortFunc(nets, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	out.Initiators, out.OtherNetworks = nets[:min(len(nets), maxNetworks)], max(0, len(nets)-maxNetworks)
	out.Findings = append([]uint64{g.worstID}, slices.DeleteFunc(slices.Clone(g.ids), func(id uint64) bool { return id == g.worstID })...)
	out.Findings = out.Findings[:min(len(out.Findings), maxFindings)]
	out.More = g.findings - uint64(len(out.Findings))
	title := strings.ToLower(key.rule.Title[:1]) + key.rule.Title[1:]
	if listener {
		out.Listener = netip.AddrPortFrom(key.where.addr.Netip(), key.where.port)
		of := ""
		if total := n.totals.byKey[key.where]; total != nil && *total >= g.affected {
			out.Of = *total
			of = fmt.Sprintf(" of %d", *total)
		}
		out.Title = fmt.Sprintf("%d%s connections to %s: %s", g.affected, of, key.where, title)
	} else {
		out.Client = key.where.addr.Netip()
		out.Title = fmt.Sprintf("%d connections of %s to %s%d listeners: %s", g.affected, key.where.addr.Netip(),
			outcome(len(g.wheres) == maxSourcesSeen, "at least ", ""), len(g.wheres), title)
	}
	out.Explanation = key.rule.What + " " + out.told()
	return out
}

// told says when it happened, to whom, and what is common.
func (i *Incident) told() string {
	lasted := i.Until - i.Since
	when := fmt.Sprintf("It met %s within %s", count(i.Affected, "connection"), dur(max(lasted, 0)))
	if i.Of > 0 {
		when = fmt.Sprintf("It met %d of %s within %s", i.Affected, count(i.Of, "connection"), dur(max(lasted, 0)))
	}
	switch i.Shape {
	case Burst:
		when += ", in one burst"
	case Periodic:
		when += fmt.Sprintf(", one about every %s", dur(i.Period))
	}
	var nets []string
	for _, p := range i.Initiators {
		nets = append(nets, p.String())
	}
	from := " The clients are in " + strings.Join(nets, ", ")
	if i.OtherNetworks > 0 {
		from += fmt.Sprintf(" and %s more", count(uint32(i.OtherNetworks), "network"))
	}
	text := when + "." + from + "."
	for _, c := range i.Common {
		text += fmt.Sprintf(" In all %d where that is known the %s is the same, %s: that is somebody's limit.", c.Failed, limitNames[c.Attribute], c.Value)
	}
	return text
}

var limitNames = map[string]string{"age": "connection's age", "idle": "idle time", "waited": "time waited", "silence": "silence",
	"outage": "length of the outage"}

// shapeOf tells how times lie.
func shapeOf(times []int64) (Shape, int64) {
	if len(times) < 2 {
		return Burst, 0
	}
	times = slices.Clone(times)
	slices.Sort(times)
	span := times[len(times)-1] - times[0]
	shortest, longest := span, int64(0)
	for i := 1; i < len(times); i++ {
		gap := times[i] - times[i-1]
		shortest, longest = min(shortest, gap), max(longest, gap)
	}
	switch {
	case len(times) >= checksAt && shortest >= checksApart && longest-shortest <= shortest/4:
		return Periodic, span / int64(len(times)-1)
	case span <= burstWithin:
		return Burst, 0
	}
	return Steady, 0
}
