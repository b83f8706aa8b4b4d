package present

import (
	"cmp"
	"slices"
	"sync"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// Ranked is a finding that is kept until the end, with its severity parsed.
type Ranked struct {
	*report.Finding
	Rank findings.Severity
}

// worstFirst orders findings for reading: by severity, then by time.
func worstFirst(a, b Ranked) int {
	return cmp.Or(cmp.Compare(b.Rank, a.Rank), cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID))
}

// Worst keeps the worst findings of each code and counts the others, so that memory does not grow
// with how much is wrong.
//
// Where a finding about a group tells what single ones told before the group was noticed, Settle
// takes those out.
type Worst struct {
	limit   int // for each code; 0 keeps all
	kept    map[string][]Ranked
	seen    map[string]uint64
	singles map[string][]single // by code, those that a group's finding may tell
	groups  []group
}

// single is a finding about one connection, of which only this much is remembered.
type single struct {
	conn report.ConnID
	rank findings.Severity
}

// group is a finding about several connections.
type group struct {
	conns []report.ConnID
	tells []string
}

const (
	// spare is how many more of a code are kept in place of those that Settle may take out.
	spare = 64
	// maxSingles bounds how many of a code are remembered for Settle.
	maxSingles = 1 << 16
)

// absorbable has the codes of findings that others may be told by: of single connections, where
// some rule speaks of many.
var absorbable = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for _, r := range findings.Catalogue() {
		for _, code := range r.Tells() {
			all[code] = true
		}
	}
	return all
})

// NewWorst makes an empty one that keeps at most limit of each code, or with 0 all.
func NewWorst(limit int) *Worst {
	return &Worst{limit: limit, kept: make(map[string][]Ranked), seen: make(map[string]uint64), singles: make(map[string][]single)}
}

// Add takes a copy of a finding, if it is among the worst so far.
func (w *Worst) Add(f *report.Finding, s findings.Severity) {
	w.seen[f.Code]++
	w.remember(f, s)
	of := w.kept[f.Code]
	r := Ranked{f, s}
	full := w.limit > 0 && len(of) == w.room(f.Code)
	if full && worstFirst(r, of[len(of)-1]) >= 0 {
		return
	}
	if full {
		of = of[:len(of)-1]
	}
	r.Finding = f.Clone()
	at, _ := slices.BinarySearchFunc(of, r, worstFirst)
	w.kept[f.Code] = slices.Insert(of, at, r)
}

// room is how many of a code are kept until Settle.
func (w *Worst) room(code string) int {
	if absorbable()[code] {
		return w.limit + spare
	}
	return w.limit
}

// remember takes note of what Settle needs to know.
func (w *Worst) remember(f *report.Finding, s findings.Severity) {
	if f.Conn != 0 {
		if of := w.singles[f.Code]; absorbable()[f.Code] && len(of) < maxSingles {
			w.singles[f.Code] = append(of, single{f.Conn, s})
		}
		return
	}
	if rule := findings.Lookup(f.Code); rule != nil && len(f.Conns) > 0 && len(rule.Tells()) > 0 {
		w.groups = append(w.groups, group{slices.Clone(f.Conns), rule.Tells()})
	}
}

// Settle takes out the findings about one connection that a finding about a group tells too, and
// gives how many they were by severity. It is called once, after the last Add.
func (w *Worst) Settle() Counts {
	var out Counts
	told := make(map[string]map[report.ConnID]bool)
	for _, g := range w.groups {
		for _, code := range g.tells {
			if told[code] == nil {
				told[code] = make(map[report.ConnID]bool)
			}
			for _, c := range g.conns {
				told[code][c] = true
			}
		}
	}
	for code, conns := range told {
		for _, s := range w.singles[code] {
			if conns[s.conn] {
				out[s.rank]++
				w.seen[code]--
			}
		}
		w.kept[code] = slices.DeleteFunc(w.kept[code], func(r Ranked) bool { return conns[r.Conn] })
	}
	for code, of := range w.kept {
		if w.limit > 0 {
			w.kept[code] = of[:min(len(of), w.limit)]
		}
	}
	return out
}

// All gives what was kept, worst first.
func (w *Worst) All() []Ranked {
	var out []Ranked
	for _, of := range w.kept {
		out = append(out, of...)
	}
	slices.SortFunc(out, worstFirst)
	return out
}

// More gives how many of a code were seen and not kept.
func (w *Worst) More(code string) uint64 { return w.seen[code] - uint64(len(w.kept[code])) }
