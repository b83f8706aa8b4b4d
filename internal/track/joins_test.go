package track

import (
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// sides hands a client's segments to a tracker, those of each direction in a path of their own.
type sides struct {
	client
	tracker *Tracker
	paths   [2]uint32
}

func (s *sides) send(toServer bool, flags tcp.Flags, n uint32) {
	seg := s.segment(toServer, flags, n)
	seg.Path = s.paths[0]
	if !toServer {
		seg.Path = s.paths[1]
	}
	s.tracker.Observe(&seg)
}

func (s *sides) open() {
	s.send(true, tcp.SYN, 0)
	s.send(false, tcp.SYN|tcp.ACK, 0)
	s.send(true, tcp.ACK, 0)
}

func (s *sides) close() {
	s.send(true, tcp.FIN|tcp.ACK, 0)
	s.send(false, tcp.FIN|tcp.ACK, 0)
	s.send(true, tcp.ACK, 0)
}

// watcher keeps lives, and counts the segments of each.
type watcher struct {
	lives    []fsm.Life
	segments map[uint64][]uint64
}

func (w *watcher) Segment(life uint64, s *fsm.Step) {
	if w.segments == nil {
		w.segments = make(map[uint64][]uint64)
	}
	w.segments[life] = append(w.segments[life], s.Frame)
}
func (w *watcher) Ended(l *fsm.Life) { w.lives = append(w.lives, *l) }

// TestDirectionsInTwoPaths follows a connection whose directions have two paths, asleep and awake,
// with and without all segments: it is one, with all its segments, and tells both paths. So it is
// when it had long closed and a segment comes late. When it is forgotten, so is what was joined.
func TestDirectionsInTwoPaths(t *testing.T) {
	for _, paths := range [][2]uint32{{7, 0}, {0, 7}, {7, 8}} {
		for _, way := range []struct{ wide, all bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
			w := &watcher{}
			tracker := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: way.all}, w)
			tracker.conns.Wide = way.wide
			s := sides{client{port: 1, now: start, seq: 100, ack: 5000}, tracker, paths}
			s.open()
			s.send(true, tcp.ACK|tcp.PSH, 120)
			s.send(false, tcp.ACK|tcp.PSH, 1448)
			s.close()
			if tracker.conns.count() != 1 {
				t.Errorf("paths %v, %+v: %d connections", paths, way, tracker.conns.count())
			}
			late := s.segment(false, tcp.ACK, 0)
			late.Path = paths[1]
			late.Time += second
			tracker.Observe(&late)
			if tracker.conns.count() != 1 {
				t.Errorf("paths %v, %+v: a late segment makes %d connections", paths, way, tracker.conns.count())
			}
			for i := range uint16(3) { // time passes
				other := sides{client{port: 2 + i, now: start + 100*second*int64(i+1), frame: 100 * uint64(i+1), seq: 9, ack: 9}, tracker, [2]uint32{}}
				other.open()
			}
			if n := len(tracker.conns.joins.of) + len(tracker.conns.joins.back); n != 0 {
				t.Errorf("paths %v, %+v: %d joins are left", paths, way, n)
			}
			tracker.Finish()
			if len(w.lives) != 4 {
				t.Fatalf("paths %v, %+v: %d lives ended", paths, way, len(w.lives))
			}
			l := &w.lives[0]
			if l.Paths != paths || l.Sides[0].Segments != 5 || l.Sides[1].Segments != 4 || l.Opening != tcp.ThreeWay {
				t.Errorf("paths %v, %+v: a life with the paths %v, %s, %d and %d segments", paths, way, l.Paths, l.Opening, l.Sides[0].Segments,
					l.Sides[1].Segments)
			}
			if n := len(w.segments[l.ID]); way.all && n != 9 {
				t.Errorf("paths %v, %+v: %d segments were handed out", paths, way, n)
			}
		}
	}
}

// TestSYNRecordedLate: the SYN,ACK in its path was recorded before the SYN in its own.
func TestSYNRecordedLate(t *testing.T) {
	w := &watcher{}
	tracker := newTracker(0, w)
	before := sides{client{port: 9, now: start - second, seq: 1, ack: 1}, tracker, [2]uint32{7, 7}}
	before.open()
	s := sides{client{port: 1, now: start, frame: 10, seq: 100, ack: 5000}, tracker, [2]uint32{7, 8}}
	syn, answer := s.segment(true, tcp.SYN, 0), s.segment(false, tcp.SYN|tcp.ACK, 0)
	syn.Path, answer.Path = 7, 8
	syn.Time, answer.Time = answer.Time, syn.Time
	tracker.Observe(&answer)
	tracker.Observe(&syn)
	s.send(true, tcp.ACK, 0)
	tracker.Finish()
	if len(w.lives) != 2 || w.lives[1].Sides[0].Segments != 2 || w.lives[1].Sides[1].Segments != 1 {
		t.Errorf("%d lives: %+v", len(w.lives), w.lives)
	}
}

