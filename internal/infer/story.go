package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
)

const (
	headSteps = 32 // notable steps kept from a life's beginning
	tailSteps = 64 // and from its end

	maxExhibits = tailSteps / 2 // kept in between
)

// story is what is kept of a life for rules and reports: its transitions and its notable steps. A
// life of many notable steps keeps the first and the last of them.
type story struct {
	transitions []fsm.Transition
	steps       []fsm.Step
	left        uint64
	last        [2]fsm.Step // the last segment of each side, notable or not
}

func (s *story) clear() {
	s.transitions = s.transitions[:0]
	s.steps = s.steps[:0]
	s.left = 0
	s.last = [2]fsm.Step{}
}

// keep puts a side's last step among the notable ones, because what followed made it so.
func (s *story) keep(last *fsm.Step) *fsm.Step {
	if st := s.find(last.Frame); st != nil {
		return st
	}
	s.add(last)
	return s.find(last.Frame)
}

// add keeps a step. Steps come nearly in order: what was delivered late is put in its place.
func (s *story) add(step *fsm.Step) {
	if len(s.steps) >= headSteps+2*tailSteps {
		s.leaveOut()
	}
	s.steps = append(s.steps, *step)
	for i := len(s.steps) - 1; i > 0 && sentBefore(&s.steps[i], &s.steps[i-1]); i-- {
		s.steps[i], s.steps[i-1] = s.steps[i-1], s.steps[i]
	}
}

// leaveOut makes room in the middle. A life has few exhibits; of one that has many the first ones
// stay.
func (s *story) leaveOut() {
	kept := headSteps
	for i := headSteps; i < headSteps+tailSteps; i++ {
		if s.steps[i].Notes.Has(fsm.Exhibit) && kept < headSteps+maxExhibits {
			s.steps[kept] = s.steps[i]
			kept++
		}
	}
	s.left += uint64(headSteps + tailSteps - kept)
	s.steps = slices.Delete(s.steps, kept, headSteps+tailSteps)
}

// find gives the kept step of a frame, nil if it was not kept. What is looked for is mostly recent.
func (s *story) find(frame uint64) *fsm.Step {
	for i := len(s.steps) - 1; i >= 0; i-- {
		if s.steps[i].Frame == frame {
			return &s.steps[i]
		}
	}
	return nil
}

// sentBefore orders steps by time, and by frame where one file has them at the same time.
func sentBefore(s *fsm.Step, t *fsm.Step) bool {
	return s.Time < t.Time || s.Time == t.Time && s.Frame < t.Frame
}

// withLast gives steps, which are the kept ones, and the last segment of each side among them.
func (s *story) withLast(steps []fsm.Step) []fsm.Step {
	for i := range s.last {
		if s.last[i].Frame == 0 || s.find(s.last[i].Frame) != nil {
			continue
		}
		at := len(steps)
		for at > 0 && sentBefore(&s.last[i], &steps[at-1]) {
			at--
		}
		steps = slices.Insert(steps, at, s.last[i])
	}
	return steps
}
