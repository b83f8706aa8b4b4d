package run

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/text"
	"github.com/lastack/lastack/tcp"
)

// recordings are the captures of real kernels that the project has.
func recordings(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../../testdata/lab/*/*/*/*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings found (%v)", err)
	}
	return files
}

// few gives one in ten of the files in a short run of the tests, else all.
func few(files []string) []string {
	if !testing.Short() {
		return files
	}
	var some []string
	for i := 0; i < len(files); i += 10 {
		some = append(some, files[i])
	}
	return some
}

// analyze runs files into a sink.
func analyze(t testing.TB, sink report.Sink, selection Selection, files ...string) Result {
	t.Helper()
	source, err := capture.OpenFiles(files, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	return runOver(t, source, sink, selection)
}

// runOver runs over a source, between Linux hosts.
func runOver(t testing.TB, source capture.Source, sink report.Sink, selection Selection) Result {
	t.Helper()
	hosts := fsm.Hosts{Default: fsm.LinuxDefaults()}
	result, err := Run(context.Background(), Config{Source: source, Track: track.Config{Hosts: hosts},
		Findings: findings.Config{Hosts: hosts}, Sink: sink, Select: selection})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// stream is what a sink was given, in order.
type stream struct {
	records []any
	fail    error // what to answer
}

func (s *stream) Wants() report.Kinds                   { return report.Segments | report.Connections }
func (s *stream) Segment(r *report.Segment) error       { return s.keep(r.Clone()) }
func (s *stream) Connection(r *report.Connection) error { return s.keep(r.Clone()) }
func (s *stream) Finding(r *report.Finding) error       { return s.keep(r.Clone()) }
func (s *stream) Incident(r *report.Incident) error     { return s.keep(r.Clone()) }
func (s *stream) Summary(r *report.Summary) error       { return s.keep(r) }

func (s *stream) keep(r any) error {
	s.records = append(s.records, r)
	return s.fail
}

// of gives the records of one type.
func of[T any](s *stream) []*T {
	var all []*T
	for _, r := range s.records {
		if r, ok := r.(*T); ok {
			all = append(all, r)
		}
	}
	return all
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("lastack.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("lastack.json")
}

// Every recording's stream is in order, follows the schema, and is worth as much as the capture
// when it was stored.
func TestStreamsOfRealCaptures(t *testing.T) {
	valid := schema(t)
	for _, file := range few(recordings(t)) {
		var records stream
		var stored, direct bytes.Buffer
		o := text.Options{Connections: true, Command: "lastack"}
		all := report.Multi{&records, report.NewNDJSON(&stored, true), text.New(&direct, o)}
		result := analyze(t, all, Selection{}, file)
		checkOrder(t, file, &records, result)
		checkSchema(t, file, valid, stored.String())
		checkReplay(t, file, &stored, direct.String(), o)
	}
}

func checkSchema(t *testing.T, file string, valid *jsonschema.Schema, ndjson string) {
	t.Helper()
	for record := range strings.Lines(ndjson) {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(record))
		if err == nil {
			err = valid.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %s%v", file, record, err)
		}
	}
}

// checkReplay holds the text that is made of a stored stream against the one made of the capture.
func checkReplay(t *testing.T, file string, stored io.Reader, direct string, o text.Options) {
	t.Helper()
	var again bytes.Buffer
	if err := report.Replay(stored, text.New(&again, o)); err != nil {
		t.Errorf("%s: %v", file, err)
	}
	if direct != again.String() {
		t.Errorf("%s\n direct:\n%s\n again:\n%s", file, direct, again.String())
	}
}

func checkOrder(t *testing.T, file string, s *stream, result Result) {
	t.Helper()
	if _, ok := s.records[len(s.records)-1].(*report.Summary); !ok || len(of[report.Summary](s)) != 1 {
		t.Errorf("%s: the summary is not the last record", file)
	}
	seen := make(map[report.FindingID]bool)
	last := uint64(0)
	for _, r := range s.records {
		switch r := r.(type) {
		case *report.Segment:
			if r.Frame <= last {
				t.Errorf("%s: segment of frame %d after frame %d", file, r.Frame, last)
			}
			last = r.Frame
		case *report.Finding:
			seen[r.ID] = true
			if r.ID != report.FindingID(len(seen)) {
				t.Errorf("%s: finding %d is called %s", file, len(seen), r.ID)
			}
		case *report.Connection:
			for _, id := range r.Findings {
				if !seen[id] {
					t.Errorf("%s: %s names %s, which comes later", file, r.ID, id)
				}
			}
		}
	}
	if got, want := len(of[report.Connection](s)), int(result.Summary.Connections); got != want {
		t.Errorf("%s: %d connection records, the summary says %d", file, got, want)
	}
}

const rejected = "../../testdata/lab/stories/time-wait-syn-rejected/both-older-ipv4-near/initiator.pcap"

func TestSelection(t *testing.T) {
	var all, second, code, mild stream
	whole := analyze(t, &all, Selection{}, rejected)
	analyze(t, &second, Selection{Conn: 2}, rejected)
	analyze(t, &code, Selection{Codes: []string{"half-close"}}, rejected)
	errorsOnly := analyze(t, &mild, Selection{MinSeverity: findings.Error}, rejected)

	if len(of[report.Connection](&all)) != 2 || !whole.Any || whole.Worst != findings.Error {
		t.Fatalf("the capture is not what this test was written for: %+v", whole)
	}
	for _, r := range of[report.Segment](&second) {
		if r.Conn != 2 {
			t.Errorf("a segment of %s was not selected", r.Conn)
		}
	}
	if c := of[report.Connection](&second); len(c) != 1 || c[0].ID != 2 || len(of[report.Segment](&second)) == 0 {
		t.Errorf("want connection C2 and its segments, got %v", c)
	}
	if len(of[report.Finding](&code)) != 0 {
		t.Error("a finding of another code was not left out")
	}
	if len(of[report.Finding](&mild)) == 0 || errorsOnly.Worst != findings.Error {
		t.Error("an error was left out")
	}
}

func TestSeveralFilesAreToldApart(t *testing.T) {
	var s stream
	result := analyze(t, &s, Selection{}, rejected, rejected, rejected)
	if len(result.Summary.Files) != 3 {
		t.Fatalf("%d files, want 3", len(result.Summary.Files))
	}
	per := uint64(result.Summary.Files[0].Packets)
	for _, r := range of[report.Segment](&s) {
		if want := uint16((r.Frame - 1) / per); !r.File.Known || r.File.Value != want {
			t.Errorf("frame %d is from file %v, want %d", r.Frame, r.File, want)
		}
	}
}

// connected gives n data segments of one healthy connection, in batches.
type connected struct {
	left    int
	seq     tcp.Seq
	stats   capture.Stats
	stopped func()
	end     error
}

const batchLen = 64

func (c *connected) Next(b *capture.Batch) error {
	b.Segments = b.Segments[:0]
	if c.left == 0 {
		return c.end
	}
	if c.stopped != nil {
		c.stopped()
	}
	for range batchLen {
		c.seq += 100
		c.stats.Packets++
		b.Segments = append(b.Segments, tcp.Segment{
			Time: int64(c.stats.Packets) * 1e6, Frame: c.stats.Packets,
			Src: tcp.AddrFrom(netip.MustParseAddr("192.0.2.1")), Dst: tcp.AddrFrom(netip.MustParseAddr("192.0.2.2")),
			SrcPort: 40000, DstPort: 80, Seq: c.seq, Ack: 1, Flags: tcp.ACK, Window: 1000, Len: 100,
		})
	}
	c.left--
	return nil
}

func (c *connected) Stats() capture.Stats {
	c.stats.Files = []capture.FileStats{{Name: "made", Packets: c.stats.Packets}}
	return c.stats
}

func (c *connected) Close() error { return nil }

func TestNothingIsAllocatedForAPacket(t *testing.T) {
	run := func(batches int) float64 {
		return testing.AllocsPerRun(3, func() {
			source := &connected{left: batches, end: io.EOF}
			if _, err := Run(context.Background(), Config{Source: source, Sink: report.NewNDJSON(io.Discard, false)}); err != nil {
				t.Fatal(err)
			}
		})
	}
	short, long := run(10), run(1000)
	if more := long - short; more > batchLen {
		t.Errorf("%d more packets cost %v more allocations", 990*batchLen, more)
	}
}

func TestInterruptedRunReportsWhatItRead(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var s stream
	result, err := Run(ctx, Config{Source: &connected{left: 5, stopped: cancel, end: io.EOF}, Sink: &s})
	if err != nil || !errors.Is(result.ReadError, context.Canceled) {
		t.Fatalf("error %v, read error %v", err, result.ReadError)
	}
	sum := of[report.Summary](&s)
	if len(sum) != 1 || !sum[0].Interrupted || !sum[0].Truncated || sum[0].TCPSegments != batchLen {
		t.Errorf("summary %+v", sum)
	}
}

func TestStoppingALiveRunIsItsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	result, err := Run(ctx, Config{Source: &connected{left: 5, stopped: cancel, end: io.EOF}, Sink: new(stream), Live: true})
	if err != nil || result.ReadError != nil || result.Summary.Truncated {
		t.Errorf("error %v, result %+v", err, result)
	}
}

func TestUnreadableInputIsReported(t *testing.T) {
	bad := &capture.ReadError{File: "made", Reason: "broken"}
	var s stream
	result, err := Run(context.Background(), Config{Source: &connected{left: 1, end: bad}, Sink: &s})
	if err != nil || !errors.Is(result.ReadError, bad) || !result.Summary.Truncated || result.Summary.Interrupted {
		t.Errorf("error %v, result %+v", err, result)
	}
}

func TestSinkErrorEndsTheRun(t *testing.T) {
	full := errors.New("disk full")
	s := stream{fail: full}
	source := &connected{left: 5, end: io.EOF}
	if _, err := Run(context.Background(), Config{Source: source, Sink: &s}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if len(s.records) != 1 {
		t.Errorf("%d records were given to a sink that had failed", len(s.records)-1)
	}
}

func TestLiveFindingsAreReportedOnce(t *testing.T) {
	var s stream
	r := newRunner(Config{Source: new(connected), Sink: &s, Live: true})
	life := &fsm.Life{ID: 1, MidStream: true, EndedBy: fsm.NotEnded, First: fsm.Mark{Frame: 1, Time: 1}}
	r.judgeLive(life)
	r.judgeLive(life)
	first := len(of[report.Finding](&s))
	life.EndedBy = fsm.EndOfCapture
	r.Ended(life)
	ids := of[report.Connection](&s)[0].Findings
	if first == 0 {
		t.Fatal("a connection that begins mid-stream gives no finding")
	}
	if all := len(of[report.Finding](&s)); all != len(ids) || first > all || len(slices.Compact(ids)) != all {
		t.Errorf("%d findings at first, %d in all, and the connection names %v", first, all, ids)
	}
	if len(r.live) != 0 {
		t.Error("a connection that ended is remembered")
	}
}

// TestEveryPacketIsCounted: each is a TCP segment, an ICMP error, or skipped for a reason.
func TestEveryPacketIsCounted(t *testing.T) {
	icmp := uint64(0)
	for i, name := range recordings(t) {
		if i%11 != 0 && !strings.Contains(name, "open-unreachable") {
			continue
		}
		sink := newEverything()
		runInto(t, name, nil, &sink)
		s := &sink.summary
		sum := s.TCPSegments + s.ICMPErrors + s.Filtered
		for _, n := range s.Skipped {
			sum += n
		}
		if sum != s.Packets {
			t.Errorf("%s: %d packets, %d TCP segments, %d ICMP errors, %v skipped", name, s.Packets, s.TCPSegments, s.ICMPErrors, s.Skipped)
		}
		icmp += s.ICMPErrors
	}
	if icmp == 0 {
		t.Error("no ICMP error is in the recordings")
	}
}
