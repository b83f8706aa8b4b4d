package findings

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
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

	limits []string // what each of Common is called
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

// gathered is what is known of the findings with one key. Most keys have one finding.
type gathered struct {
	first member
	many  *members // with a second one
}

// member is what is kept of a finding.
type member struct {
	id, conn    uint64
	source      netip.Prefix
	where       endpoint
	time, until int64
	severity    Severity
	confidence  Confidence
	limits      [len(limits)]float64 // NaN for those that it has not
}

// members is what is known of several findings.
type members struct {
	affected uint64
	last     uint64 // the connection that was counted last
	findings uint64
	ids      []uint64
	worst    member // the first one of several
	best     Confidence
	times    []int64
	since    int64
	until    int64
	sources  []netip.Prefix // the first ones, in the order in which they were met
	wheres   []endpoint     // of a client's: the listeners, in the same way
	alike    [len(limits)]spread
	// the texts of the worst but the first one, which most keys have alone
	said                       member
	advice, confirm, looksLike []string
}

// limits are the data, in seconds, that somebody's limit makes equal.
var limits = [...]struct{ key, name string }{
	{"age", "connection's age"}, {"idle", "idle time"}, {"waited", "time waited"}, {"silence", "silence"}, {"outage", "length of the outage"}}

// spread is of one datum of several findings.
type spread struct {
	n         uint64
	low, high float64
}

// Incidents gathers findings. The zero value has none.
type Incidents struct {
	byListener groups[incidentKey, gathered]
	byClient   groups[incidentKey, gathered]
	listeners  *listeners
}

// Add takes in a finding about a connection that has been given the number id.
func (n *Incidents) Add(f *Finding, id uint64) {
	if f.Conn == 0 || f.Severity < Notice || f.Rule.Group == GroupCapture {
		return
	}
	m := memberOf(f, id)
	n.byListener.at(incidentKey{f.Rule, m.where, f.Blame}).add(&m, f)
	n.byClient.at(incidentKey{f.Rule, endpoint{addr: f.tuple.Src}, f.Blame}).add(&m, f)
}

func memberOf(f *Finding, id uint64) member {
	m := member{id: id, conn: f.Conn, source: Network(f.tuple.Src.Netip()), where: endpoint{f.tuple.Dst, f.tuple.DstPort}, time: f.Time, until: f.Until,
		severity: f.Severity, confidence: f.Confidence}
	for i := range limits {
		m.limits[i] = math.NaN()
		for _, d := range f.Data {
			if v, ok := d.Value.(float64); ok && d.Key == limits[i].key {
				m.limits[i] = v
			}
		}
	}
	return m
}

// maxMet bounds how many networks and listeners of one incident are counted.
const maxMet = 32

func (g *gathered) add(m *member, f *Finding) {
	switch {
	case g.first.id == 0:
		g.first = *m
		return
	case g.many == nil:
		g.many = &members{since: g.first.time, until: g.first.until}
		g.many.add(&g.first)
	}
	g.many.add(m)
	if m.worse(&g.many.said) {
		g.many.said, g.many.advice, g.many.confirm, g.many.looksLike = *m, f.Advice, f.Confirm, f.LooksLike
	}
}

// worse reports whether a finding is worse than another one, or there is no other.
func (m *member) worse(than *member) bool {
	return than.id == 0 || m.severity > than.severity || m.severity == than.severity && m.confidence > than.confidence
}

func (g *members) add(m *member) {
	g.findings++
	if g.affected == 0 || g.last != m.conn {
		g.affected, g.last = g.affected+1, m.conn
	}
	g.since, g.until, g.best = min(g.since, m.time), max(g.until, m.until), max(g.best, m.confidence)
	if m.worse(&g.worst) {
		g.worst = *m
	}
	if len(g.ids) < maxFindings {
		g.ids = append(g.ids, m.id)
	}
	if len(g.times) < maxTimes {
		g.times = append(g.times, m.time)
	}
	g.sources, g.wheres = meet(g.sources, m.source), meet(g.wheres, m.where)
	for i, v := range m.limits {
		if v == v { // no NaN
			g.alike[i].add(v)
		}
	}
}

