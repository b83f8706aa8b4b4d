package markdown

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// maxEvidence is how many segments a table lists: rules name a few, but a stored stream may hold
// anything.
const maxEvidence = 24

// evidence is the table of the segments that prove a finding, and how to see them in Wireshark.
func (s *Sink) evidence(f *report.Finding) string {
	d := s.d
	l := present.EvidenceLadder(f).Spelled()
	var rows [][]string
	for i := range f.Evidence[:min(len(f.Evidence), maxEvidence)] {
		e, r := &f.Evidence[i], &l.Rungs[i]
		rows = append(rows, []string{frame(&e.Event), d.text(e.Time.Std().Format("15:04:05.000000")), d.text(r.Since()),
			d.text(e.From), d.text(r.Label()), d.text(r.States[0]), d.text(r.States[1]), d.text(outcome(&e.Event)), d.text(e.Role)})
	}
	out := d.table([]string{"frame", "time (UTC)", "seconds", "from", "segment", "initiator's state", "responder's state",
		"what its receiver did", "what it is"}, rows)
	if left := len(f.Evidence) - len(rows); left > 0 {
		out += d.text("and "+human.Count(uint64(left), "more segment")+".") + "\n\n"
	}
	if filter := wireshark(f); filter != "" {
		out += "In Wireshark: " + d.code(filter) + "\n\n"
	}
	return out
}

// frame names a segment's frame, and its file if there are several.
func frame(e *report.Event) string {
	if e.File.Known {
		return fmt.Sprintf("%d (file %d)", e.Frame, e.File.Value+1)
	}
	return fmt.Sprint(e.Frame)
}

// outcome says what became of a segment. Of an ICMP error there is nothing to say.
func outcome(e *report.Event) string {
	if e.ICMP != nil {
		return ""
	}
	if o := present.Outcome(e); o != "" {
		return o
	}
	return e.Verdict
}

// maxFilter is how many frames a display filter names.
const maxFilter = 12

// wireshark gives a display filter for the evidence. With several inputs frames are numbered over
// all of them, which Wireshark cannot know.
func wireshark(f *report.Finding) string {
	var parts []string
	for i := range f.Evidence[:min(len(f.Evidence), maxFilter)] {
		e := &f.Evidence[i]
		if e.File.Known {
			return ""
		}
		parts = append(parts, fmt.Sprintf("frame.number == %d", e.Frame))
	}
	return strings.Join(parts, " or ")
}
