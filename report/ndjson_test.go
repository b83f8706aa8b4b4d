package report

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
)

// keeper is a sink that keeps what it is given.
type keeper struct{ got []any }

func (k *keeper) Wants() Kinds                   { return Segments | Connections }
func (k *keeper) Segment(r *Segment) error       { return k.keep(*r) }
func (k *keeper) Connection(r *Connection) error { return k.keep(*r) }
func (k *keeper) Finding(r *Finding) error       { return k.keep(*r) }
func (k *keeper) Incident(r *Incident) error     { return k.keep(*r) }
func (k *keeper) Summary(r *Summary) error       { return k.keep(*r) }

func (k *keeper) keep(r any) error {
	k.got = append(k.got, r)
	return nil
}

// writeSamples gives a sink one record of each type.
func writeSamples(t testing.TB, sink Sink) (want []any) {
	t.Helper()
	s, i, c, f, sum := samples()
	n := sampleIncident()
	for _, err := range []error{sink.Segment(&s), sink.Segment(&i), sink.Finding(&f), sink.Connection(&c), sink.Incident(n), sink.Summary(sum)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return []any{s, i, f, c, *n, *sum}
}

func TestReplayGivesTheSameRecords(t *testing.T) {
	var stored bytes.Buffer
	want := writeSamples(t, NewNDJSON(&stored, true))
	stored.WriteString(`{"type":"from-a-later-version"}` + "\n\n")
	var got keeper
	if err := Replay(&stored, &got); err != nil {
		t.Fatal(err)
	}
	for i := range want {
		if !reflect.DeepEqual(got.got[i], want[i]) {
			t.Errorf("record %d\n got %+v\nwant %+v", i, got.got[i], want[i])
		}
	}
	if len(got.got) != len(want) {
		t.Errorf("%d records, want %d", len(got.got), len(want))
	}
}

func TestReplaySaysWhichLineIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"{}\n{\"type\":":                           "line 2: not a record",
		`{"type":"segment","conn":"X1"}`:           `line 1: "X1" is not the letter C`,
		`{"type":"segment","notes":["no-such"]}`:   `unknown note "no-such"`,
		`{"type":"connection","community_id":"2"}`: "is not a version 1 Community ID",
	} {
		if err := Replay(strings.NewReader(text), new(keeper)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
}

func TestRecordsHaveTheContractsNames(t *testing.T) {
	s, _, c, f, sum := samples()
	for want, got := range map[string]string{
		`{"type":"segment","conn":"C7","frame":17,"file":1,"time":"2026-03-04T12:00:00.000000789Z","from":"initiator",` +
			`"flags":"SEC","seq":4294967295,"ack":0,"len":3,"win":64240,"tsval":999,"tsecr":0,"sender_state":"SYN-SENT",` +
			`"receiver_state":{"before":"TIME-WAIT","after":"TIME-WAIT"},"verdict":"discard","reason":"paws","response":"ack",` +
			`"answered_by":18,"notes":["new-syn","syn-data"],"why":[{"assumption":"first-said","frame":17,"file":1,` +
			`"because":"it \"is\" so","receiver_state":{"before":"LISTEN","after":"SYN-RECEIVED"},"verdict":"accept","reason":"",` +
			`"response":"syn-ack","notes":[]},{"assumption":"answered","because":"time passed",` +
			`"receiver_state":{"before":"TIME-WAIT","after":"TIME-WAIT"},"verdict":"discard","reason":"paws","response":"ack",` +
			`"answered_by":18,"notes":["new-syn","syn-data"]}]}`: line(func(e *encoder) { e.segment(&s) }),
		`{"type":"connection","id":"C7","community_id":"1:U0d0LXG4FJ5HyLrlVBiB78sn8rA=",` +
			`"initiator":{"ip":"192.0.2.1","port":40001,"profile":{"name":"windows","evidence":[],"told":true}},` +
			`"responder":{"ip":"198.51.100.2","port":443,"profile":{"name":"linux","evidence":["SYN options M,S,T,N,W"],` +
			`"told":false}},"direction":"syn-ack","path":"vlan 12","incarnation":2,"first_frame":3,"last_frame":21,"start":"2026-03-04T12:00:00.000000789Z",` +
			`"end":"2026-03-04T12:00:02.500000789Z","opening":"three-way","closing":"simultaneous","closed_by":"both",` +
			`"state":{"initiator":"TIME-WAIT","responder":"CLOSED"},"isn":{"initiator":1000,"responder":4000000000},` +
			`"transitions":[{"side":"initiator","frame":3,"time":"2026-03-04T12:00:00.000000789Z","from":"CLOSED",` +
			`"to":"SYN-SENT","certainty":"observed","cause":"sent SYN"},{"side":"responder","frame":0,` +
			`"time":"2026-03-04T12:00:00.000000790Z","from":"TIME-WAIT","to":"CLOSED","certainty":"timer",` +
			`"cause":"2MSL passed","withdrawn":true}],"segments":{"initiator":5,"responder":4},` +
			`"bytes":{"initiator":300,"responder":5000000000},"retransmitted":{"initiator":1,"responder":0},"rtt":0.012345678,` +
			`"vantage":"responder","findings":["F3","F4"]}`: line(func(e *encoder) { e.connection(&c) }),
	} {
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
	for _, key := range []string{`"type":"finding"`, `"id":"F3"`, `"severity":"error"`, `"confidence":"likely"`, `"blame":"path"`,
		`"conn":"C7"`, `"group":"`, `"role":"a SYN"`, `"until":"2026`, `"looks_like":["that"]`, `"data":{"tries":2,"gave_up":true,`,
		`"icmp":{"type":3,"code":4,"from":"192.0.2.254","mtu":1280}`} {
		if l := line(func(e *encoder) { e.finding(&f) }); !strings.Contains(l, key) {
			t.Errorf("no %s in %s", key, l)
		}
	}
	for _, key := range []string{`"type":"incident"`, `"id":"I2"`, `"where":{"listener":{"ip":"192.0.2.2","port":80},"initiators":["192.0.2.0/24"],"others":3}`,
		`"affected":41,"of":90`, `"shape":"periodic","period":30`, `"common":[{"attribute":"age","value":"125.1 s","failed":41,"passed":0}]`,
		`"findings":["F3","F1"],"more":39`} {
		if l := line(func(e *encoder) { e.incident(sampleIncident()) }); !strings.Contains(l, key) {
			t.Errorf("no %s in %s", key, l)
		}
	}
	for _, key := range []string{`"type":"summary"`, `"tcp_segments":8`, `"skipped":{"arp":1,"udp":2}`, `"truncated":true`} {
		if l := line(func(e *encoder) { e.summary(sum) }); !strings.Contains(l, key) {
			t.Errorf("no %s in %s", key, l)
		}
	}
}

func line(write func(*encoder)) string {
	var e encoder
	write(&e)
	return strings.TrimSpace(string(e.b))
}

func TestAbsentIsAbsent(t *testing.T) {
	var s Segment
	step := sampleStep()
	step.Options, step.AnsweredBy = 0, 0
	s.Fill(step, single)
	got := line(func(e *encoder) { e.segment(&s) })
	life := sampleLife()
	life.Sides[0].ISNKnown, life.Sides[1].ISNKnown, life.RTT = false, false, 0
	var c Connection
	c.Fill(life, "", single)
	got += line(func(e *encoder) { e.connection(&c) })
	for _, key := range []string{"file", "tsval", "tsecr", "answered_by", "icmp", "isn", "rtt", "path"} {
		if strings.Contains(got, `"`+key+`"`) {
			t.Errorf("%s is there: %s", key, got)
		}
	}
}

// A program that reads lists, such as jq with .[], need not ask whether they are there.
func TestListsAreThereWhenEmpty(t *testing.T) {
	var s Segment
	step := sampleStep()
	step.Notes = 0
	s.Fill(step, single)
	life := sampleLife()
	life.Transitions = nil
	var c Connection
	c.Fill(life, "", single)
	var f Finding
	f.Fill(1, &findings.Finding{Rule: new(findings.Rule)}, nil, single)
	got := line(func(e *encoder) { e.segment(&s) }) + line(func(e *encoder) { e.connection(&c) }) +
		line(func(e *encoder) { e.finding(&f) }) + line(func(e *encoder) { e.summary(new(Summary)) })
	for _, key := range []string{"notes", "transitions", "findings", "evidence", "rfc", "kernel", "sysctl", "counter", "advice",
		"looks_like", "files"} {
		if !strings.Contains(got, `"`+key+`":[]`) {
			t.Errorf("no empty list of %s in %s", key, got)
		}
	}
}

// Streams that were stored before lists were written when they are empty lack them.
func TestReplayTakesRecordsWithoutTheirLists(t *testing.T) {
	var got keeper
	stored := `{"type":"finding","id":"F3","code":"sample","title":"a"}` + "\n" + `{"type":"connection","id":"C7","opening":"three-way"}` + "\n"
	if err := Replay(strings.NewReader(stored), &got); err != nil {
		t.Fatal(err)
	}
	f, c := got.got[0].(Finding), got.got[1].(Connection)
	if f.ID != 3 || f.Title != "a" || len(f.Advice)+len(f.LooksLike)+len(f.RFC) != 0 || c.ID != 7 || len(c.Transitions) != 0 {
		t.Errorf("%+v %+v", f, c)
	}
}

// Strings from captures reach a terminal when somebody looks at a stream: nothing in them may
// control it.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", `"\`, "\x00\x1b[31m\x7f", "\u0085\u009b\u2028", "\xff\xfe", "↔ ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var e encoder
		e.quote(s)
		var got string
		if err := json.Unmarshal(e.b, &got); err != nil {
			t.Fatalf("%q gives %s: %v", s, e.b, err)
		}
		if want := string([]rune(s)); got != want {
			t.Errorf("%q comes back as %q", want, got)
		}
		for _, r := range string(e.b) {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Errorf("%q gives %q, with the control character %U", s, e.b, r)
			}
		}
	})
}

