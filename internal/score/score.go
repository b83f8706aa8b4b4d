// Package score holds the tracker against the kernels' truth: the verdict on every segment against
// what its receiver's kernel did with it, the states of every connection against the kernel's own
// transitions, the findings against what the scenario made happen.
package score

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/tcp"
)

// Taps are the places where a recording was captured.
var Taps = []string{lab.Initiator, lab.Middle, lab.Responder}

// Miss is one difference between lastack and the truth.
type Miss struct {
	Recording string // directory
	Tap       string
	By        string // the side that the scenario is about, "" if it is about none
	Frame     uint64 // 0 for a connection or a finding
	What      string
	Blind     string // why no observer at the tap could have known better, as far as the truth tells
}

// String gives the difference on one line.
func (m Miss) String() string {
	if m.Frame != 0 {
		return fmt.Sprintf("%s %s frame %d: %s", m.Recording, m.Tap, m.Frame, m.What)
	}
	return fmt.Sprintf("%s %s: %s", m.Recording, m.Tap, m.What)
}

// Score counts what was compared and what agreed.
type Score struct {
	Segments, SegmentsRight   int    // segments that reached a kernel
	Sides, SidesRight         int    // sides of four-tuples whose kernel told its states
	Expected, ExpectedFound   int    // findings that the scenario is named after
	Unsupported               int    // findings that the scenario rules out, above info on a clean one, or that doubt the capture
	Unlisted                  []Miss // findings above info that the scenario neither calls for nor rules out: for review
	SegmentMisses, SideMisses []Miss
	FindingMisses             []Miss

	blindTo map[socketPair]string // why what a socket did with a segment could not be known, so that nor could its states
}

// Add adds another score's counts.
func (s *Score) Add(t *Score) {
	s.Segments += t.Segments
	s.SegmentsRight += t.SegmentsRight
	s.Sides += t.Sides
	s.SidesRight += t.SidesRight
	s.Expected += t.Expected
	s.ExpectedFound += t.ExpectedFound
	s.Unsupported += t.Unsupported
	s.Unlisted = append(s.Unlisted, t.Unlisted...)
	s.SegmentMisses = append(s.SegmentMisses, t.SegmentMisses...)
	s.SideMisses = append(s.SideMisses, t.SideMisses...)
	s.FindingMisses = append(s.FindingMisses, t.FindingMisses...)
}

// Agrees reports whether nothing differed.
func (s *Score) Agrees() bool {
	return len(s.SegmentMisses)+len(s.SideMisses)+len(s.FindingMisses) == 0
}

// replay is what lastack made of one capture.
type replay struct {
	steps    map[uint64]fsm.Step
	lives    []fsm.Life
	findings []findings.Finding
	engine   *findings.Engine
}

// Segment keeps a step.
func (r *replay) Segment(_ uint64, s *fsm.Step) { r.steps[s.Frame] = *s }

// Ended keeps a life and judges it.
func (r *replay) Ended(l *fsm.Life) {
	kept := *l
	kept.Transitions, kept.Steps = slices.Clone(l.Transitions), slices.Clone(l.Steps)
	r.lives = append(r.lives, kept)
	r.findings = append(r.findings, r.engine.Judge(l)...)
}

// run replays a capture with the hosts' settings.
func run(file string, hosts fsm.Hosts) (*replay, error) { return replayed(file, hosts, nil) }

// replayed is run, with what was decided about each segment.
func replayed(file string, hosts fsm.Hosts, decided func(*infer.Decision)) (*replay, error) {
	src, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	r := &replay{steps: map[uint64]fsm.Step{}, engine: findings.NewEngine(findings.Config{Hosts: hosts})}
	t := track.New(track.Config{Hosts: hosts, KeepAll: true, Decided: decided}, r)
	var facts findings.CaptureFacts
	for seg, err := range capture.Segments(src) {
		if err != nil {
			return nil, err
		}
		facts.See(seg)
		t.Observe(seg)
	}
	t.Finish()
	r.findings = findings.Untold(append(r.findings, r.engine.Finish(facts)...))
	return r, nil
}

// Recording scores one tap of a recording. One that the recording does not have scores nothing.
func Recording(rec *lab.Recording, tap string, hosts fsm.Hosts) (*Score, error) {
	if !slices.Contains(rec.Meta.Captures, filepath.Base(rec.Capture(tap))) {
		return new(Score), nil
	}
	r, err := run(rec.Capture(tap), hosts)
	if err != nil {
		return nil, err
	}
	s := new(Score)
	s.verdicts(rec, tap, r)
	s.states(rec, tap, r)
	s.findings(rec, tap, r)
	return s, nil
}

// side gives the side of a life that a host of the recording is, by address.
func side(l *fsm.Life, local tcp.Addr, port uint16) (tcp.Side, bool) {
	for sd := range tcp.NoSide {
		if a, p := l.Endpoint(sd); a == local && p == port {
			return sd, true
		}
	}
	return tcp.NoSide, false
}
