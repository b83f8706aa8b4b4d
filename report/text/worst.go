package text

import (
	"cmp"
	"slices"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// ranked is a finding that is kept until the end.
type ranked struct {
	*report.Finding
	severity findings.Severity
}

// worstFirst orders findings for reading: by severity, then by time.
func worstFirst(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID))
}

// worst keeps the worst findings of each code and counts the others, so that memory does not grow with how much is wrong.
type worst struct {
	limit int // for each code; 0 keeps all
	kept  map[string][]ranked
	seen  map[string]uint64
}

func newWorst(limit int) *worst {
	return &worst{limit: limit, kept: make(map[string][]ranked), seen: make(map[string]uint64)}
}

// add takes a copy of a finding, if it is among the worst so far.
func (w *worst) add(f *report.Finding, s findings.Severity) {
	w.seen[f.Code]++
	of := w.kept[f.Code]
	r := ranked{f, s}
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

// all gives what was kept, worst first.
func (w *worst) all() []ranked {
	var out []ranked
	for _, of := range w.kept {
		out = append(out, of...)
	}
	slices.SortFunc(out, worstFirst)
	return out
}

// more gives how many of a code were seen and not kept.
func (w *worst) more(code string) uint64 { return w.seen[code] - uint64(len(w.kept[code])) }
