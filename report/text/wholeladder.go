package text

import (
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// maxLadder bounds what is kept of a connection for its ladder. Nobody reads more, and NDJSON has
// them all.
const maxLadder = 100_000

// wholeLadder keeps a connection and its segments until all of them are there.
type wholeLadder struct {
	connection *report.Connection
	events     []report.Event
	more       uint64
}

func (w *wholeLadder) add(r *report.Segment) {
	if len(w.events) == maxLadder {
		w.more++
		return
	}
	w.events = append(w.events, r.Event)
}

// writeWholeLadder draws all segments of a connection, if one was asked for and seen.
func (t *Sink) writeWholeLadder() {
	w := &t.whole
	if w.connection == nil {
		return
	}
	t.writeConnection(w.connection)
	l := present.NewLadder(w.connection.Initiator.Endpoint, w.connection.Responder.Endpoint, w.connection.ISN)
	for i := range w.events {
		l.Add(&w.events[i], w.events[0].Time, "")
	}
	t.page.newline()
	t.page.draw(l)
	if w.more > 0 {
		t.page.line(bold, "and %s:", human.Count(w.more, "more segment"))
		t.page.line(plain, "  %s --segments --format ndjson", t.opt.Command)
	}
	t.page.newline()
}
