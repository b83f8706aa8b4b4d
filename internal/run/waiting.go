package run

import (
	"slices"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/report"
)

// maxWaiting bounds how many connections wait for what becomes of a group. The one that waits
// longest makes room.
const maxWaiting = 2048

// waiting are connections that have ended and whose findings a group may tell, in the order in
// which they ended: one cause is to be one finding, and it is not known at the first of many that
// it is one of many. The record of a connection, which names its findings, waits with them.
type waiting struct{ queue []waiter }

// waiter is one such connection.
type waiter struct {
	findings   []findings.Finding
	records    []*report.Finding  // of them, without their numbers
	connection *report.Connection // nil if it is not wanted
}

// wait keeps a connection and what is found of it.
func (r *runner) wait(life *fsm.Life, all []findings.Finding) {
	w := waiter{findings: all, connection: r.connectionOf(life)}
	if w.connection != nil {
		w.connection = w.connection.Clone()
	}
	for i := range all {
		record := new(report.Finding)
		record.Fill(0, &all[i], life, r.frames.of)
		w.records = append(w.records, record)
		all[i].Evidence = nil // the record has it
	}
	r.waiting.queue = append(r.waiting.queue, w)
}

// released gives the connection that waits longest, if its fate is known or it has to make room;
// nil if not.
func (w *waiting) released() *waiter {
	if len(w.queue) == 0 {
		return nil
	}
	first := w.queue[0]
	if len(w.queue) <= maxWaiting && slices.ContainsFunc(first.findings,
		func(f findings.Finding) bool { return f.Awaits() }) {
		return nil
	}
	w.queue[0] = waiter{}
	w.queue = w.queue[1:]
	return &first
}

// letGo gives the sink a connection that has waited. What a group tells by now is left out.
func (r *runner) letGo(w *waiter) {
	var ids []report.FindingID
	for i := range w.findings {
		f := &w.findings[i]
		if f.Told() {
			continue
		}
		ids = append(ids, r.number())
		if w.records[i].ID = ids[len(ids)-1]; r.selects(f) {
			r.engine.Incidents.Add(f, uint64(w.records[i].ID))
			r.err = r.cfg.Sink.Finding(w.records[i])
		}
	}
	r.close(w.connection, ids)
}

// letAllGo gives the sink what still waits when it is known which groups there are.
func (r *runner) letAllGo() {
	for i := range r.waiting.queue {
		r.letGo(&r.waiting.queue[i])
	}
	r.waiting.queue = nil
}
