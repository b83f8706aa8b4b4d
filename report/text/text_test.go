package text

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"unicode"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/rendertest"
	"github.com/lastack/lastack/tcp"
)

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	rendertest.Golden(t, name+".golden", got)
}

// noon is 2026-03-04 12:00 UTC.
const noon = report.Time(1772625600e9)

func endpoint(addrPort string) report.Endpoint {
	ap := netip.MustParseAddrPort(addrPort)
	return report.Endpoint{IP: ap.Addr(), Port: ap.Port()}
}

// host makes an end of a connection with what it runs.
func host(addrPort string, p report.Profile) report.Host {
	return report.Host{Endpoint: endpoint(addrPort), Profile: p}
}

// segment makes an accepted segment between two established sides.
func segment(frame uint64, at report.Time, from tcp.Side, flags string, seq, ack tcp.Seq, length uint32) report.Event {
	return report.Event{Frame: frame, Time: noon + at, From: from.String(), Flags: flags, Seq: seq, Ack: ack, Len: length, Win: 64240,
		SenderState: "ESTABLISHED", ReceiverState: report.Change{Before: "ESTABLISHED", After: "ESTABLISHED"}, Verdict: "accept"}
}

// refused makes a segment that its receiver discards.
func refused(e report.Event, reason string) report.Event {
	e.Verdict, e.Reason = "discard", reason
	return e
}

// challenge is a finding about a reset that was refused.
func challenge(id report.FindingID, conn report.ConnID, at report.Time) *report.Finding {
	return &report.Finding{
		ID: id, Code: "sample-reset", Severity: "warning", Confidence: "certain", Blame: "unknown", Conn: conn,
		Initiator: endpoint("192.0.2.1:40001"), Responder: endpoint("198.51.100.2:443"),
		ISN:   report.ISNs{Initiator: report.Some[tcp.Seq](1000), Responder: report.Some[tcp.Seq](4294967290)},
		Title: "192.0.2.1:40001 refused a reset and challenged it", Explanation: "The client received a reset that was not exact.",
		Time: noon + at, Until: noon + at + 14_000,
		Evidence: []report.Evidence{
			{Event: refused(segment(8, at, tcp.Responder, "R", 2194, 0, 0), "rst-not-exact"), Role: "the reset"},
			{Event: segment(9, at+14_000, tcp.Initiator, "A", 1301, 1194, 0), Role: "challenge ACK"},
		},
		RFC: []string{"RFC 5961 section 3"}, Kernel: []string{"tcp_validate_incoming"}, Advice: []string{"Find who sent it."},
	}
}

// unsure is a finding with an ICMP error and look-alikes, between hosts with long addresses.
func unsure() *report.Finding {
	e := segment(3, 2e9, tcp.Initiator, "", 1000, 0, 0)
	e.SenderState, e.ReceiverState = "CLOSED", report.Change{Before: "LISTEN", After: "LISTEN"}
	e.ICMP = &report.ICMP{Type: 1, Code: 1, From: netip.MustParseAddr("2001:db8:ffff::1")}
	syn := segment(1, 0, tcp.Initiator, "S", 1000, 0, 0)
	syn.SenderState, syn.ReceiverState = "SYN-SENT", report.Change{Before: "LISTEN", After: "LISTEN"}
	syn.Verdict, syn.Reason = "unknown", "not-captured"
	return &report.Finding{
		ID: 2, Code: "sample-unreachable", Severity: "error", Confidence: "likely", Blame: "path", Conn: 2,
		Initiator:   endpoint("[2001:db8:1111:2222:3333:4444:5555:6666]:50000"),
		Responder:   endpoint("[2001:db8:9999:8888:7777:6666:5555:4444]:443"),
		Title:       "The network refused the connection",
		Explanation: "A router answered the request with an error, and the client gave up at once.",
		Time:        noon, Until: noon + 2e9, LooksLike: []string{"a host that answers for another"},
		Evidence: []report.Evidence{{Event: syn, Role: "the request"}, {Event: e, Role: "the error"}},
	}
}

