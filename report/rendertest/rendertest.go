// Package rendertest is what the renderers' tests share.
package rendertest

import (
	"bytes"
	"context"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Analyze gives a sink all that there is to say of captures between Linux hosts.
func Analyze(t *testing.T, sink report.Sink, files ...string) {
	t.Helper()
	source, err := capture.OpenFiles(files, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	hosts := fsm.Hosts{Default: fsm.LinuxDefaults()}
	_, err = run.Run(context.Background(), run.Config{Source: source, Track: track.Config{Hosts: hosts},
		Findings: findings.Config{Hosts: hosts}, Sink: sink})
	if err != nil {
		t.Fatal(err)
	}
}

// Replay gives what a sink writes of a stream that is stored in report/testdata/streams.
func Replay(t *testing.T, stream string, sink func(io.Writer) report.Sink) string {
	t.Helper()
	in, err := os.Open(filepath.Join("..", "testdata", "streams", stream+".ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	if err := report.Replay(in, sink(&out)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Golden compares with a file in testdata, which is written anew with -update.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew)\n got:\n%s\nwant:\n%s", file, got, want)
	}
}
