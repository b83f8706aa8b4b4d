package markdown

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/rendertest"
)

var options = Options{MinSeverity: findings.Notice, Command: "lastack analyze incident.pcap", Generator: "lastack 0.1.0"}

// rendered gives what a sink with the options writes of a stored stream.
func rendered(t *testing.T, o Options, stream string) string {
	t.Helper()
	return rendertest.Replay(t, stream, func(w io.Writer) report.Sink { return New(w, o) })
}

func TestTickets(t *testing.T) {
	for _, stream := range []string{"refused", "leak", "overflow", "rebooted", "clean"} {
		rendertest.Golden(t, stream+".md", rendered(t, options, stream))
	}
	o := options
	o.Diagram = Text
	rendertest.Golden(t, "refused-text.md", rendered(t, o, "refused"))
	o.Jira = true
	rendertest.Golden(t, "refused.jira", rendered(t, o, "refused"))
}

// finding makes a finding whose strings are all s.
func finding(id report.FindingID, s string) *report.Finding {
	ip := netip.MustParseAddr("192.0.2.1")
	e := report.Event{Frame: 3, From: "initiator", Flags: "R", SenderState: s, ReceiverState: report.Change{After: s},
		Verdict: "discard", Reason: s}
	return &report.Finding{ID: id, Code: s, Severity: "error", Confidence: s, Blame: s, Conn: 1,
		Initiator: report.Endpoint{IP: ip, Port: 1}, Responder: report.Endpoint{IP: ip, Port: 2}, Title: s, Explanation: s,
		Evidence: []report.Evidence{{Event: e, Role: s}},
		RFC:      []string{s}, Kernel: []string{s}, Advice: []string{s}, LooksLike: []string{s}}
}

// render gives the ticket of findings in a file called name.
func render(t *testing.T, o Options, name string, all ...*report.Finding) string {
	t.Helper()
	var out bytes.Buffer
	s := New(&out, o)
	for _, f := range all {
		if err := s.Finding(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Summary(&report.Summary{Files: []report.File{{Name: name, Error: name}}}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// No string of a stream becomes markup.
func TestHostileStrings(t *testing.T) {
	const hostile = "# <img src=x onerror=alert(1)> ```\n``` {noformat} " +
		"[a](http://evil) @team | *b* _c_ www.evil ![x](y) h1. \x1b[31m\u202e;end"
	md := render(t, options, hostile, finding(1, hostile))
	for _, markup := range []string{"<img", "](http:", "@team", "www.evil", "\x1b", "\u202e", "![x", "\n# <", " *b*"} {
		if outside := withoutCode(md); strings.Contains(outside, markup) {
			t.Errorf("the ticket has %q outside of code:\n%s", markup, outside)
		}
	}
	o := options
	o.Jira = true
	jira := render(t, o, hostile, finding(1, hostile))
	for _, markup := range []string{"<img", "@team", "|http", "\x1b", "\u202e", " *b*", "[a]"} {
		if outside := withoutNoformat(jira); strings.Contains(outside, markup) {
			t.Errorf("the ticket has %q outside of a block:\n%s", markup, outside)
		}
	}
}

// withoutCode takes fenced blocks and code spans out, by the rules of CommonMark: what opens with n
// backticks ends with n.
func withoutCode(md string) string {
	var out strings.Builder
	for len(md) > 0 {
		if md[0] == '\\' && len(md) > 1 {
			out.WriteString(md[:2])
			md = md[2:]
			continue
		}
		if md[0] != '`' {
			out.WriteByte(md[0])
			md = md[1:]
			continue
		}
		fence := md[:len(md)-len(strings.TrimLeft(md, "`"))]
		_, rest, _ := strings.Cut(md[len(fence):], fence)
		md = rest
	}
	return out.String()
}

func withoutNoformat(jira string) string {
	parts := strings.Split(jira, "{noformat}")
	var out strings.Builder
	for i := 0; i < len(parts); i += 2 {
		out.WriteString(parts[i])
	}
	return out.String()
}

// A ticket fits where tickets go, however much was found, and says what it left out.
func TestSizeIsBounded(t *testing.T) {
	var all []*report.Finding
	for i := range 500 {
		f := finding(report.FindingID(i+1), strings.Repeat("word ", 40))
		f.Code = fmt.Sprintf("code-%d", i%5)
		all = append(all, f)
	}
	for _, o := range []Options{options, {Jira: true, Command: "lastack x"}, {MaxFindings: 3, Command: "lastack x"}} {
		got := render(t, o, "in.pcap", all...)
		limit := 65_536
		if o.Jira {
			limit = 32_767
		}
		if len(got) > limit {
			t.Errorf("%d bytes, more than %d", len(got), limit)
		}
		if o.MaxFindings == 0 && !strings.Contains(got, "would make this longer than trackers take") {
			t.Error("what was left out is not said")
		}
		if o.MaxFindings > 0 && !strings.Contains(got, "and 97 more like `code-0`: `lastack x --code code-0 --max-findings 0`") {
			t.Errorf("the more like it are not said:\n%s", got)
		}
	}
}
