package findings_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
)

const healthy = `
ts on
0.0 > S 0
0.02 < SA 0 ack 1
0.04 > A 1 ack 1
0.05 > PA 1+100 ack 1
0.07 < PA 1+500 ack 101
0.09 > A 101 ack 501
1.0 > FA 101 ack 501
1.02 < FA 501 ack 102
1.04 > A 102 ack 502
`

// keeper keeps the lives of a script.
type keeper struct{ lives []fsm.Life }

func (k *keeper) Segment(uint64, *fsm.Step) {}

func (k *keeper) Ended(l *fsm.Life) {
	kept := *l
	kept.Steps, kept.Transitions = slices.Clone(l.Steps), slices.Clone(l.Transitions)
	k.lives = append(k.lives, kept)
}

func TestHealthyLifeGivesNothing(t *testing.T) {
	if found := replay(t, healthy); len(found) > 0 {
		t.Error(describe(&found[0]))
	}
}

func TestHealthyLifeAllocatesNothing(t *testing.T) {
	life := livesOf(t, healthy)[0]
	e := findings.NewEngine(findings.Config{})
	if n := testing.AllocsPerRun(100, func() { e.Judge(&life) }); n != 0 {
		t.Errorf("%v allocations for a healthy connection", n)
	}
}

func TestJudgingIsDeterministic(t *testing.T) {
	const text = `
0.0 > S 0
1.0 > S 0
1.02 < SA 0 ack 1
1.04 > A 1 ack 1
1.1 > PA 1+100 ack 1
1.2 < R 501
1.22 > A 101 ack 1
2.0 < R -500000
3.0 < FA 1 ack 101
3.02 > A 101 ack 2
`
	first := replay(t, text)
	if len(first) < 2 {
		t.Fatalf("found only %v", first)
	}
	for range 20 {
		if again := replay(t, text); !reflect.DeepEqual(first, again) {
			t.Fatal("not the same twice")
		}
	}
}

func TestLiveLifeIsNotJudgedByWhatIsStillToCome(t *testing.T) {
	const text = `
0.0 > S 0
0.02 < SA 0 ack 1
0.04 > A 1 ack 1
1.0 > PA 1+100 ack 1
1.2 > PA 1+100 ack 1
1.6 > PA 1+100 ack 1
2.4 > PA 1+100 ack 1
4.0 > PA 1+100 ack 1
`
	life := livesOf(t, text)[0]
	e := findings.NewEngine(findings.Config{})
	life.EndedBy = fsm.NotEnded
	for _, f := range e.Judge(&life) {
		t.Errorf("too early: %s", f.Title)
	}
}

// TestTruncatedCapture makes up what a reader says of a file that is cut short: that is about the
// capture, so that no kernel can be recorded doing it.
func TestTruncatedCapture(t *testing.T) {
	e := findings.NewEngine(findings.Config{})
	if found := e.Finish(findings.CaptureFacts{Start: 1, End: 2}); len(found) != 0 {
		t.Errorf("found %v in a whole file", found)
	}
	found := e.Finish(findings.CaptureFacts{Start: 1, End: 9, CutHeaders: 3, FirstCut: fsm.Mark{Frame: 4, Time: 5},
		Broken: []findings.BrokenFile{{File: "a.pcap", Offset: 4711, Reason: "unexpected EOF", Last: fsm.Mark{Frame: 17, Time: 8}}}})
	if len(found) != 2 {
		t.Fatalf("found %d findings, want the broken file and the cut headers", len(found))
	}
	for i := range found {
		checkForm(t, &found[i])
		if found[i].Code != "truncated-capture" {
			t.Error(describe(&found[i]))
		}
	}
}

func BenchmarkHealthyLife(b *testing.B) {
	life := livesOf(b, healthy)[0]
	e := findings.NewEngine(findings.Config{})
	b.ReportAllocs()
	for b.Loop() {
		e.Judge(&life)
	}
}

// BenchmarkLifeWithFinding judges a life that a rule has something to say about: it was reset amid
// its data.
func BenchmarkLifeWithFinding(b *testing.B) {
	text := strings.Split(healthy, "1.0 > FA")[0] + "0.2 > PA 101+100 ack 501\n0.22 < R 501\n"
	life := livesOf(b, text)[0]
	e := findings.NewEngine(findings.Config{})
	b.ReportAllocs()
	for b.Loop() {
		if len(e.Judge(&life)) == 0 {
			b.Fatal("nothing found")
		}
	}
}
