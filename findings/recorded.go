package findings

import (
	"fmt"
	"slices"

	"github.com/lastack/lastack/internal/plain"
)

// maxNamed is of how many connections a rule with Once speaks one by one. Often enough it is all of
// a capture.
const maxNamed = 4

// recorded counts the connections about which rules with Once have something to say.
type recorded struct{ of map[*Rule]*recording }

// recording is what is known of one such rule.
type recording struct {
	named []Finding // the first of each life that is spoken of
	last  uint64    // the life that was counted last
	count uint64
}

func (g *recorded) at(r *Rule) *recording {
	if g.of == nil {
		g.of = make(map[*Rule]*recording)
	}
	if g.of[r] == nil {
		g.of[r] = new(recording)
	}
	return g.of[r]
}

// full reports whether nothing more is said of single connections.
func (g *recorded) full(r *Rule) bool { return g.of[r] != nil && len(g.of[r].named) == maxNamed }

// pick leaves out of a life's findings what will be said of all such lives together.
func (g *recorded) pick(c *Case, all []Finding) []Finding {
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Rule.Once && !g.at(f.Rule).takes(c, &f) })
}

// takes counts a life that has ended, and reports whether it is spoken of.
func (r *recording) takes(c *Case, f *Finding) bool {
	if c.over() && r.last != c.ID { // it may be true of both sides
		r.last = c.ID
		r.count++
	}
	if slices.ContainsFunc(r.named, func(n Finding) bool { return n.Conn == c.ID }) {
		return true
	}
	if len(r.named) == maxNamed {
		return c.cfg.Only == c.ID
	}
	r.named = append(r.named, *f)
	return true
}

// The rules that speak of what a card has left on segments.
var (
	unfinishedRules = []*Rule{checksumOffload}
	superframeRules = []*Rule{superframe}
	offloadRules    = []*Rule{checksumOffload, superframe}
)

// ofMarks gives those for some marks.
func ofMarks(m plain.Marks) []*Rule {
	switch m {
	case plain.UnfinishedChecksums:
		return unfinishedRules
	case plain.Superframes:
		return superframeRules
	case plain.UnfinishedChecksums | plain.Superframes:
		return offloadRules
	}
	return nil
}

// pass counts a life without anything unusual whose segments have such marks.
func (g *recorded) pass(m plain.Marks) {
	for _, r := range ofMarks(m) {
		g.at(r).count++
	}
}

// finish gives one finding for each rule with more connections than it spoke of.
func (g *recorded) finish() []Finding {
	var out []Finding
	for _, r := range rules {
		if rec := g.of[r]; rec != nil && rec.count > uint64(len(rec.named)) {
			out = append(out, rec.finding(r))
		}
	}
	return out
}

func (r *recording) finding(rule *Rule) Finding {
	f := fireGroup(rule)
	f.Confidence, f.Blame, f.LooksLike = Certain, BlameCapture, nil
	f.Time, f.Until = r.named[0].Time, r.named[0].Until
	for i := range r.named {
		n := &r.named[i]
		f.Severity, f.Confidence = max(f.Severity, n.Severity), min(f.Confidence, n.Confidence)
		if n.Confidence == f.Confidence {
			f.LooksLike = n.LooksLike
		}
		f.Time, f.Until = min(f.Time, n.Time), max(f.Until, n.Until)
		f.Conns = append(f.Conns, n.Conn)
	}
	f.Title = fmt.Sprintf("%s: %s", rule.Title, count(r.count, "connection"))
	f.Explanation = fmt.Sprintf("%s This is how the capture was made: it is so in %s, the first of which are named here.", rule.What,
		count(r.count, "connection"))
	f.note("connections", r.count)
	return f
}
