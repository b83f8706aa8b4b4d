package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/internal/traffic"
)

// flagSaid is the flag itself, and when a report was made: a report says how it was.
var flagSaid = regexp.MustCompile(`(--workers|\\u002d-workers)[ =]\d+|\d{4}-\d\d-\d\d \d\d:\d\d UTC`)

// analyzed gives what the program says of a capture.
func analyzed(t *testing.T, args ...string) (string, int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	status := start(&app{in: os.Stdin, out: out, err: out, env: func(string) string { return "" }}, append([]string{"analyze"}, args...))
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return flagSaid.ReplaceAllString(string(b), ""), status
}

// TestWorkersChangeNothing: the output is the same, byte for byte, however many processors are used.
func TestWorkersChangeNothing(t *testing.T) {
	names, err := filepath.Glob("../../testdata/lab/*/*/*.pcap")
	if err != nil || len(names) < 100 {
		t.Fatalf("%d recordings found, error %v", len(names), err)
	}
	every := 150
	if testing.Short() {
		every = 400
	}
	runs := [][]string{{made(t, traffic.Config{Kind: traffic.Short, Connections: 2000})},
		{made(t, traffic.Config{Kind: traffic.Short, Connections: 300}), "--max-connections", "50"},
		{made(t, traffic.Config{Kind: traffic.Flood, Connections: 3000, Answered: true}), "--max-connections", "1000"}}
	for i := 0; i < len(names); i += every {
		runs = append(runs, []string{names[i]})
	}
	for _, run := range runs {
		for _, flags := range [][]string{{"-v"}, {"--format", "ndjson"}, {"--format", "ndjson", "--segments"}, {"--format", "html"}} {
			args := slices.Concat(run, flags)
			want, wantStatus := analyzed(t, append(args, "--workers", "1")...)
			for _, workers := range []int{2, 3, 8} {
				got, status := analyzed(t, append(args, "--workers", fmt.Sprint(workers))...)
				if got != want || status != wantStatus {
					t.Errorf("%v with %d workers: %d bytes and status %d, with one %d bytes and status %d", args, workers, len(got), status,
						len(want), wantStatus)
				}
			}
		}
	}
}

// made makes a capture of made-up traffic.
func made(t *testing.T, c traffic.Config) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "made.pcap")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := traffic.Generate(f, c); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestMadeTrafficIsHealthy: what is measured with is nothing that a rule has anything to say about.
func TestMadeTrafficIsHealthy(t *testing.T) {
	for _, c := range []traffic.Config{{Kind: traffic.Short, Connections: 2000}, {Kind: traffic.Bulk, Packets: 20_000},
		{Kind: traffic.Short, Connections: 2000, SnapLen: 96, Format: traffic.Pcapng}} {
		if said, status := analyzed(t, "--severity", "info", made(t, c)); status != 0 || !strings.Contains(said, "Nothing wrong found") {
			t.Errorf("%+v: status %d and\n%s", c, status, said)
		}
	}
}
