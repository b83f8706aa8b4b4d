package track

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

// keeper keeps copies of all lives, and of all steps if they are wanted.
type keeper struct {
	lives []*fsm.Life
	steps []fsm.Step
}

func (k *keeper) Segment(_ uint64, s *fsm.Step) { k.steps = append(k.steps, *s) }
func (k *keeper) Ended(l *fsm.Life) {
	c := *l
	c.Transitions, c.Steps = slices.Clone(l.Transitions), slices.Clone(l.Steps)
	k.lives = append(k.lives, &c)
}

// way is how much the tracker may leave out.
type way int

const (
	shortest way = iota // as it is
	awake               // all segments go to the full tracker
	thorough            // and none of them there goes the quick way
	ringed              // as it is, with every step wanted
	frozen              // all segments go to the full tracker, and what is over is packed up at once
)

func (w way) set(t *Tracker) {
	t.conns.Wide, t.env.Thorough = w == thorough || w == awake || w == frozen, w == thorough
	if w == frozen {
		t.conns.most = 0
	}
}

// livesOf gives what the tracker makes of segments.
func livesOf(segs []tcp.Segment, way way, ordinary func(*plain.Summary)) []*fsm.Life {
	k := &keeper{}
	t := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, Ordinary: ordinary, KeepAll: way == ringed}, k)
	way.set(t)
	for i := range segs {
		seg := segs[i]
		t.Observe(&seg)
	}
	t.Finish()
	slices.SortFunc(k.lives, func(a, b *fsm.Life) int { return cmp.Compare(a.ID, b.ID) }) // when each is reported may differ
	return k.lives
}

// recordings are the segments of each recording of the lab, by its name.
type recordings map[string][]tcp.Segment

// all gives them in order of their names, so that what is drawn for one is the same each time.
func (r recordings) all(yield func(name string, segs []tcp.Segment) bool) {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if !yield(name, r[name]) {
			return
		}
	}
}

func recorded(t *testing.T) recordings {
	t.Helper()
	names, err := filepath.Glob("../../testdata/lab/*/*/*/*.pcap*")
	if err != nil || len(names) < 100 {
		t.Fatalf("%d recordings found, error %v", len(names), err)
	}
	all := make(recordings)
	for i, name := range names {
		if testing.Short() && i%10 != 0 {
			continue
		}
		all[name] = segmentsOf(t, name)
	}
	return all
}

func segmentsOf(t *testing.T, name string) []tcp.Segment {
	t.Helper()
	return readAll(t, name, capture.Options{})
}

// readAll gives all segments of a capture.
func readAll(t *testing.T, name string, o capture.Options) (all []tcp.Segment) {
	t.Helper()
	src, err := capture.OpenFiles([]string{name}, o)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for seg, err := range capture.Segments(src) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *seg)
	}
	return all
}

// sameLives compares what the tracker makes of segments with what it does when it takes no short
// cut: no connection sleeps, and no segment goes the quick way.
func sameLives(t *testing.T, name string, segs []tcp.Segment) {
	t.Helper()
	want := livesOf(segs, thorough, nil)
	for _, way := range []way{shortest, awake, ringed, frozen} {
		got := livesOf(segs, way, nil)
		if len(want) != len(got) {
			t.Fatalf("%s: %d lives, %d when no short cut is taken", name, len(got), len(want))
		}
		for i := range want {
			if !reflect.DeepEqual(want[i], got[i]) {
				t.Fatalf("%s: life %d differs when no short cut is taken (way %d): %s", name, want[i].ID, way, difference(*got[i], *want[i]))
			}
		}
	}
}

// difference names the first thing that differs.
func difference(got, want any) string { return differs(reflect.ValueOf(got), reflect.ValueOf(want)) }

func differs(got, want reflect.Value) string {
	switch {
	case got.Kind() == reflect.Struct:
		for i := range got.NumField() {
			if d := differs(got.Field(i), want.Field(i)); d != "" {
				return got.Type().Field(i).Name + " " + d
			}
		}
		return ""
	case (got.Kind() == reflect.Slice || got.Kind() == reflect.Array) && got.Len() == want.Len():
		for i := range got.Len() {
			if d := differs(got.Index(i), want.Index(i)); d != "" {
				return fmt.Sprint(i, " ", d)
			}
		}
		return ""
	case got.Equal(want):
		return ""
	}
	return fmt.Sprintf("is %v, want %v", got, want)
}

// TestSleepChangesNothing: what is written down of ordinary connections tells the full tracker all
// that the segments would have.
func TestSleepChangesNothing(t *testing.T) {
	for name, segs := range recorded(t).all {
		sameLives(t, name, segs)
	}
}

