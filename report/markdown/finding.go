package markdown

import (
	"strings"
	"time"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// finding writes one finding; whole with what is the same for all findings of its code.
func (s *Sink) finding(f *report.Finding, whole bool) string {
	d := s.d
	out := d.heading(2, f.ID.String()+" "+d.text(f.Severity)+": "+d.code(f.Code)) +
		d.strong(d.text(f.Title)) + "\n\n" + s.facts(f) + d.text(f.Explanation) + "\n\n"
	if len(f.Evidence) > 0 {
		out += s.diagram(f) + s.evidence(f)
		if f.Filter != "" {
			out += "Wireshark: " + d.code(f.Filter) + "\n\n"
		}
	}
	out += s.list(3, "What else it could be", f.LooksLike)
	if whole {
		out += s.reference(f)
	}
	return out
}

// facts says which connection it is about, when it happened, who caused it, and how sure that is.
func (s *Sink) facts(f *report.Finding) string {
	d := s.d
	out := ""
	if f.Conn != 0 {
		out += d.item("connection: " + d.text(f.Conn.String()) + " " + d.code(f.Initiator.String()) + " → " +
			d.code(f.Responder.String()) + ", Community ID " + d.code(string(f.CommunityID[:])))
	} else if len(f.Conns) > 0 {
		out += d.item("connections: " + d.text(conns(f)))
	}
	if f.Time != 0 {
		out += d.item("when: " + d.text(when(f)))
	}
	out += d.item("cause: " + d.text(present.Cause(f)))
	return paragraph(out + d.item("certainty: "+d.text(present.Certainty(f))))
}

// reference writes what is the same for all findings of a code: why the stack does that, how to
// confirm it, what to do.
func (s *Sink) reference(f *report.Finding) string {
	d := s.d
	out := d.heading(3, "Why")
	if why := present.Why(f); why != "" {
		out += d.text(why) + "\n\n"
	}
	if sources := present.Sources(f); sources != "" {
		out += d.text("Sources: "+sources+".") + "\n\n"
	}
	out += s.list(3, "How to confirm", present.Confirm(f))
	out += s.list(3, "What to do", f.Advice)
	return out + "More: " + d.code("lastack explain "+f.Code) + "\n\n"
}

// list is a list under a heading, nothing when it is empty.
func (s *Sink) list(level int, title string, texts []string) string {
	out := ""
	for _, t := range texts {
		out += s.d.item(s.d.text(t))
	}
	if out == "" {
		return ""
	}
	return s.d.heading(level, title) + paragraph(out)
}

// conns names the connections that a finding is about.
func conns(f *report.Finding) string {
	if f.Conn != 0 {
		return f.Conn.String()
	}
	names := make([]string, len(f.Conns))
	for i, c := range f.Conns {
		names[i] = c.String()
	}
	return strings.Join(names, ", ")
}

// when gives a finding's time: "2026-11-21 12:03:24.704472 UTC, over 10 ms".
func when(f *report.Finding) string {
	s := stamp(f.Time)
	if lasted := time.Duration(f.Until - f.Time); lasted > 0 {
		s += ", over " + human.Duration(lasted)
	}
	return s
}

func stamp(t report.Time) string { return t.Std().Format("2006-01-02 15:04:05.000000 UTC") }

func clock(t report.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().Format("2006-01-02 15:04:05.000")
}
