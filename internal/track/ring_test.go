package track

import (
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// stepKeeper keeps all steps.
type stepKeeper struct {
	counter
	steps []fsm.Step
}

func (k *stepKeeper) Segment(_ uint64, s *fsm.Step) { k.steps = append(k.steps, *s) }

// stepsOf gives the step of each segment.
func stepsOf(segs []tcp.Segment, thorough bool) []fsm.Step {
	k := &stepKeeper{}
	t := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: true}, k)
	t.env.Thorough = thorough
	for i := range segs {
		seg := segs[i]
		t.Observe(&seg)
	}
	t.Finish()
	return k.steps
}

// TestQuickStepsAreTheSame: a segment that goes the quick way has the step that it has on the general one.
func TestQuickStepsAreTheSame(t *testing.T) {
	for name, segs := range recorded(t) {
		want, got := stepsOf(segs, true), stepsOf(segs, false)
		if len(got) != len(want) {
			t.Fatalf("%s: %d steps, want %d", name, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: step %d is\n%+v, want\n%+v", name, i, got[i], want[i])
			}
		}
	}
}

// BenchmarkAllSegments tracks one long connection with all segments wanted.
func BenchmarkAllSegments(b *testing.B) {
	tracker := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: true}, &counter{})
	c := client{port: 40000, now: start, seq: 1 << 31, ack: 7}
	c.open(tracker)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if i%3 == 2 {
			c.send(tracker, false, tcp.ACK, 0)
		} else {
			c.send(tracker, true, tcp.ACK, 1448)
		}
	}
}
