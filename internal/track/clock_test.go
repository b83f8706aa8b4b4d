package track

import (
	"testing"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

const second = int64(time.Second)

// ticks has a clock take in times, in seconds after start, and gives its own, likewise.
func ticks(c *clock, seconds ...int64) (now []int64) {
	for _, s := range seconds {
		now = append(now, (c.tick(start+s*second)-start)/second)
	}
	return now
}

// TestClock: the tracker's time follows that of the records, and stays where it is when that goes
// back. After many late records it goes on with them, and with what comes after those.
func TestClock(t *testing.T) {
	var c clock
	check := func(what string, want int64, seconds ...int64) {
		t.Helper()
		got := ticks(&c, seconds...)
		if last := got[len(got)-1]; last != want {
			t.Errorf("%s: the tracker's time is %d, want %d", what, last, want)
		}
	}
	check("in order", 5, 0, 5)
	check("a little late", 4, 4)
	if c.back {
		t.Error("a little late is taken for going back")
	}
	check("far behind", 5, -3600)
	check("back again", 6, 6)
	for range 2 * goneBack { // two interfaces side by side, whose clocks differ by a minute
		check("beside each other", 7, 7)
		check("beside each other", 7, -53)
	}
	if c.shift != 0 {
		t.Error("two clocks side by side are taken for one that went back")
	}
	for range goneBack + 1 {
		c.tick(start - 3600*second)
	}
	check("one second later", 8, -3599)
	check("ten more", 18, -3589)
	check("back in the first part's time", 18+3589+6, 6)
}

// TestKnownSilence: that nothing came is known while anything else came. It is not known beyond a
// pause of the capture, nor beyond where the time of records goes back.
func TestKnownSilence(t *testing.T) {
	var c clock
	known := func(what string, since, want int64) {
		t.Helper()
		if got := (c.known(start+since*second) - start) / second; got != want {
			t.Errorf("%s: known up to %d, want %d", what, got, want)
		}
	}
	ticks(&c, 0, 100, 600, 1150)
	known("without a pause", 0, 1150)
	ticks(&c, 1150+601, 1800)
	known("before a pause", 0, 1150)
	known("at its beginning", 1150, 1150)
	known("after it", 1751, 1800)
	ticks(&c, 1800+17*24*3600)
	known("before the first of two", 600, 1150)
	known("before the second", 1760, 1800)

	c = clock{}
	ticks(&c, 5000, 5100, 10, 40)
	known("before the time went back", 5000, 5100)
	if got := c.until(start+5100*second+1, c.now); !got.AfterLast || got.Silence != 30*second {
		t.Errorf("since the time went back: %+v", got)
	}
	c = clock{continuous: true}
	ticks(&c, 0, 24*3600)
	known("live", 0, 24*3600)
}

// TestPausesAreBounded: a capture of nothing but pauses does not fill the memory.
func TestPausesAreBounded(t *testing.T) {
	var c clock
	for i := range int64(3 * mostPauses) {
		ticks(&c, i*3600)
	}
	if len(c.pauses) > mostPauses {
		t.Errorf("%d pauses are kept", len(c.pauses))
	}
	if got := c.known(c.now); got != c.now {
		t.Errorf("known up to %d, want %d", got, c.now)
	}
}

// lives counts what is reported.
type lives struct {
	list []fsm.Life
}

func (l *lives) Segment(uint64, *fsm.Step) {}
func (l *lives) Ended(life *fsm.Life)      { l.list = append(l.list, *life) }

// TestNothingExpiresAtBirth: two files were joined in the wrong order, so that the clock goes back
// by an hour. Each connection after that is one life with all its segments, and those that closed
// are forgotten in their time.
func TestNothingExpiresAtBirth(t *testing.T) {
	for _, asleep := range []bool{true, false} {
		got := &lives{}
		tracker := newTracker(0, got)
		tracker.conns.Wide = !asleep
		frame, most := uint64(0), 0
		for i := range 400 {
			at := start + 3600*second + int64(i)*second
			if i >= 100 {
				at -= 2 * 3600 * second
			}
			c := client{port: uint16(i + 1), now: at, frame: frame, seq: 1, ack: 1}
			c.open(tracker)
			if i%3 != 0 {
				c.close(tracker)
			}
			frame = c.frame
			if i > 250 {
				most = max(most, tracker.conns.count()-i/3)
			}
		}
		tracker.Finish()
		if len(got.list) != 400 {
			t.Errorf("asleep %v: %d lives of 400 connections", asleep, len(got.list))
		}
		for i := range got.list {
			l := &got.list[i]
			if l.Opening != tcp.ThreeWay {
				t.Errorf("asleep %v: a connection was %s", asleep, l.Opening)
			}
			if silent := l.Now - l.Last.Time; silent < 0 || silent > 400*second {
				t.Errorf("asleep %v: silent for %d s", asleep, silent/second)
			}
		}
		if most > 100 {
			t.Errorf("asleep %v: %d closed connections are remembered at once", asleep, most)
		}
	}
}

// TestPauseLengthensNothing: the capture was stopped for days. A connection before that lasted as
// long as its own segments, and what never opened did not give up.
func TestPauseLengthensNothing(t *testing.T) {
	got := &lives{}
	tracker := newTracker(0, got)
	open := client{port: 1, now: start, seq: 1, ack: 1}
	open.open(tracker)
	asks := client{port: 2, now: start + 5*second, frame: 100, seq: 1}
	asks.send(tracker, true, tcp.SYN, 0)
	other := client{port: 3, now: start + 20*second, frame: 200, seq: 1, ack: 1}
	other.open(tracker)
	later := client{port: 4, now: start + 17*24*3600*second, frame: 300, seq: 1, ack: 1}
	later.open(tracker)
	tracker.Finish()
	for i := range got.list {
		l := &got.list[i]
		_, port := l.Endpoint(tcp.Initiator)
		want := map[uint16]int64{1: 20, 2: 20, 3: 20, 4: 17 * 24 * 3600}[port]
		if now := (l.Now - start) / second; now != want || l.EndedBy != fsm.EndOfCapture {
			t.Errorf("connection %d: known up to %d s, ended by %d; want %d s, the end of the capture", port, now, l.EndedBy, want)
		}
	}
	if len(got.list) != 4 {
		t.Errorf("%d lives", len(got.list))
	}
}
