package findings_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/report"
)

var update = flag.Bool("update", false, "write the examples in report/examples anew")

// exampler makes records of what a script's lives give.
type exampler struct {
	script *script
	all    []*report.Finding
}

// Segment is not needed: the engine looks at lives.
func (x *exampler) Segment(uint64, *fsm.Step) {}

// Ended judges a life.
func (x *exampler) Ended(l *fsm.Life) { x.keep(x.script.engine.Judge(l), l) }

func (x *exampler) keep(found []findings.Finding, l *fsm.Life) {
	for i := range found {
		r := new(report.Finding)
		r.Fill(1, &found[i], l, func(frame uint64) (uint64, report.Optional[uint16]) {
			return frame, report.Optional[uint16]{}
		})
		x.all = append(x.all, r)
	}
}

// example gives the record of a finding of the code, from the first of its rule's cases that fires;
// nil if none does.
func example(t *testing.T, code string) *report.Finding {
	for _, s := range stories(t, code) {
		if !s.fires {
			continue
		}
		x := &exampler{script: &script{stack: fsm.Linux}}
		x.script.run(s.text, x)
		x.keep(x.script.engine.Finish(findings.CaptureFacts{}), nil)
		for _, r := range x.all {
			if r.Code == code {
				return r
			}
		}
	}
	return nil
}

// The documentation's examples are what the rules say.
func TestExamplesAreInStep(t *testing.T) {
	for _, r := range findings.Catalogue() {
		if r.Code == "truncated-capture" { // about files: there are no segments to draw
			continue
		}
		f := example(t, r.Code)
		if f == nil {
			continue // its cases are not written as scripts
		}
		var want bytes.Buffer
		if err := report.NewNDJSON(&want, false).Finding(f); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("../report/examples/data", r.Code+".json")
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the rule says (%v): go test ./findings -update, then go generate ./report/markdown", file, err)
		}
	}
}
