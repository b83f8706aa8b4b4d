package present

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
)

// Counts are numbers of findings by severity.
type Counts [findings.Error + 1]uint64

// Without gives the counts less others.
func (c Counts) Without(others Counts) Counts {
	for s := range c {
		c[s] -= others[s]
	}
	return c
}

// Verdict says in a few words how it went. scope names the flags that restricted the run, "" for
// none.
func Verdict(c Counts, r *report.Summary, scope string) string {
	var parts []string
	for s := len(c) - 1; s >= 0; s-- {
		if c[s] > 0 {
			parts = append(parts, CountOf(c[s], findings.Severity(s)))
		}
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ") + "."
	case r.TCPSegments+r.ICMPErrors == 0:
		return "No TCP found."
	case scope != "":
		return "Nothing found with " + scope + "."
	}
	return "Nothing wrong found."
}

// CountOf gives a number of findings of a severity: "2 warnings".
func CountOf(n uint64, s findings.Severity) string {
	if s == findings.Info {
		return human.Number(n) + " info"
	}
	return human.Count(n, s.String())
}

// LookedAt says what was analyzed.
func LookedAt(r *report.Summary) string {
	s := fmt.Sprintf("Looked at %s, %s", human.Count(r.Packets, "packet"), human.Count(r.TCPSegments, "TCP segment"))
	if r.ICMPErrors > 0 {
		s += ", " + human.Count(r.ICMPErrors, "ICMP error")
	}
	s += ", " + human.Count(r.Connections, "connection")
	if r.CaptureStart == 0 {
		return s + "."
	}
	from, until := r.CaptureStart.Std(), r.CaptureEnd.Std()
	return s + fmt.Sprintf(", from %s for %s.", from.Format("2006-01-02 15:04:05 UTC"), human.Duration(until.Sub(from)))
}

// Limits says what was left out of the analysis.
func Limits(r *report.Summary) []string {
	var out []string
	if len(r.Skipped) > 0 {
		out = append(out, "Skipped: "+strings.Join(skips(r.Skipped), ", ")+".")
	}
	if unread := UnreadLinks(r); unread != "" {
		out = append(out, unread)
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

// UnreadLinks says which packets were not looked at because of their link type, and what to do; ""
// if there are none.
func UnreadLinks(r *report.Summary) string {
	n := r.Skipped[capture.SkipLinkType.String()]
	if n == 0 {
		return ""
	}
	var numbers []string
	for i := range r.Files {
		for _, in := range r.Files[i].Interfaces {
			number, unknown := strings.CutPrefix(in.Link, capture.UnknownLinkPrefix)
			if unknown && in.Packets > 0 && !slices.Contains(numbers, number) {
				numbers = append(numbers, number)
			}
		}
	}
	which := "one inside PKTAP"
	if len(numbers) > 0 {
		which = strings.Join(numbers, ", ")
	}
	return "Not looked at: " + human.Count(n, "packet") + " of a link type that lastack does not read (" + which +
		"; https://www.tcpdump.org/linktypes.html says what it is). " +
		"Record with another: tcpdump -L -i IFACE lists what an interface has, -y picks one."
}

func skips(m map[string]uint64) []string {
	names := slices.Sorted(maps.Keys(m))
	var out []string
	for _, name := range names {
		out = append(out, human.Number(m[name])+" "+name)
	}
	return out
}

// Unread says how much is missing of an input that has an error. Of several, one may not have been
// read at all.
func Unread(r *report.Summary, f *report.File) string {
	if len(r.Files) > 1 && f.Format == "" {
		return "Not read:"
	}
	return "Not read to its end:"
}

// Losses says what an input's capture program lost.
func Losses(f *report.File) []string {
	var out []string
	for i := range f.Interfaces {
		in := &f.Interfaces[i]
		c := in.Counts
		if c == nil || f.Format != "live" && c.Dropped+c.IfDropped == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%s: %s received, %s dropped by the kernel, %s by the interface.",
			interfaceName(f, in), human.Count(c.Received, "packet"), human.Number(c.Dropped), human.Number(c.IfDropped)))
	}
	return out
}

func interfaceName(f *report.File, in *report.Interface) string {
	if in.Name != "" {
		return "Interface " + in.Name
	}
	return f.Name
}
