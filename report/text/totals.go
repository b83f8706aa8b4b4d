package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
)

// writeTotals writes what was found in how much, and everything that limits what it is worth.
func (t *Sink) writeTotals(r *report.Summary) {
	p := t.page
	p.paragraph(bold, 0, t.verdict(r)+" "+lookedAt(r))
	if n := t.hidden(); n > 0 {
		p.paragraph(plain, 0, human.Count(n, "milder finding")+" not shown: --severity info shows all.")
	}
	for _, l := range limits(r) {
		p.paragraph(plain, 0, l)
	}
	for _, f := range r.Files {
		t.writeFileLimits(&f)
	}
}

// verdict says in a few words how it went.
func (t *Sink) verdict(r *report.Summary) string {
	var parts []string
	for s := findings.Error; s >= t.opt.MinSeverity && s <= findings.Error; s-- {
		if n := t.found[s]; n > 0 {
			parts = append(parts, countOf(n, s))
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ") + "."
	case r.TCPSegments == 0:
		return "No TCP found."
	case t.opt.Scope != "":
		return "Nothing found with " + t.opt.Scope + "."
	}
	return "Nothing wrong found."
}

func countOf(n uint64, s findings.Severity) string {
	if s == findings.Info {
		return human.Number(n) + " info"
	}
	return human.Count(n, s.String())
}

// hidden counts the findings that are too mild to be shown.
func (t *Sink) hidden() uint64 {
	n := uint64(0)
	for _, of := range t.found[:t.opt.MinSeverity] {
		n += of
	}
	return n
}

// lookedAt says what was analyzed.
func lookedAt(r *report.Summary) string {
	s := fmt.Sprintf("Looked at %s, %s, %s", human.Count(r.Packets, "packet"), human.Count(r.TCPSegments, "TCP segment"),
		human.Count(r.Connections, "connection"))
	if r.CaptureStart == 0 {
		return s + "."
	}
	from, until := r.CaptureStart.Std(), r.CaptureEnd.Std()
	return s + fmt.Sprintf(", from %s for %s.", from.Format("2006-01-02 15:04:05 UTC"), human.Duration(until.Sub(from)))
}

// limits says what was left out of the analysis.
func limits(r *report.Summary) []string {
	var out []string
	if len(r.Skipped) > 0 {
		out = append(out, "Skipped: "+strings.Join(skips(r.Skipped), ", ")+".")
	}
	if r.Filtered > 0 {
		out = append(out, "Left out by the filter: "+human.Count(r.Filtered, "packet")+".")
	}
	if r.Duplicates > 0 {
		out = append(out, "Recorded more than once and left out: "+human.Count(r.Duplicates, "packet")+".")
	}
	if r.StrayICMP > 0 {
		out = append(out, human.Count(r.StrayICMP, "ICMP error")+" about connections that are not in the capture.")
	}
	if r.Evicted > 0 {
		out = append(out, human.Count(r.Evicted, "idle connection")+
			" reported early to make room: raise --max-connections to follow them to their end.")
	}
	if r.Interrupted {
		out = append(out, "Interrupted: this is what was read until then.")
	}
	return out
}

func skips(m map[string]uint64) []string {
	names := slices.Sorted(maps.Keys(m))
	var out []string
	for _, name := range names {
		out = append(out, human.Number(m[name])+" "+name)
	}
	return out
}

// writeFileLimits says what is wrong with an input, and what its capture program lost.
func (t *Sink) writeFileLimits(f *report.File) {
	if f.Error != "" {
		t.page.paragraph(yellow, 0, "Truncated: "+f.Error)
	}
	for _, in := range f.Interfaces {
		c := in.Counts
		if c == nil || f.Format != "live" && c.Dropped+c.IfDropped == 0 {
			continue
		}
		t.page.paragraph(plain, 0, fmt.Sprintf("%s: %s received, %s dropped by the kernel, %s by the interface.",
			interfaceName(f, &in), human.Count(c.Received, "packet"), human.Number(c.Dropped), human.Number(c.IfDropped)))
	}
}

func interfaceName(f *report.File, in *report.Interface) string {
	if in.Name != "" {
		return "Interface " + in.Name
	}
	return f.Name
}
