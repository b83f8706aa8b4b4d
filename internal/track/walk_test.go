package track

import (
	"bytes"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/traffic"
	"github.com/lastack/lastack/tcp"
)

// TestHealthyTrafficIsNotLookedBackAt: with all segments held, no check goes through what is held
// where nothing is wrong. One that does costs as much for each segment as thousands are held, and
// no other test notices.
func TestHealthyTrafficIsNotLookedBackAt(t *testing.T) {
	for _, kind := range []traffic.Config{
		{Kind: traffic.Short, Connections: 1000},
		{Kind: traffic.Short, Connections: 300, Requests: 10},
		{Kind: traffic.Bulk, Connections: 8, Packets: 20_000},
	} {
		all := generated(t, kind)
		for _, way := range []way{shortest, awake} {
			tracker := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: true}, &counter{})
			way.set(tracker)
			tracker.ObserveAll(all)
			tracker.Finish()
			if walked := tracker.env.Ring.Walked(); walked > uint64(len(all)/100) {
				t.Errorf("%+v: %d places were looked at for %d segments", kind, walked, len(all))
			}
		}
	}
}

// generated gives the segments of made traffic.
func generated(t *testing.T, kind traffic.Config) (all []tcp.Segment) {
	t.Helper()
	var b bytes.Buffer
	if err := traffic.Generate(&b, kind); err != nil {
		t.Fatal(err)
	}
	all = readAll(t, "-", capture.Options{Stdin: &b})
	if len(all) == 0 {
		t.Fatal("no segments were made")
	}
	return all
}
