package markdown

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

// document puts the ticket together: verdict, table of findings, the findings worst first as far as
// they fit, and what the capture was.
func (s *Sink) document(r *report.Summary) string {
	all := s.tally.All()
	head := s.head(r) + s.overview(all)
	tail := s.tail(r)
	room := s.limit - len(head) - len(tail)
	return head + s.details(all, room) + tail
}

func (s *Sink) head(r *report.Summary) string {
	d := s.d
	return d.heading(1, "TCP findings") +
		d.strong(d.text(present.Verdict(s.tally.Found, r, s.opt.Scope))) + " " + d.text(present.LookedAt(r)) + "\n\n"
}

// maxRows is how many findings the table lists. Beyond it nobody reads on, and the details do not
// fit.
const maxRows = 60

// overview is the table of findings by severity, and what it leaves out.
func (s *Sink) overview(all []present.Ranked) string {
	if len(all) == 0 {
		return ""
	}
	d := s.d
	var rows [][]string
	for _, f := range all[:min(len(all), maxRows)] {
		rows = append(rows, []string{d.text(f.Severity), f.ID.String(), d.code(f.Code), d.text(f.Title), d.text(conns(f.Finding)),
			d.text(clock(f.Time))})
	}
	out := d.table([]string{"severity", "finding", "code", "what happened", "connection", "when (UTC)"}, rows)
	if left := len(all) - len(rows); left > 0 {
		out += d.text(fmt.Sprintf("and %s that this table has no room for.", human.Count(uint64(left), "finding"))) + "\n\n"
	}
	return out + s.more(all)
}

// more says how many findings of each code were left out, and how to list them.
func (s *Sink) more(all []present.Ranked) string {
	out, told := "", make(map[string]bool)
	for _, f := range all {
		more := s.tally.More(f.Code)
		if more == 0 || told[f.Code] {
			continue
		}
		told[f.Code] = true
		out += s.d.item(fmt.Sprintf("and %s more like %s: %s", human.Number(more), s.d.code(f.Code), s.d.code(present.Listing(s.opt.Command, f.Code))))
	}
	return paragraph(out)
}

// details writes out the findings, as many as fit.
func (s *Sink) details(all []present.Ranked, room int) string {
	var out strings.Builder
	told := make(map[string]bool)
	for i, f := range all {
		section := s.finding(f.Finding, !told[f.Code])
		if out.Len()+len(section) > room-maxNotice {
			out.WriteString(s.noRoom(all[i:]))
			break
		}
		told[f.Code] = true
		out.WriteString(section)
	}
	return out.String()
}

// maxNotice is what noRoom may take.
const maxNotice = 600

// noRoom says which findings have no section because trackers limit what a ticket may have.
func (s *Sink) noRoom(left []present.Ranked) string {
	d := s.d
	text := fmt.Sprintf("%s more would make this longer than trackers take (%s characters).",
		human.Count(uint64(len(left)), "finding"), human.Number(uint64(s.limit)))
	return d.heading(2, "Left out") + d.text(text) + " All of them: " + d.code(present.ListingAll(s.opt.Command)) + "\n\n"
}

// tail says what was analyzed, what limits that, and how to read this.
func (s *Sink) tail(r *report.Summary) string {
	d := s.d
	out := ""
	for i := range r.Files {
		out += d.item(s.fileLine(r, &r.Files[i]))
	}
	limits := present.Limits(r)
	if n := s.tally.Milder + r.Milder; n > 0 {
		limits = append(limits, human.Count(n, "milder finding")+" not shown: --severity info shows all.")
	}
	for _, l := range limits {
		out += d.item(d.text(l))
	}
	out += d.item(d.text(how) + " " + d.text("Written by "+s.opt.Generator+"."))
	return d.heading(2, "About this analysis") + clip(out, maxTail)
}

const how = "Frames are numbered as Wireshark does, sequence numbers are relative to the connection's beginning, and states are " +
	"those after the segment. ✗ is a segment that arrived and that its receiver discarded."

// maxTail bounds what a run over many files says about them.
const maxTail = 8000

// clip leaves out whole lines at the end of s until it is at most limit long.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:strings.LastIndexByte(s[:limit], '\n')+1]
}

// fileLine describes an input.
func (s *Sink) fileLine(r *report.Summary, f *report.File) string {
	d := s.d
	out := d.code(f.Name) + ": " + human.Count(f.Packets, "packet")
	if f.Start != 0 {
		out += d.text(", " + stamp(f.Start) + " to " + stamp(f.End))
	}
	if f.Error != "" {
		out += d.text(". "+present.Unread(r, f)) + " " + d.code(f.Error)
	}
	for _, l := range present.Losses(f) {
		out += ". " + d.text(l)
	}
	return out
}

// paragraph ends a list, if there is one.
func paragraph(s string) string {
	if s == "" {
		return ""
	}
	return s + "\n"
}
