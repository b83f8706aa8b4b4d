package run

import (
	"cmp"
	"slices"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// Segment implements track.Handler.
func (r *runner) Segment(life uint64, step *fsm.Step) {
	id := report.ConnID(life)
	if r.err != nil || !r.cfg.Select.hasConn(id) {
		return
	}
	r.segment.Conn = id
	r.segment.Fill(step, r.frames.of)
	if r.cfg.Why {
		r.segment.Why = r.decisions.take(step.Frame)
	}
	r.err = r.cfg.Sink.Segment(&r.segment)
}

// Ended implements track.Handler: the findings about a connection go before its record, which names
// them.
func (r *runner) Ended(life *fsm.Life) {
	if r.err != nil {
		return
	}
	all := r.engine.Judge(life)
	if !r.cfg.Live && slices.ContainsFunc(all,
		func(f findings.Finding) bool { return f.Awaits() }) {
		r.wait(life, all)
	} else {
		r.end(life, all)
	}
	for w := r.waiting.released(); w != nil; w = r.waiting.released() {
		r.letGo(w)
	}
	r.relax()
}

// end gives the sink a connection that need not wait, and what is found of it.
func (r *runner) end(life *fsm.Life, all []findings.Finding) {
	ids := r.connection.Findings[:0]
	for i := range all {
		if _, given := r.live.find(&all[i]); given || !all[i].Told() {
			ids = append(ids, r.announce(&all[i], life))
		}
	}
	delete(r.live, life.ID)
	r.close(r.connectionOf(life), ids)
}

// connectionOf fills a connection's record, nil if it is not wanted. It is good until the next
// call.
func (r *runner) connectionOf(life *fsm.Life) *report.Connection {
	if !r.wants.Has(report.Connections) || !r.cfg.Select.hasConn(report.ConnID(life.ID)) {
		return nil
	}
	r.connection.Fill(life, capture.PathName(life.Paths[tcp.Initiator]), r.frames.of)
	if back := life.Paths[tcp.Responder]; back != life.Paths[tcp.Initiator] {
		r.connection.PathBack = cmp.Or(capture.PathName(back), report.PathNone)
	}
	return &r.connection
}

// close gives the sink the record of a connection, if there is one, whose findings have these
// numbers.
func (r *runner) close(c *report.Connection, ids []report.FindingID) {
	if r.err != nil || c == nil {
		return
	}
	c.Findings = ids
	r.err = r.cfg.Sink.Connection(c)
}

// relax lets the tracker leave out what the sink has no room for any more.
func (r *runner) relax() {
	if r.room == nil {
		return
	}
	room := r.room.Room()
	if room == r.left {
		return
	}
	r.left = room
	switch {
	case room == 0:
		r.tracker.Relax(r.pass)
	case !room.Has(report.Segments):
		r.tracker.Relax(nil)
	}
}

// pass takes a life of which there is nothing to say and no room for a record.
func (r *runner) pass(life *plain.Summary) {
	r.ordinary(life)
	closer := life.Tuple.Src
	if life.Closer == tcp.Responder {
		closer = life.Tuple.Dst
	}
	r.room.Passed(report.Passed{Closer: closer.Netip(), TimeWait: report.Time(life.TimeWaitAt),
		Left: report.Time(life.LeavesTimeWaitAt())})
}

// ordinary takes a life of which there is nothing to say.
func (r *runner) ordinary(life *plain.Summary) {
	r.engine.Pass(life)
	delete(r.live, life.ID)
}

// judgeLive reports what is new about a connection that goes on.
func (r *runner) judgeLive(life *fsm.Life) {
	all := r.engine.Judge(life)
	for i := range all {
		id := r.announce(&all[i], life)
		r.live.put(&all[i], id)
	}
}

// announce gives a finding its number and, unless it was given before, gives it to the sink.
func (r *runner) announce(f *findings.Finding, life *fsm.Life) report.FindingID {
	if id, ok := r.live.find(f); ok {
		return id
	}
	id := r.number()
	r.emit(id, f, life)
	return id
}

// number gives the next finding's.
func (r *runner) number() report.FindingID {
	r.total++
	return report.FindingID(r.total)
}

// emit gives a finding to the sink if it is selected. life is nil for one that is not about a
// connection.
func (r *runner) emit(id report.FindingID, f *findings.Finding, life *fsm.Life) {
	if r.selects(f) {
		r.engine.Incidents.Add(f, uint64(id))
		r.finding.Fill(id, f, life, r.frames.of)
		r.err = r.cfg.Sink.Finding(&r.finding)
	}
}

// selects counts a finding and reports whether the sink is to have it.
func (r *runner) selects(f *findings.Finding) bool {
	s := &r.cfg.Select
	if r.err != nil || !s.has(f) || !s.hasCode(f.Code) {
		return false
	}
	r.result.Worst = max(r.result.Worst, f.Severity)
	r.result.Any = true
	if f.Severity < s.MinSeverity {
		r.milder++
		return false
	}
	r.found[f.Code]++
	return true
}

func (s *Selection) hasConn(id report.ConnID) bool { return s.Conn == 0 || s.Conn == id }

// has reports whether a finding is about the selected connection, be it as one of a group.
func (s *Selection) has(f *findings.Finding) bool {
	return s.hasConn(report.ConnID(f.Conn)) || slices.Contains(f.Conns, uint64(s.Conn))
}

func (s *Selection) hasCode(code string) bool {
	return len(s.Codes) == 0 || slices.Contains(s.Codes, code)
}
