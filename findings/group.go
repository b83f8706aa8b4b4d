package findings

import "github.com/lastack/lastack/internal/plain"

// grouper watches all lives for one rule about many of them. It sees each life once, when it has
// ended.
type grouper interface {
	// see takes a life into account. It may let findings of the case wait for the group, which
	// would say the same, and be surer of one that others agree with.
	see(c *Case)
	// pass does what see would do of a life without anything unusual.
	pass(cfg *Config, life *plain.Summary)
	// finish gives the group's findings at the end of the run.
	finish() []Finding
}

// maxGroups bounds how many groups a rule watches at once; the one that began first makes room.
const maxGroups = 4096

// groups keeps one V for each key, in the order in which they began.
type groups[K comparable, V any] struct {
	byKey  map[K]*V
	order  []K
	oldest int // where order begins, once it is full
	// The one that at gave last: many in a row are of the same.
	lastKey K
	last    *V
}

// at gives the group of a key and begins it if there is none.
func (g *groups[K, V]) at(k K) *V {
	if g.last == nil || g.lastKey != k {
		g.lastKey, g.last = k, g.find(k)
	}
	return g.last
}

// find is at, without what at remembers.
func (g *groups[K, V]) find(k K) *V {
	if v := g.byKey[k]; v != nil {
		return v
	}
	if g.byKey == nil {
		g.byKey = map[K]*V{}
	}
	var v *V
	if len(g.order) < maxGroups {
		v = new(V)
		g.order = append(g.order, k)
	} else {
		v = g.byKey[g.order[g.oldest]]
		*v = *new(V)
		delete(g.byKey, g.order[g.oldest])
		g.order[g.oldest] = k
		g.oldest = (g.oldest + 1) % maxGroups
	}
	g.byKey[k] = v
	return v
}

// full reports whether some may have made room for others.
func (g *groups[K, V]) full() bool { return len(g.order) == maxGroups }

// all calls yield with each group, in the order in which they began.
func (g *groups[K, V]) all(yield func(K, *V) bool) {
	for i := range g.order {
		k := g.order[(g.oldest+i)%len(g.order)]
		if !yield(k, g.byKey[k]) {
			return
		}
	}
}

// fireGroup starts a finding of a rule about many lives.
func fireGroup(r *Rule) Finding {
	return Finding{Code: r.Code, Rule: r, Severity: r.Severity, Confidence: Likely, LooksLike: r.LooksLike, Advice: r.Do, Why: r.Why,
		Confirm: r.Confirm, Kernel: r.Kernel, Sysctl: r.Sysctl, Counter: r.Counter}
}

// note adds a machine-readable number.
func (f *Finding) note(key string, value any) { f.Data = append(f.Data, Datum{key, value}) }
