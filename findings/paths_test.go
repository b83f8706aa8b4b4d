package findings_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// inPaths gives the segments of each direction in a path of its own: those of the key's A, and
// those of its B. An ICMP error goes the other way than the segment that it quotes.
func inPaths(all []tcp.Segment, ofA, ofB uint32) []tcp.Segment {
	all = slices.Clone(all)
	for i := range all {
		s := &all[i]
		_, fromB := reassembly.KeyOf(s)
		if s.Path = ofA; fromB != (s.Kind == tcp.KindICMP) {
			s.Path = ofB
		}
	}
	return all
}

// TestOneDirectionInAnotherPath: a VLAN tag, an MPLS label or a tunnel of one direction changes
// nothing that is found, whichever direction has it, in any recording of an opening by one side.
// (Where both sides open, each SYN looks like the first of a connection of its own.)
func TestOneDirectionInAnotherPath(t *testing.T) {
	eachRecording(t, func(name string, all []tcp.Segment) {
		want, _ := observed(all)
		for _, paths := range [][2]uint32{{7, 0}, {0, 7}, {7, 8}} {
			if got, _ := observed(inPaths(all, paths[0], paths[1])); !slices.Equal(got, want) {
				t.Errorf("%s in the paths %v: found %v, want %v", name, paths, got, want)
			}
		}
	})
}

// TestInsideAndOutsideOfATunnel: each packet is recorded twice, inside a tunnel and outside of it.
// The two records of a connection are two connections, whose packets are no copies.
func TestInsideAndOutsideOfATunnel(t *testing.T) {
	eachRecording(t, func(name string, all []tcp.Segment) {
		inside, outside := inPaths(all, 7, 7), inPaths(all, 8, 8)
		var both []tcp.Segment
		for i := range all {
			_, fromB := reassembly.KeyOf(&all[i])
			if first, second := inside[i], outside[i]; fromB { // what goes in on one way comes out on the other
				both = append(both, second, first)
			} else {
				both = append(both, first, second)
			}
		}
		one, two := lives(t, all), lives(t, joined(both))
		for _, path := range []uint32{7, 8} {
			if !slices.Equal(two[path], one[0]) {
				t.Errorf("%s: lives in path %d\n%v\nwant\n%v", name, path, two[path], one[0])
			}
		}
	})
}

// TestTwoCustomers: two customers use the same private addresses and ports in two VLANs at the same
// time. Each keeps a connection of its own, also where the capture begins in the middle of both,
// with another direction of each.
func TestTwoCustomers(t *testing.T) {
	eachRecording(t, func(name string, all []tcp.Segment) {
		second := inPaths(all, 8, 8)
		for i := range second {
			s := &second[i]
			s.Time += 1e6
			if _, fromB := reassembly.KeyOf(s); fromB != (s.Kind == tcp.KindICMP) {
				s.Seq, s.Ack = s.Seq+0x31234567, s.Ack+0x59876543
			} else {
				s.Seq, s.Ack = s.Seq+0x59876543, s.Ack+0x31234567
			}
			if s.Flags&tcp.ACK == 0 {
				s.Ack = 0
			}
			for j := range s.SACK {
				s.SACKCount, s.SACK[j] = 0, tcp.SACKBlock{}
			}
		}
		for _, cut := range []int{0, 4, 7} {
			one, other := inPaths(all, 7, 7), second
			if len(all) < 20 && cut > 0 || len(all) < 2 {
				continue
			}
			one, other = one[cut:], other[cut+cut%2:]
			both := slices.Concat(one, other)
			slices.SortStableFunc(both, func(a, b tcp.Segment) int { return cmp.Compare(a.Time, b.Time) })
			got := lives(t, joined(both))
			if alone := lives(t, joined(one))[7]; len(got[7]) != len(alone) {
				t.Errorf("%s from %d: the first customer has %d connections, alone %d", name, cut, len(got[7]), len(alone))
			}
			if alone := lives(t, joined(other))[8]; len(got[8]) != len(alone) {
				t.Errorf("%s from %d: the second customer has %d connections, alone %d", name, cut, len(got[8]), len(alone))
			}
			for path := range got {
				if path != 7 && path != 8 {
					t.Errorf("%s from %d: a connection has path %d", name, cut, path)
				}
			}
		}
	})
}

// eachRecording calls do with one capture of each of the recordings that are not of a fuzzer, but
// those in which both sides may open.
func eachRecording(t *testing.T, do func(name string, all []tcp.Segment)) {
	t.Helper()
	dirs, err := lab.Find("../testdata/lab")
	if err != nil {
		t.Skip(err)
	}
	for i, dir := range dirs {
		meta, err := lab.ReadMeta(dir)
		if err != nil {
			t.Fatal(err)
		}
		if testing.Short() && i%7 != 0 {
			continue
		}
		if strings.HasPrefix(meta.Scenario, "fuzz/") || meta.Scenario == "open-simultaneous" || meta.Scenario == "probe-in-syn-sent" {
			continue
		}
		file := meta.Captures[i%len(meta.Captures)]
		do(meta.Scenario+"/"+meta.Variation+"/"+file, segmentsOf(t, filepath.Join(dir, file)))
	}
}

// liver keeps what the lives of each path amount to.
type liver map[uint32][]string

func (l liver) Segment(uint64, *fsm.Step) {}

func (l liver) Ended(life *fsm.Life) {
	path := life.Paths[0]
	if life.Paths[1] != path {
		path = 1000 + path // joined
	}
	l[path] = append(l[path], fmt.Sprintf("%s %s %s %s %d+%d segments, %d+%d bytes, %d copies", life.Opening, life.Closing,
		life.Sides[0].State, life.Sides[1].State, life.Sides[0].Segments, life.Sides[1].Segments, life.Sides[0].Bytes, life.Sides[1].Bytes,
		life.Copies))
}

func lives(t *testing.T, all []tcp.Segment) liver {
	t.Helper()
	l := make(liver)
	tracker := track.New(track.Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}}, l)
	tracker.ObserveAll(all)
	tracker.Finish()
	for _, list := range l {
		slices.Sort(list)
	}
	return l
}