func TestScalars(t *testing.T) {
	for s, want := range map[Seconds]string{0: "0", 1: "0.000000001", 12_300_000: "0.0123", 90e9: "90", -1_500_000_000: "-1.5"} {
		b, _ := s.MarshalJSON()
		var back Seconds
		if err := back.UnmarshalJSON(b); string(b) != want || err != nil || back != s {
			t.Errorf("%d ns is %s and back %d (%v), want %s", s, b, back, err, want)
		}
	}
	for _, at := range []Time{0, noon, -1, 1e18} {
		text, _ := at.MarshalText()
		var back Time
		if err := back.UnmarshalText(text); err != nil || back != at {
			t.Errorf("%s comes back as %d, want %d (%v)", text, back, at, err)
		}
		if got := line(func(e *encoder) { e.b = []byte{'{'}; e.time("t", at) }); got != `{"t":"`+string(text)+`"` {
			t.Errorf("written by hand %s, by the library %s", got, text)
		}
	}
}

// Records are written for each segment: that must not cost the garbage collector anything.
func TestNothingIsAllocated(t *testing.T) {
	n := NewNDJSON(io.Discard, true)
	step, life := sampleStep(), sampleLife()
	var s Segment
	var c Connection
	write := func() {
		s.Fill(step, several)
		c.Fill(life, "vlan 12", several)
		if n.Segment(&s) != nil || n.Connection(&c) != nil {
			t.Fatal("cannot write")
		}
	}
	write()
	if allocs := testing.AllocsPerRun(100, write); allocs > 0 {
		t.Errorf("%v allocations for a segment and a connection", allocs)
	}
}

func BenchmarkSegment(b *testing.B) {
	n := NewNDJSON(io.Discard, true)
	step := sampleStep()
	var s Segment
	for b.Loop() {
		s.Fill(step, single)
		_ = n.Segment(&s)
	}
}

func BenchmarkConnection(b *testing.B) {
	n := NewNDJSON(io.Discard, true)
	life := sampleLife()
	var c Connection
	for b.Loop() {
		c.Fill(life, "", single)
		_ = n.Connection(&c)
	}
}
