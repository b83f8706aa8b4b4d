package redact

import (
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/capture"
)

// broken is a source whose inputs ended badly.
type broken struct{ capture.Source }

func (broken) Stats() capture.Stats {
	secret := []capture.Interface{{Name: "vpn-bank"}}
	return capture.Stats{First: 1e9, Last: 2e9, Files: []capture.FileStats{
		{Name: "bank/a.pcap", First: 1e9, Last: 2e9, Interfaces: secret,
			Err: &capture.ReadError{File: "bank/a.pcap", Offset: 24, Reason: "the input ends too early", Err: io.ErrUnexpectedEOF}},
		{Name: "bank/b.pcap", Err: &capture.ReadError{File: "bank/b.pcap", Offset: 40, Reason: `filter "host bank" for link type raw`}},
		{Name: "bank/c.pcap", Err: &fs.PathError{Op: "open", Path: "bank/c.pcap", Err: fs.ErrPermission}},
	}}
}

// TestStats leaves no name in the statistics, whatever went wrong, and moves their times.
func TestStats(t *testing.T) {
	r := New([KeySize]byte{}, 3*time.Second)
	stats := r.Source(broken{}).Stats()
	if stats.First != 4e9 || stats.Files[0].Last != 5e9 || stats.Files[1].First != 0 {
		t.Errorf("times %d %d %d", stats.First, stats.Files[0].Last, stats.Files[1].First)
	}
	for i, want := range []string{"input-1: at byte 24: the input ends too early", "input-2: at byte 40: cannot be read from here on",
		"input-3: cannot be read"} {
		f := stats.Files[i]
		if got := f.Err.Error(); got != want {
			t.Errorf("error %q, want %q", got, want)
		}
		if strings.Contains(f.Name, "bank") || len(f.Interfaces) > 0 && f.Interfaces[0].Name != "" {
			t.Errorf("%+v", f)
		}
	}
}
