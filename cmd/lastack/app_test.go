package main

import (
	"slices"
	"testing"
	"time"

	"github.com/lastack/lastack/internal/run"
)

func TestCommandMayBeLeftOut(t *testing.T) {
	root := newRoot(&app{env: func(string) string { return "" }})
	for _, c := range []struct{ typed, want []string }{
		{nil, nil},
		{[]string{"in.pcap"}, []string{"analyze", "in.pcap"}},
		{[]string{"-v", "in.pcap"}, []string{"analyze", "-v", "in.pcap"}},
		{[]string{"-"}, []string{"analyze", "-"}},
		{[]string{"analyze", "in.pcap"}, []string{"analyze", "in.pcap"}},
		{[]string{"--help"}, []string{"--help"}},
		{[]string{"help", "live"}, []string{"help", "live"}},
		{[]string{"__complete", "li"}, []string{"__complete", "li"}},
	} {
		if got := withCommand(root, c.typed); !slices.Equal(got, c.want) {
			t.Errorf("%q becomes %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestProgressText(t *testing.T) {
	for want, p := range map[string]run.Progress{
		"1.2 GB of 20.0 GB (6 %), 3,210,000 packets, 1 finding, 400.0 MB/s, 47 s left": {BytesRead: 1.2e9, BytesAll: 20e9,
			Packets: 3_210_000, Findings: 1, Elapsed: 3 * time.Second},
		"1.2 GB, 1 packet, 0 findings, 400.0 MB/s": {BytesRead: 1.2e9, Packets: 1, Elapsed: 3 * time.Second},
	} {
		if got := progressText(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestShellQuote(t *testing.T) {
	if got, want := shellQuote([]string{"-f", "tcp port 80", "it's", "", "a-b_c.d/e"}), `-f 'tcp port 80' 'it'\''s' '' a-b_c.d/e`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