func info(id report.FindingID) *report.Finding {
	return &report.Finding{ID: id, Code: "sample-info", Severity: "info", Confidence: "certain", Blame: "unknown", Conn: 1,
		Initiator: endpoint("192.0.2.1:1"), Responder: endpoint("192.0.2.2:2"), Title: "Half closed", Explanation: "It went on."}
}

func summary() *report.Summary {
	return &report.Summary{Packets: 1234, TCPSegments: 1200, Connections: 40, CaptureStart: noon, CaptureEnd: noon + 90e9}
}

func connection() *report.Connection {
	return &report.Connection{
		ID: 1, Initiator: host("192.0.2.1:40001", report.Profile{Name: "windows", Told: true}),
		Responder: host("198.51.100.2:443", report.Profile{Name: "linux", Evidence: []string{"SYN,ACK options M,S,T,N,W", "initial TTL 64"}}),
		Direction: "port", Incarnation: 2,
		FirstFrame: 1, LastFrame: 9, Start: noon, End: noon + 5e9, Opening: "three-way", Closing: "four-segment",
		ClosedBy: "responder", State: report.Pair[string]{Initiator: "CLOSED", Responder: "TIME-WAIT"},
		ISN:      report.ISNs{Initiator: report.Some[tcp.Seq](1000), Responder: report.Some[tcp.Seq](4294967290)},
		Segments: report.Pair[uint64]{Initiator: 5, Responder: 4}, Bytes: report.Pair[uint64]{Initiator: 300, Responder: 4096000},
		Retransmitted: report.Pair[uint64]{Responder: 1}, RTT: 12_300_000, Vantage: "initiator", Path: "vlan 12",
		Findings: []report.FindingID{1, 2},
	}
}