// TestWhatDoesNotFit: segments in another path that answer nothing of a connection of the same
// addresses and ports are of another one.
func TestWhatDoesNotFit(t *testing.T) {
	for name, change := range map[string]func(*tcp.Segment){
		"another acknowledgment":         func(s *tcp.Segment) { s.Ack++ },
		"no acknowledgment of the SYN":   func(s *tcp.Segment) { s.Ack-- },
		"no SYN":                         func(s *tcp.Segment) { s.Flags &^= tcp.SYN },
		"the same direction":             func(s *tcp.Segment) { s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort },
		"another port":                   func(s *tcp.Segment) { s.DstPort++ },
		"a reset of somebody else's SYN": func(s *tcp.Segment) { s.Flags, s.Ack = tcp.RST|tcp.ACK, s.Ack+5000 },
	} {
		for _, wide := range []bool{false, true} {
			tracker := newTracker(0, &watcher{})
			tracker.conns.Wide = wide
			s := sides{client{port: 1, now: start, seq: 100, ack: 5000}, tracker, [2]uint32{7, 7}}
			s.send(true, tcp.SYN, 0)
			seg := s.segment(false, tcp.SYN|tcp.ACK, 0)
			seg.Path = 8
			change(&seg)
			tracker.Observe(&seg)
			if tracker.conns.count() != 2 {
				t.Errorf("%s, awake %v: %d connections", name, wide, tracker.conns.count())
			}
		}
	}
}

// TestBothDirectionsThere: where both directions of a connection were recorded, a segment in
// another path is a second record, and of another connection: inside and outside of a tunnel.
func TestBothDirectionsThere(t *testing.T) {
	for _, wide := range []bool{false, true} {
		tracker := newTracker(0, &watcher{})
		tracker.conns.Wide = wide
		s := sides{client{port: 1, now: start, seq: 100, ack: 5000}, tracker, [2]uint32{7, 7}}
		s.open()
		s.send(true, tcp.ACK, 100)
		outside := s.segment(false, tcp.ACK, 100)
		outside.Path = 8
		tracker.Observe(&outside)
		if n := tracker.conns.count(); n != 2 || len(tracker.conns.joins.of) != 0 {
			t.Errorf("awake %v: %d connections, %d joins", wide, n, len(tracker.conns.joins.of))
		}
	}
}

// TestManyPaths: the paths that are remembered are the latest ones, and few.
func TestManyPaths(t *testing.T) {
	var j joins
	for path := range uint32(10 * mostPaths) {
		j.note(path)
		j.note(path)
	}
	if len(j.paths) != mostPaths {
		t.Errorf("%d paths", len(j.paths))
	}
	for _, path := range j.paths {
		if path < 9*mostPaths {
			t.Errorf("path %d is remembered", path)
		}
	}
}

// TestJoinsAreMutual: what is joined is found from both sides, and forgotten from both; a key is
// part of one join.
func TestJoinsAreMutual(t *testing.T) {
	var j joins
	seg := tcp.Segment{Src: tcp.Addr{15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: 1, DstPort: 2, Path: 8}
	key := func(path uint32) *reassembly.Key {
		k, _ := reassembly.KeyOf(&seg)
		k.Path = path
		return &k
	}
	for _, forget := range []uint32{7, 8} {
		j.add(&seg, 7)
		if m := j.moved(&seg); m == nil || m.Path != 7 {
			t.Errorf("moved %+v", m)
		}
		reverse := seg
		reverse.Src, reverse.Dst, reverse.SrcPort, reverse.DstPort = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort
		if j.moved(&reverse) != nil {
			t.Error("the other direction is moved too")
		}
		j.remove(key(forget))
		if len(j.of)+len(j.back) != 0 {
			t.Errorf("%d and %d are left", len(j.of), len(j.back))
		}
	}
	j.add(&seg, 7)
	j.add(&seg, 9)
	if len(j.of) != 1 || len(j.back) != 1 {
		t.Errorf("%d and %d joins of one key", len(j.of), len(j.back))
	}
}
