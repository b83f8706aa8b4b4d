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

// whenMade is when a report was made.
var whenMade = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`)

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
	return whenMade.ReplaceAllString(string(b), ""), status
}

// TestWorkersChangeNothing: the output is the same, byte for byte, however many processors are
// used.
func TestWorkersChangeNothing(t *testing.T) {
	names, err := filepath.Glob("../../testdata/lab/*/*/*/*.pcap")
	if err != nil || len(names) < 100 {
		t.Fatalf("%d recordings found, error %v", len(names), err)
	}
	runs := [][]string{
		{made(t, traffic.Config{Kind: traffic.Short, Connections: 500})}, // more than two batches, however large one is
		{made(t, traffic.Config{Kind: traffic.Short, Connections: 150}), "--max-connections", "50"},
		{made(t, traffic.Config{Kind: traffic.Flood, Connections: 1200, Answered: true}), "--max-connections", "400"}}
	for i := 0; i < len(names); i += 400 {
		runs = append(runs, []string{names[i]})
	}
	for _, run := range runs {
		compareWorkers(t, slices.Concat(run, []string{"--format", "ndjson", "--segments"}), 2, 3, 8)
		compareWorkers(t, slices.Concat(run, []string{"-v"}), 3)
	}
	for _, run := range runs[3:] {
		compareWorkers(t, slices.Concat(run, []string{"--format", "html"}), 2)
	}
	compareWorkers(t, slices.Concat(runs[0], []string{"--format", "html"}), 8)
}

// compareWorkers holds what is said with several workers to what is said with one.
func compareWorkers(t *testing.T, args []string, several ...int) {
	t.Helper()
	want, wantStatus := analyzed(t, append(args, "--workers", "1")...)
	for _, workers := range several {
		got, status := analyzed(t, append(args, "--workers", fmt.Sprint(workers))...)
		if got != want || status != wantStatus {
			t.Errorf("%v with %d workers: %d bytes and status %d, with one %d bytes and status %d", args, workers, len(got), status,
				len(want), wantStatus)
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
	for _, c := range []traffic.Config{{Kind: traffic.Short, Connections: 500}, {Kind: traffic.Bulk, Packets: 5000},
		{Kind: traffic.Short, Connections: 500, SnapLen: 96, Format: traffic.Pcapng}} {
		if said, status := analyzed(t, "--severity", "info", made(t, c)); status != 0 || !strings.Contains(said, "Nothing wrong found") {
			t.Errorf("%+v: status %d and\n%s", c, status, said)
		}
	}
}

// TestUnansweredFlood: SYNs from so many addresses are a flood though nobody answers; from few, the
// host may be down.
func TestUnansweredFlood(t *testing.T) {
	for connections, flood := range map[int]bool{2000: true, 500: false} {
		said, _ := analyzed(t, made(t, traffic.Config{Kind: traffic.Flood, Connections: connections, SnapLen: 96}))
		if strings.Contains(said, "SYN flood on 10.2.0.") != flood {
			t.Errorf("%d SYNs, a flood: %v, but\n%s", connections, flood, said)
		}
	}
}