// render gives what a sink with the options writes of a stream.
func render(t *testing.T, o Options, records ...any) string {
	t.Helper()
	var out bytes.Buffer
	sink := New(&out, o)
	for _, r := range records {
		var err error
		switch r := r.(type) {
		case *report.Segment:
			err = sink.Segment(r)
		case *report.Connection:
			err = sink.Connection(r)
		case *report.Finding:
			err = sink.Finding(r)
		case *report.Summary:
			err = sink.Summary(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestFindings(t *testing.T) {
	o := Options{MinSeverity: findings.Notice, MaxFindings: 2, Command: "lastack analyze in.pcap"}
	records := []any{challenge(1, 1, 3e9), unsure(), info(3), challenge(4, 4, 1e9), challenge(5, 5, 2e9), challenge(6, 6, 4e9)}
	s := summary()
	s.Skipped, s.Filtered, s.Duplicates, s.StrayICMP = map[string]uint64{"udp": 1200, "arp": 3}, 1, 2, 1
	s.Evicted, s.Interrupted = 7, true
	s.Files = []report.File{{Name: "in.pcap", Error: "in.pcap: at byte 4711: the file ends inside a record",
		Interfaces: []report.Interface{{Name: "eth0", Counts: &report.Counts{Received: 10, Dropped: 3}}}}}
	golden(t, "findings", render(t, o, append(records, s)...))
	o.ASCII = true
	golden(t, "findings-ascii", render(t, o, append(records, s)...))
}

func TestNothingWrong(t *testing.T) {
	o := Options{MinSeverity: findings.Notice}
	golden(t, "nothing", render(t, o, info(1), summary()))
	golden(t, "no-tcp", render(t, o, &report.Summary{Packets: 3, Skipped: map[string]uint64{"udp": 3}}))
	o.Scope = "--conn C3"
	golden(t, "nothing-selected", render(t, o, summary()))
}

func TestConnections(t *testing.T) {
	golden(t, "connections", render(t, Options{Connections: true}, connection(), challenge(1, 1, 0), summary()))
}

func TestWholeLadder(t *testing.T) {
	syn := segment(1, 0, tcp.Initiator, "S", 1000, 0, 0)
	syn.SenderState, syn.ReceiverState = "SYN-SENT", report.Change{Before: "LISTEN", After: "SYN-RECEIVED"}
	repeated := segment(3, 300e6, tcp.Responder, "PA", 4294967291, 1001, 1460)
	repeated.Verdict, repeated.Reason, repeated.Notes = "duplicate", "old-data", 3
	closed := segment(4, 400e6, tcp.Initiator, "A", 1001, 1460, 0)
	closed.Win = 0
	var records []any
	for _, e := range []report.Event{syn, segment(2, 100e6, tcp.Responder, "PA", 4294967291, 1001, 1460), repeated, closed} {
		records = append(records, &report.Segment{Conn: 1, Event: e})
	}
	golden(t, "ladder", render(t, Options{Ladder: true}, append(records, connection(), summary())...))
	golden(t, "ladder-narrow", render(t, Options{Ladder: true, Width: 70}, append(records, connection(), summary())...))
}

func TestMidStreamNumbersAreRelativeToTheFirstSeen(t *testing.T) {
	f := challenge(1, 1, 0)
	f.ISN = report.ISNs{}
	if got := render(t, Options{}, f, summary()); !strings.Contains(got, "RST seq 0 ") || !strings.Contains(got, "ACK seq 0 ack -1000") {
		t.Errorf("want numbers relative to the first seen:\n%s", got)
	}
}

func TestImmediateFindingsDoNotWait(t *testing.T) {
	got := render(t, Options{Immediate: true}, challenge(1, 1, 0))
	if !strings.HasPrefix(got, "WARNING F1 sample-reset\n") {
		t.Errorf("the finding was not written at once: %q", got)
	}
}

func TestColorOnlyWhenAsked(t *testing.T) {
	for _, color := range []bool{false, true} {
		got := render(t, Options{Color: color}, challenge(1, 1, 0), summary())
		if strings.Contains(got, "\x1b[") != color {
			t.Errorf("with Color %v: %q", color, got)
		}
	}
}

func TestHostileStringsCannotDriveATerminal(t *testing.T) {
	const hostile = "a\x1b]0;owned\x07b\u202ec\x00\xff\u009b1m\r"
	f := challenge(1, 1, 0)
	f.Title, f.Explanation, f.Evidence[0].Role, f.Advice = hostile, hostile, hostile, []string{hostile}
	c := connection()
	c.Path = hostile
	s := summary()
	s.Files = []report.File{{Name: hostile, Format: "live", Error: hostile,
		Interfaces: []report.Interface{{Name: hostile, Counts: &report.Counts{}}}}}
	for _, r := range render(t, Options{Connections: true}, c, f, s) {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("the character %U reached the output", r)
		}
	}
}

func TestExplain(t *testing.T) {
	rule := &findings.Rule{
		Code: "sample-code", Title: "A sample", Group: findings.GroupOpening, Severity: findings.Warning, Since: "0.1",
		Summary: "never", What: "Nothing happened.", Why: "Because.", Confirm: []string{"nstat -az", "ss -tn"},
		Do: []string{"Rest."}, RFC: []string{"RFC 9293 section 3.5"}, Kernel: []string{"tcp_v4_rcv"},
	}
	var out bytes.Buffer
	if err := WriteRule(&out, Options{Width: 60}, rule); err != nil {
		t.Fatal(err)
	}
	golden(t, "rule", out.String())
	out.Reset()
	other := *rule
	other.Code, other.Group = "other", findings.GroupClosing
	if err := WriteCatalogue(&out, Options{Width: 60}, []*findings.Rule{rule, &other}); err != nil {
		t.Fatal(err)
	}
	golden(t, "catalogue", out.String())
}
