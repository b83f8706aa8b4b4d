package html

import (
	"bytes"
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/rendertest"
)

var options = Options{MinSeverity: findings.Notice, Command: "lastack analyze incident.pcap", Generator: "lastack 0.1.0"}

// rendered gives the page of a stored stream.
func rendered(t *testing.T, stream string) string {
	t.Helper()
	return rendertest.Replay(t, stream, func(w io.Writer) report.Sink { return New(w, options) })
}

const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'--><!-- ` + "\u2028\x00\xff"

// hostilePage has hostile strings wherever a stream has strings.
func hostilePage(t *testing.T) string {
	t.Helper()
	ip := netip.MustParseAddr("192.0.2.1")
	end := report.Endpoint{IP: ip, Port: 1}
	e := report.Event{Frame: 1, From: "initiator", Flags: hostile, SenderState: hostile, Verdict: "discard", Reason: hostile,
		ReceiverState: report.Change{Before: hostile, After: hostile}}
	var out bytes.Buffer
	s := New(&out, options)
	for _, err := range []error{
		s.Segment(&report.Segment{Conn: 1, Event: e}),
		s.Finding(&report.Finding{ID: 1, Code: hostile, Severity: "error", Confidence: hostile, Blame: hostile, Conn: 1, Initiator: end,
			Responder: end, Title: hostile, Explanation: hostile, Evidence: []report.Evidence{{Event: e, Role: hostile}},
			Advice: []string{hostile}, LooksLike: []string{hostile}, RFC: []string{hostile}}),
		s.Connection(&report.Connection{ID: 1, Initiator: report.Host{Endpoint: end}, Responder: report.Host{Endpoint: end}, Opening: hostile, Closing: hostile,
			State: report.Pair[string]{Initiator: hostile, Responder: hostile}, Findings: []report.FindingID{1},
			Transitions: []report.Transition{{Side: "initiator", Frame: 1, To: hostile, Cause: hostile}}}),
		s.Summary(&report.Summary{Files: []report.File{{Name: hostile, Error: hostile}}, Connections: 1}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestHostileStringsAreNoMarkup(t *testing.T) {
	got := hostilePage(t)
	if n := strings.Count(got, "<script"); n != 2 { // the data and the page's own
		t.Errorf("%d scripts", n)
	}
	for _, markup := range []string{"<img", "alert(1)</script>", "--><!--"} {
		if strings.Contains(got, markup) {
			t.Errorf("the page has %q", markup)
		}
	}
}

// Nothing in the page comes from elsewhere, and nothing runs that the policy does not know.
func TestPageIsSelfContained(t *testing.T) {
	got := rendered(t, "refused")
	for _, want := range []string{"default-src &#39;none&#39;", "script-src &#39;sha256-", "style-src &#39;sha256-"} {
		if !strings.Contains(got, want) && !strings.Contains(got, strings.ReplaceAll(want, "&#39;", "'")) {
			t.Errorf("the policy lacks %s", want)
		}
	}
	for _, remote := range []string{"<link", "@import", "url(http", " src=", "fetch(", " style=", " onclick=", " onload="} {
		if strings.Contains(got, remote) {
			t.Errorf("the page has %q", remote)
		}
	}
	if again := rendered(t, "refused"); again != got {
		t.Error("the same stream gives another page")
	}
}

// A page stays small enough to be sent, whatever the capture has, and says what it left out.
func TestSizeIsBounded(t *testing.T) {
	var out bytes.Buffer
	s := New(&out, options)
	const connections = 150_000
	c := &report.Connection{Initiator: report.Host{Endpoint: report.Endpoint{IP: netip.MustParseAddr("192.0.2.1")}},
		Responder: report.Host{Endpoint: report.Endpoint{IP: netip.MustParseAddr("192.0.2.2"), Port: 80}}, State: report.Pair[string]{Initiator: "TIME-WAIT", Responder: "CLOSED"}}
	for range 10 {
		c.Transitions = append(c.Transitions, report.Transition{Side: "initiator", To: "ESTABLISHED", Certainty: "observed"})
	}
	for i := range connections {
		c.ID, c.Findings = report.ConnID(i+1), nil
		for range 3 {
			if err := s.Segment(&report.Segment{Conn: c.ID, Event: report.Event{Frame: uint64(i), From: "initiator"}}); err != nil {
				t.Fatal(err)
			}
		}
		if i == connections-1 {
			c.Findings = []report.FindingID{1}
		}
		if err := s.Connection(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Summary(&report.Summary{Connections: connections}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 24<<20 {
		t.Errorf("%d bytes", out.Len())
	}
	_, page, _ := strings.Cut(out.String(), `id="data">`)
	page, _, _ = strings.Cut(page, "</script>")
	var data struct {
		Connections []json.RawMessage
		Left        uint64
	}
	if err := json.Unmarshal([]byte(page), &data); err != nil {
		t.Fatal(err)
	}
	rows, left := data.Connections, data.Left
	if left == 0 || uint64(len(rows))+left != connections {
		t.Errorf("%d connections and %d left out", len(rows), left)
	}
	if last := rows[len(rows)-1]; !bytes.HasPrefix(last, []byte("[150000,")) {
		t.Errorf("the connection with a finding was left out: the last one is %.20s", last)
	}
}

func TestReelKeepsBeginningAndEnd(t *testing.T) {
	var k reel
	for i := range 500 {
		k.add(&report.Event{Frame: uint64(i)})
	}
	all := k.events()
	if len(all) != maxHead+maxTail || k.skipped != 500-maxHead-maxTail {
		t.Fatalf("%d kept, %d skipped", len(all), k.skipped)
	}
	for i, e := range all {
		want := uint64(i)
		if i >= maxHead {
			want += k.skipped
		}
		if e.Frame != want {
			t.Fatalf("event %d is frame %d, want %d", i, e.Frame, want)
		}
	}
}

func TestPopulation(t *testing.T) {
	var p population
	ip := func(s string) report.Host { return report.Host{Endpoint: report.Endpoint{IP: netip.MustParseAddr(s)}} }
	for i := range 150 {
		at := report.Time(i * 10)
		p.add(&report.Connection{Initiator: ip("192.0.2.1"), Responder: ip("192.0.2.2"), Transitions: []report.Transition{
			{Side: "responder", Time: at, From: "FIN-WAIT-2", To: "TIME-WAIT"},
			{Side: "responder", Time: at + 1200, From: "TIME-WAIT", To: "CLOSED"}}})
	}
	c := p.chart(0, 3000)
	if c == nil || c.Holder != "192.0.2.2" || c.Most < 119 || c.Most > 121 || c.Points[len(c.Points)-1] != 0 {
		t.Errorf("%+v", c)
	}
	if c := new(population).chart(0, 1); c != nil {
		t.Errorf("%+v of nothing", c)
	}
}
