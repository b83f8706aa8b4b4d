package run

import (
	"slices"

	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/report"
)

// decisions are what was decided about segments that have not been given to the sink yet.
type decisions struct {
	of    map[uint64][]report.Decision // by the segment's place in the order of capture
	given uint64                       // the place of the segment that was given last
}

// decided takes a change of what was said of a segment. A segment is kept in several places, each
// of which is changed: the same decision again is the same one.
func (r *runner) decided(d *infer.Decision) {
	if d.Frame <= r.decisions.given || !r.cfg.Select.hasConn(report.ConnID(d.Life)) {
		return // its record has been written: what is found out later only findings know
	}
	next := r.decision(d)
	all := r.decisions.of[d.Frame]
	if n := len(all); n > 0 && all[n-1] == next {
		return
	}
	if r.decisions.of == nil {
		r.decisions.of = make(map[uint64][]report.Decision)
	}
	r.decisions.of[d.Frame] = append(all, next)
}

// decision makes a record of a decision.
func (r *runner) decision(d *infer.Decision) report.Decision {
	var said report.Event
	said.Fill(&d.After, r.frames.of)
	frame, file := r.frames.of(d.By)
	return report.Decision{Assumption: d.Assumption.String(), Frame: frame, File: file,
		Because: d.Assumption.Because(), ReceiverState: said.ReceiverState, Verdict: said.Verdict,
		Reason: said.Reason, Response: said.Response, AnsweredBy: said.AnsweredBy,
		Notes: said.Notes}
}

// take gives what was decided about the segment that is given to the sink now.
func (d *decisions) take(place uint64) []report.Decision {
	d.given = max(d.given, place)
	all := d.of[place]
	delete(d.of, place)
	return slices.Clip(all)
}
