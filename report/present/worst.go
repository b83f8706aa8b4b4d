package present

import (
	"cmp"
	"slices"

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

// Worst keeps the worst findings of each code and counts the others, so that memory does not grow with how much is wrong.
type Worst struct {
	limit int // for each code; 0 keeps all
	kept  map[string][]Ranked
	seen  map[string]uint64
}

// NewWorst makes an empty one that keeps at most limit of each code, or with 0 all.
func NewWorst(limit int) *Worst {
	return &Worst{limit: limit, kept: make(map[string][]Ranked), seen: make(map[string]uint64)}
}

// Add takes a copy of a finding, if it is among the worst so far.
func (w *Worst) Add(f *report.Finding, s findings.Severity) {
	w.seen[f.Code]++
	of := w.kept[f.Code]
	r := Ranked{f, s}
	full := w.limit > 0 && len(of) == w.limit
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
