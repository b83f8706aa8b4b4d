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
	items := s.tally.Items(s.opt.MaxFindings == 0)
	head := s.head(r) + s.overview(items)
	tail := s.tail(r)
	room := s.limit - len(head) - len(tail)
	return head + s.details(items, room) + tail
}

func (s *Sink) head(r *report.Summary) string {
	d := s.d
	return d.heading(1, "TCP findings") +
		d.strong(d.text(s.tally.Verdict(r, s.opt.Scope))) + " " + d.text(present.LookedAt(r)) + "\n\n"
}

// maxRows is how many incidents and findings the table lists. Beyond it nobody reads on, and the details do not
// fit.
const maxRows = 60

// overview is the table of incidents and single findings by severity, and what it leaves out.
func (s *Sink) overview(items []present.Item) string {
	if len(items) == 0 {
		return ""
	}
	d := s.d
	var rows [][]string
	for _, item := range items[:min(len(items), maxRows)] {
		if i := item.Incident; i != nil {
			rows = append(rows, []string{d.text(i.Severity), i.ID.String(), d.code(i.Code), d.text(i.Title),
				d.text(human.Count(i.Affected, "connection")), d.text(clock(i.Since))})
			continue
		}
		f := item.Findings[0]
		rows = append(rows, []string{d.text(f.Severity), f.ID.String(), d.code(f.Code), d.text(f.Title), d.text(conns(f.Finding)),
			d.text(clock(f.Time))})
	}
	out := d.table([]string{"severity", "finding", "code", "what happened", "connection", "when (UTC)"}, rows)
	if left := len(items) - len(rows); left > 0 {
		out += d.text(fmt.Sprintf("and %s that this table has no room for.", human.Count(uint64(left), "finding"))) + "\n\n"
	}
	return out + s.more(items)
}

// more says how many findings of each code were left out, and how to list them.
func (s *Sink) more(items []present.Item) string {
	out, told := "", make(map[string]bool)
	for _, f := range listed(items) {
		more := s.tally.More(f.Code)
		if more == 0 || told[f.Code] {
			continue
		}
		told[f.Code] = true
		out += s.d.item(fmt.Sprintf("and %s more like %s: %s", human.Number(more), s.d.code(f.Code), s.d.code(present.Listing(s.opt.Command, f.Code))))
	}
	return paragraph(out)
}

// listed gives the findings of some items.
func listed(items []present.Item) (all []present.Ranked) {
	for _, item := range items {
		all = append(all, item.Findings...)
	}
	return all
}

// details writes out the incidents and findings, as many as fit.
func (s *Sink) details(items []present.Item, room int) string {
	var out strings.Builder
	told := make(map[string]bool)
	for i, item := range items {
		section := ""
		if item.Incident != nil {
			section = s.incident(item.Incident)
		}
		for _, f := range item.Findings {
			section += s.finding(f.Finding, !told[f.Code])
			told[f.Code] = true
		}
		if out.Len()+len(section) > room-maxNotice {
			out.WriteString(s.noRoom(listed(items[i:])))
			break
		}
		out.WriteString(section)
	}
	return out.String()
}

// incident writes an incident. Its worst finding follows it, as an example.
func (s *Sink) incident(i *report.Incident) string {
	d := s.d
	out := d.heading(2, "Incident "+i.ID.String()+" "+d.text(i.Severity)+": "+d.code(i.Code)) + d.strong(d.text(i.Title)) + "\n\n"
	for _, fact := range present.AboutIncident(i) {
		out += d.item(d.text(fact))
	}
	return out + d.item("findings: "+d.text(present.Members(i))) + "\n" + d.text(i.Explanation) + "\n\n"
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
