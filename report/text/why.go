package text

import (
	"fmt"
	"io"
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
	"github.com/lastack/lastack/tcp"
)

// WriteWhy says what a segment's receiver did with it, and by which decisions lastack came to that.
func WriteWhy(w io.Writer, o Options, c *report.Connection, s *report.Segment) error {
	p := newPage(w, &o)
	p.put(bold, c.ID.String())
	p.put(plain, fmt.Sprintf(" %s → %s", c.Initiator, c.Responder))
	p.newline()
	l := present.NewLadder(c.Initiator.Endpoint, c.Responder.Endpoint, c.ISN)
	l.Add(&s.Event, s.Time, "")
	p.draw(l.Spelled())
	p.heading("What its receiver did with it")
	p.paragraph(plain, indent, sentence(c, s))
	p.heading("How lastack came to that")
	column := 0
	for i := range s.Why {
		column = max(column, length(when(&s.Why[i])))
	}
	for i := range s.Why {
		d := &s.Why[i]
		said := told(d)
		if i > 0 && said == told(&s.Why[i-1]) {
			said = "no other verdict"
		}
		p.item(faint, when(d), indent, column+2, fmt.Sprintf("%s: %s (%s).", said, d.Because, d.Assumption))
	}
	return p.err
}

// when says which segment, or what else, brought a decision about.
func when(d *report.Decision) string {
	if d.Frame == 0 {
		return "as time passed"
	}
	return fmt.Sprintf("frame %d", d.Frame)
}

// told says what a decision makes of a segment.
func told(d *report.Decision) string {
	e := report.Event{Verdict: d.Verdict, Reason: d.Reason}
	said := present.Outcome(&e)
	if said == "" {
		said = d.Verdict
	}
	if d.Response != tcp.RespondNone.String() {
		said += ", answer " + d.Response
	}
	if d.AnsweredBy != 0 {
		said += fmt.Sprintf(" in frame %d", d.AnsweredBy)
	}
	for name := range d.Notes.All {
		if name == "lost" || name == "crossed" {
			said += ", " + name
		}
	}
	return said
}

// sentence says what the receiver did, as lastack takes it in the end.
func sentence(c *report.Connection, s *report.Segment) string {
	receiver := fmt.Sprintf("the responder, %s,", c.Responder)
	if s.From == tcp.Responder.String() {
		receiver = fmt.Sprintf("the initiator, %s,", c.Initiator)
	}
	parts := []string{fmt.Sprintf("In state %s %s made of it: %s", s.ReceiverState.Before, receiver, s.Verdict)}
	if s.Reason != "" {
		parts = append(parts, "reason "+s.Reason)
	}
	if s.ReceiverState.After != s.ReceiverState.Before {
		parts = append(parts, "and went to "+s.ReceiverState.After)
	}
	switch {
	case s.AnsweredBy != 0:
		parts = append(parts, fmt.Sprintf("answered with %s in frame %d", s.Response, s.AnsweredBy))
	case s.Response != tcp.RespondNone.String():
		parts = append(parts, fmt.Sprintf("which calls for %s", s.Response))
	}
	return strings.Join(parts, ", ") + "."
}
