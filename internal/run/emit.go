package run

import (
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
	r.segment.Fill(step, r.files.of(step.Frame))
	r.err = r.cfg.Sink.Segment(&r.segment)
}

// Ended implements track.Handler: the findings about a connection go before its record, which names them.
func (r *runner) Ended(life *fsm.Life) {
	if r.err != nil {
		return
	}
	all := r.engine.Judge(life)
	ids := r.connection.Findings[:0]
	for i := range all {
		ids = append(ids, r.announce(&all[i], life))
	}
	delete(r.live, life.ID)
	if r.err != nil || !r.wants.Has(report.Connections) || !r.cfg.Select.hasConn(report.ConnID(life.ID)) {
		return
	}
	r.connection.Fill(life, capture.PathName(life.Tuple.Path))
	r.connection.Findings = ids
	r.err = r.cfg.Sink.Connection(&r.connection)
	r.relax()
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
		Left: report.Time(life.TimeWaitAt + int64(fsm.TimeWaitLen))})
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
	r.total++
	id := report.FindingID(r.total)
	r.emit(id, f, life)
	return id
}

// emit gives a finding to the sink if it is selected. life is nil for one that is not about a connection.
func (r *runner) emit(id report.FindingID, f *findings.Finding, life *fsm.Life) {
	s := &r.cfg.Select
	if r.err != nil || !s.hasConn(report.ConnID(f.Conn)) || !s.hasCode(f.Code) {
		return
	}
	r.result.Worst = max(r.result.Worst, f.Severity)
	r.result.Any = true
	if f.Severity < s.MinSeverity {
		r.milder++
		return
	}
	r.found[f.Code]++
	r.finding.Fill(id, f, life, r.files.of)
	r.err = r.cfg.Sink.Finding(&r.finding)
}

func (s *Selection) hasConn(id report.ConnID) bool { return s.Conn == 0 || s.Conn == id }

func (s *Selection) hasCode(code string) bool {
	return len(s.Codes) == 0 || slices.Contains(s.Codes, code)
}