// meet adds what is not there yet, as long as there is room.
func meet[T comparable](met []T, x T) []T {
	if len(met) == maxMet || slices.Contains(met, x) {
		return met
	}
	return append(met, x)
}

func (s *spread) add(v float64) {
	if s.n++; s.n == 1 {
		s.low, s.high = v, v
	}
	s.low, s.high = min(s.low, v), max(s.high, v)
}

// alike reports whether all are about the same: within 2 %, and long enough to be a limit.
func (s *spread) alike() bool { return s.n >= splitAt && s.low >= 2 && s.high-s.low <= s.high/50 }

// Network gives the /24 or /64 of an address, by which clients are gathered.
func Network(ip netip.Addr) netip.Prefix {
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
		if g := g.many; g != nil && g.affected >= incidentAt {
			out = append(out, n.incident(key, g, true))
			for _, id := range g.ids {
				told[id] = true
			}
		}
	}
	for key, g := range n.byClient.all {
		g := g.many
		if g == nil {
			continue
		}
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

func (n *Incidents) incident(key incidentKey, g *members, listener bool) Incident {
	w := &g.worst
	out := Incident{Rule: key.rule, Severity: w.severity, Confidence: g.best, Blame: key.blame, Affected: g.affected, Since: g.since,
		Until: g.until, Advice: g.advice, Confirm: g.confirm, LooksLike: g.looksLike}
	out.Shape, out.Period = shapeOf(g.times)
	for i := range g.alike {
		if s := &g.alike[i]; s.alike() {
			out.Common = append(out.Common, Common{limits[i].key, fmt.Sprintf("%.4g s", (s.low+s.high)/2), s.n, 0})
			out.limits = append(out.limits, limits[i].name)
		}
	}
	nets := slices.SortedFunc(slices.Values(g.sources), func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	out.Initiators, out.OtherNetworks = nets[:min(len(nets), maxNetworks)], max(0, len(nets)-maxNetworks)
	out.Findings = append([]uint64{w.id}, slices.DeleteFunc(slices.Clone(g.ids), func(id uint64) bool { return id == w.id })...)
	out.Findings = out.Findings[:min(len(out.Findings), maxFindings)]
	out.More = g.findings - uint64(len(out.Findings))
	title := strings.ToLower(key.rule.Title[:1]) + key.rule.Title[1:]
	if listener {
		out.Listener = netip.AddrPortFrom(key.where.addr.Netip(), key.where.port)
		of := ""
		if total := n.listeners.count(key.where); total >= g.affected {
			out.Of = total
			of = fmt.Sprintf(" of %d", total)
		}
		out.Title = fmt.Sprintf("%d%s connections to %s: %s", g.affected, of, key.where, title)
	} else {
		out.Client = key.where.addr.Netip()
		out.Title = fmt.Sprintf("%d connections of %s to %s%d listeners: %s", g.affected, key.where.addr.Netip(),
			outcome(len(g.wheres) == maxMet, "at least ", ""), len(g.wheres), title)
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
		from += fmt.Sprintf(" and %s%d more networks", outcome(i.OtherNetworks+len(nets) >= maxMet, "at least ", ""), i.OtherNetworks)
	}
	text := when + "." + from + "."
	for n, c := range i.Common {
		text += fmt.Sprintf(" In all %d where that is known the %s is the same, %s: that is somebody's limit.", c.Failed, i.limits[n], c.Value)
	}
	return text
}

// shapeOf tells how times lie.
func shapeOf(times []int64) (Shape, int64) {
	if len(times) < 2 {
		return Burst, 0
	}
	times = slices.Clone(times)
	slices.Sort(times)
	span := times[len(times)-1] - times[0]
	switch {
	case len(times) >= checksAt && steady(times):
		return Periodic, span / int64(len(times)-1)
	case span <= burstWithin:
		return Burst, 0
	}
	return Steady, 0
}
