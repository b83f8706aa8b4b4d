package score

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
)

// TestRoundTrips holds the round trips that are reported of openings, some of which were repeated,
// against the time that the wire took.
func TestRoundTrips(t *testing.T) {
	dirs, err := lab.Find(recordings)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, dir := range dirs {
		name := filepath.Base(filepath.Dir(dir))
		if !strings.HasPrefix(name, "open-") && !strings.HasPrefix(name, "transfer-") {
			continue
		}
		rec, err := lab.ReadRecording(dir)
		if err != nil {
			t.Fatal(err)
		}
		wire, known := wireTime(rec.Meta.Params)
		if !known {
			continue
		}
		for _, tap := range Taps {
			if !slices.Contains(rec.Meta.Captures, tap+".pcap") {
				continue
			}
			r, err := run(filepath.Join(dir, tap+".pcap"), fsm.Hosts{Default: fsm.LinuxDefaults()})
			if err != nil {
				t.Fatal(err)
			}
			for i := range r.lives {
				rtt := time.Duration(r.lives[i].RTT)
				if rtt == 0 {
					continue // nothing that is reported
				}
				compared++
				if rtt < wire-wire/50 || rtt > wire+30*time.Millisecond { // the hosts take some of it
					t.Errorf("%s %s: a round trip of %v, the wire took %v", dir, tap, rtt, wire)
				}
			}
		}
	}
	if compared < 50 {
		t.Errorf("only %d round trips compared", compared)
	}
}

// wireTime gives how long the lab's wire took there and back.
func wireTime(params map[string]string) (time.Duration, bool) {
	there, err := time.ParseDuration(params["delay"])
	if err != nil {
		return 0, false
	}
	back, err := time.ParseDuration(params["back"])
	if err != nil {
		back = there
	}
	return there + back, true
}
