package findings

import (
	"slices"

	"github.com/lastack/lastack/fsm"
)

// maxEvidence is how many segments a finding shows; those that prove it come first, so they are the
// ones that stay.
const maxEvidence = 16

// span is a run of frames, both ends included.
type span struct{ from, to uint64 }

func (s span) has(frame uint64) bool { return s.from <= frame && frame <= s.to }

// draft is a finding before absorption.
type draft struct {
	Finding
	triggers []uint64 // the frames that made it fire; without any, its evidence
	claims   []span   // the frames that it explains besides its evidence
	carry    span     // the same for the next life of the four-tuple
}

// trigger adds a segment that made the rule fire.
func (d *draft) trigger(s *fsm.Step, role string) {
	if s == nil {
		return
	}
	d.triggers = append(d.triggers, s.Frame)
	d.context(s, role)
}

// context adds a segment that makes the story whole.
func (d *draft) context(s *fsm.Step, role string) {
	if s == nil || len(d.Evidence) == maxEvidence || d.shows(s.Frame) {
		return
	}
	d.Evidence = append(d.Evidence, Evidence{Step: *s, Role: role})
}

// claim says that the frames of one life from a to b are explained by this finding.
func (d *draft) claim(a, b uint64) { d.claims = append(d.claims, span{a, b}) }

// between sets the time that the finding spans.
func (d *draft) between(from, until int64) { d.Time, d.Until = from, until }

// unsure lowers the confidence and says what else would look the same: the rule's look-alikes, or
// those given.
func (d *draft) unsure(c Confidence, instead ...string) {
	d.Confidence = min(d.Confidence, c)
	if len(instead) == 0 {
		instead = d.Rule.LooksLike
	}
	for _, l := range instead {
		if !slices.Contains(d.LooksLike, l) {
			d.LooksLike = append(d.LooksLike, l)
		}
	}
}

func (d *draft) shows(frame uint64) bool {
	return slices.ContainsFunc(d.Evidence, func(e Evidence) bool { return e.Frame == frame })
}

// explains reports whether frame is among the finding's evidence or claims.
func (d *draft) explains(frame uint64) bool {
	return slices.ContainsFunc(d.claims, func(s span) bool { return s.has(frame) }) || d.shows(frame)
}

// causes reports whether other is only a symptom of d.
func (d *draft) causes(other *draft) bool {
	return slices.Contains(d.Rule.Absorbs, other.Code) && other.allTriggers(d.explains)
}

// allTriggers reports whether ok holds for all the frames that made d fire; a finding without any
// is nobody's symptom.
func (d *draft) allTriggers(ok func(uint64) bool) bool {
	frames := d.triggers
	if len(frames) == 0 {
		for i := range d.Evidence {
			frames = append(frames, d.Evidence[i].Frame)
		}
	}
	return len(frames) > 0 && !slices.ContainsFunc(frames, func(f uint64) bool { return !ok(f) })
}

// take makes the segments that made an absorbed symptom fire part of the cause's evidence.
func (d *draft) take(symptom *draft) {
	for i := range symptom.Evidence {
		if e := &symptom.Evidence[i]; slices.Contains(symptom.triggers, e.Frame) {
			d.context(&e.Step, e.Role)
		}
	}
}

// claimTo claims the frames from a to a step and to the frame that answered it.
func (d *draft) claimTo(a uint64, last *fsm.Step) { d.claim(a, max(last.Frame, last.AnsweredBy)) }

// carryUntil lets the finding explain, in the next life too, what happened from the first refused
// SYN to the accepted one.
func (d *draft) carryUntil(c *Case, syn *fsm.Step) {
	if c.Next.Known {
		d.carry = span{syn.Frame, max(c.Next.SYN.Frame, c.Next.FirstSYN.Frame)}
	}
}
