package redact_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/redact"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/internal/sysctl"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/ecs"
	"github.com/lastack/lastack/report/pcapng"
	"github.com/lastack/lastack/report/text"
	"github.com/lastack/lastack/report/zeek"
)

// found is a sink that keeps what the findings are, without their text, and all addresses.
type found struct {
	lines []string
	addrs map[netip.Addr]bool
}

func (f *found) Wants() report.Kinds           { return report.Connections }
func (f *found) Segment(*report.Segment) error { return nil }
func (f *found) Summary(*report.Summary) error { return nil }

func (f *found) Incident(r *report.Incident) error {
	for _, p := range r.Where.Initiators {
		f.addrs[p.Addr()] = true
	}
	f.lines = append(f.lines, fmt.Sprint(r.ID, r.Code, r.Affected, r.Of, r.Shape, r.Findings))
	return nil
}

func (f *found) Connection(r *report.Connection) error {
	f.addrs[r.Initiator.IP], f.addrs[r.Responder.IP] = true, true
	return nil
}

func (f *found) Finding(r *report.Finding) error {
	line := fmt.Sprint(r.ID, r.Code, r.Severity, r.Confidence, r.Blame, r.Conn)
	for _, e := range r.Evidence {
		line += fmt.Sprint(" ", e.Frame, e.Role)
		if e.ICMP != nil {
			f.addrs[e.ICMP.From] = true
		}
	}
	f.lines = append(f.lines, line)
	return nil
}

// analyze runs one file, as it is or redacted by r.
func analyze(t *testing.T, name string, hosts fsm.Hosts, r *redact.Redactor, sink report.Sink) {
	t.Helper()
	source, err := capture.OpenFiles([]string{name}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if r != nil {
		source, hosts = r.Source(source), r.Hosts(hosts)
	}
	_, err = run.Run(context.Background(), run.Config{Source: source, Track: track.Config{Hosts: hosts},
		Findings: findings.Config{Hosts: hosts}, Sink: sink})
	if err != nil {
		t.Fatal(err)
	}
}

// outputs are what is written of one run.
type outputs struct{ text, ndjson, pcapng, zeek, ecs bytes.Buffer }

// all gives the outputs by name.
func (o *outputs) all() map[string][]byte {
	return map[string][]byte{"text": o.text.Bytes(), "ndjson": o.ndjson.Bytes(), "pcapng": o.pcapng.Bytes(), "zeek": o.zeek.Bytes(),
		"ecs": o.ecs.Bytes()}
}

func (o *outputs) sink(blocks capture.Blocks) report.Sink {
	return report.Multi{text.New(&o.text, text.Options{Connections: true}), report.NewNDJSON(&o.ndjson, true),
		pcapng.New(&o.pcapng, blocks, pcapng.Options{Scope: pcapng.All}), zeek.New(&o.zeek), ecs.New(&o.ecs, "")}
}

// recordings gives the directories of the recordings, all of them unless the test is to be short.
func recordings(t *testing.T) []string {
	t.Helper()
	dirs, err := lab.Find("../../testdata/lab")
	if err != nil || len(dirs) == 0 {
		t.Fatal("no recordings", err)
	}
	if testing.Short() {
		dirs = slices.DeleteFunc(dirs, func(d string) bool { return len(d)%7 != 0 })
	}
	return dirs
}

// TestRecordings redacts all recordings. A redacted capture gives the same findings as the
// original, with the same text as the redacted run, and no output has an address or a name of the
// original.
func TestRecordings(t *testing.T) {
	for _, dir := range recordings(t) {
		t.Run(strings.TrimPrefix(dir, "../../testdata/lab/"), func(t *testing.T) {
			t.Parallel()
			recording, err := lab.ReadRecording(dir)
			if err != nil {
				t.Fatal(err)
			}
			var settings sysctl.Settings
			for _, s := range recording.Meta.Sysctl {
				if err := settings.Add(s); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range recording.Meta.Captures {
				checkRedacted(t, filepath.Join(dir, name), settings.Hosts())
			}
		})
	}
}

func checkRedacted(t *testing.T, name string, hosts fsm.Hosts) {
	r := redact.New([redact.KeySize]byte{7, 8, 9}, -1000*time.Hour)
	var redacted, again outputs
	analyze(t, name, hosts, r, redacted.sink(r.Blocks(capture.BlocksOf([]string{name}))))

	copied := filepath.Join(t.TempDir(), "redacted.pcapng")
	if err := os.WriteFile(copied, redacted.pcapng.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	original, reread := &found{addrs: make(map[netip.Addr]bool)}, &found{addrs: make(map[netip.Addr]bool)}
	analyze(t, name, hosts, nil, original)
	analyze(t, copied, r.Hosts(hosts), nil, report.Multi{reread, again.sink(capture.BlocksOf(nil))})

	if !slices.Equal(original.lines, reread.lines) {
		t.Errorf("%s: findings\n%s\nwant\n%s", name, strings.Join(reread.lines, "\n"), strings.Join(original.lines, "\n"))
	}
	if a, b := records(&redacted.ndjson), records(&again.ndjson); a != b {
		t.Errorf("%s: the redacted capture gives other records than the redacted run: %s", name, difference(a, b))
	}
	for kind, out := range redacted.all() {
		for a := range original.addrs {
			if bytes.Contains(out, []byte(a.String())) || kind == "pcapng" && bytes.Contains(out, a.AsSlice()) {
				t.Errorf("%s: %s has %s", name, kind, a)
			}
		}
		if bytes.Contains(out, []byte(filepath.Base(name))) {
			t.Errorf("%s: %s has the file's name", name, kind)
		}
	}
}

// records gives a stream without its summary, which is about the file.
func records(b *bytes.Buffer) string {
	lines := strings.SplitAfter(b.String(), "\n")
	return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, `"type":"summary"`) }), "")
}

// difference gives the first lines that differ.
func difference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(as), len(bs)) {
		if as[i] != bs[i] {
			return "\n" + as[i] + "\n" + bs[i]
		}
	}
	return fmt.Sprintf("%d and %d lines", len(as), len(bs))
}
