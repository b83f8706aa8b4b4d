package track

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// stepsOf gives the step of each segment.
func stepsOf(segs []tcp.Segment, way way) []fsm.Step {
	k := &keeper{}
	t := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: true}, k)
	way.set(t)
	for i := range segs {
		seg := segs[i]
		t.Observe(&seg)
	}
	t.Finish()
	return k.steps
}

// sameSteps compares the steps of segments with those that the tracker comes to when it takes no
// short cut.
func sameSteps(t *testing.T, name string, segs []tcp.Segment) {
	t.Helper()
	want := stepsOf(segs, thorough)
	for _, way := range []way{shortest, awake, frozen} {
		got := stepsOf(segs, way)
		if len(got) != len(want) {
			t.Fatalf("%s: %d steps, want %d", name, len(got), len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: step %d is another when no short cut is taken: %s", name, i, difference(got[i], want[i]))
			}
		}
	}
}

// TestStepsAreTheSame: a segment has the step that it has on the general way, whether it goes the
// quick one, or its connection sleeps until the step is due.
func TestStepsAreTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for name, segs := range recorded(t).all {
		sameSteps(t, name, segs)
		if len(segs) < 400 {
			sameSteps(t, name, accident(r, slices.Clone(segs)))
		}
	}
}

// TestStepsAreTheSameOfManyConnections: the same where the ring lets steps go before their
// connections are over.
func TestStepsAreTheSameOfManyConnections(t *testing.T) {
	all := interleaved(recorded(t))
	if len(all) < 2<<12 {
		t.Skipf("%d segments do not fill the ring", len(all))
	}
	sameSteps(t, "all recordings", all)
	sameLives(t, "all recordings", all)
}

// interleaved lets recordings begin a little after each other. Some of them take longer than they
// did, so that they are not over when the ring lets their first steps go.
func interleaved(from recordings) (all []tcp.Segment) {
	i := 0
	for _, segs := range from.all {
		if i++; len(segs) == 0 {
			continue
		}
		first, slower := segs[0].Time, []int64{1, 10, 40}[i%3]
		for _, seg := range segs {
			seg.Time = start + int64(i)*20_000_000 + (seg.Time-first)*slower
			seg.Iface, seg.Path = 0, uint32(i)
			all = append(all, seg)
		}
	}
	sortByTime(all)
	return all
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