// TestSleepChangesNothingAfterAccidents: the same of recordings in which segments are lost,
// repeated, moved or altered.
func TestSleepChangesNothingAfterAccidents(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for name, segs := range recorded(t).all {
		if len(segs) > 400 {
			continue
		}
		for range 3 {
			sameLives(t, name, accident(r, slices.Clone(segs)))
		}
	}
}

// accident changes some segments.
func accident(r *rand.Rand, segs []tcp.Segment) []tcp.Segment {
	for range 1 + r.IntN(3) {
		if len(segs) < 2 {
			break
		}
		i := r.IntN(len(segs) - 1)
		switch s := &segs[i]; r.IntN(11) {
		case 0:
			segs = slices.Delete(segs, i, i+1)
		case 1:
			segs = slices.Insert(segs, i, *s)
		case 2:
			segs[i], segs[i+1] = segs[i+1], segs[i]
		case 3:
			s.Time += []int64{-1e9, -1e3, 1e6, 1e9}[r.IntN(4)]
		case 4:
			s.Flags ^= 1 << r.IntN(6)
		case 5:
			s.Seq += tcp.Seq(r.IntN(5) - 2)
		case 6:
			s.Ack += tcp.Seq(r.IntN(5) - 2)
		case 7:
			s.TSval += uint32(r.IntN(5) - 2)
		case 8:
			s.TSecr += uint32(r.IntN(5) - 2)
		case 9:
			s.Window, s.IPID = uint16(r.IntN(3)), uint16(r.IntN(1<<16))
		case 10:
			segs = sendAgain(segs, i, i, 20_000_000<<r.IntN(6))
		}
	}
	for i := range segs {
		s := &segs[i]
		s.Frame = uint64(i + 1)
		if !s.Flags.Has(tcp.ACK) {
			s.Ack = 0
		}
		if !s.Has(tcp.OptTimestamps) {
			s.TSval, s.TSecr = 0, 0
		}
	}
	return segs
}

// sendAgain lets a timer send segment i again, so many ns after segment last. All that follows is
// as much later.
func sendAgain(segs []tcp.Segment, i, last int, after int64) []tcp.Segment {
	segs = slices.Insert(slices.Clone(segs), last+1, segs[i])
	segs[last+1].Time = segs[last].Time
	for j := last + 1; j < len(segs); j++ {
		s := &segs[j]
		s.Time += after
		if s.Src == segs[i].Src && s.SrcPort == segs[i].SrcPort && s.IPID != 0 {
			s.IPID++
		}
	}
	return segs
}

// TestOrdinaryLivesHaveNoFindings: the rules say nothing of a life that is summarized, and the
// summary is true.
func TestOrdinaryLivesHaveNoFindings(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	summaries := 0
	for name, segs := range recorded(t).all {
		for try := range 2 {
			if try > 0 {
				segs = accident(r, slices.Clone(segs))
			}
			found := make(map[uint64]plain.Summary)
			lives := livesOf(segs, shortest, func(s *plain.Summary) { found[s.ID] = *s })
			all := livesOf(segs, thorough, nil)
			if len(all) != len(lives)+len(found) {
				t.Fatalf("%s: %d lives and %d summaries of %d", name, len(lives), len(found), len(all))
			}
			for _, l := range all {
				if s, ok := found[l.ID]; ok {
					summaries++
					checkSummary(t, name, l, s)
				}
			}
		}
	}
	if summaries < 100 && !testing.Short() {
		t.Errorf("only %d lives were ordinary", summaries)
	}
}

func checkSummary(t *testing.T, name string, l *fsm.Life, s plain.Summary) {
	t.Helper()
	if fs := findings.NewEngine(findings.Config{}).Judge(l); len(fs) > 0 {
		t.Fatalf("%s: life %d is called ordinary and has a finding: %s", name, l.ID, fs[0].Code)
	}
	timeWait := l.Entered(s.Closer, tcp.TimeWait)
	syn := l.Steps[0]
	switch {
	case timeWait == nil || timeWait.Time != s.TimeWaitAt:
		t.Fatalf("%s: life %d: the summary has TIME-WAIT of the %s at %d, the life %+v", name, l.ID, s.Closer, s.TimeWaitAt, timeWait)
	case syn.Frame != l.Sides[tcp.Initiator].FirstSYN.Frame || syn.Time != s.SYNTime || syn.Options != s.SYNOptions ||
		s.SYNOptions&tcp.OptTimestamps != 0 && syn.TSval != s.SYNTSval:
		t.Fatalf("%s: life %d: the summary has another SYN: %+v, %+v", name, l.ID, s, syn)
	case l.Tuple != s.Tuple, !l.Established.Seen(), l.Former.Known, l.Sides[0].Segments+l.Sides[1].Segments < 5:
		t.Fatalf("%s: life %d does not have what a summary stands for: %+v", name, l.ID, s)
	}
}
