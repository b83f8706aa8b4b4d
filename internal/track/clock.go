package track

import (
	"slices"
	"time"

	"github.com/lastack/lastack/internal/plain"
)

// clock is the tracker's own time, in ns: that of the records, but it never goes back by more than
// a little. Connections are forgotten by it.
//
// The time of records goes back when files were joined in the wrong order, or when somebody sets
// the clock. A record that is a little late changes nothing. Some late records change nothing
// either: two interfaces whose clocks differ may be recorded side by side. But when many records in
// a row are late, the time of records has gone back for good. Then the tracker's time goes on from
// where it is, as if the one part of the capture had been recorded right after the other.
type clock struct {
	begun  bool
	now    int64 // the latest
	shift  int64 // from the time of records to this one
	behind int   // so many records in a row are late
	last   int64 // the last of these
	parted int64 // where the first of them came
	back   bool  // the time of records has gone back, if only for some

	continuous bool    // what lies between two records is known, however long it is: a live capture
	pauses     []pause // in order; the oldest are forgotten
}

// pause is a part of the tracker's time in which the capture did not go on, as far as anybody can
// tell.
type pause struct{ from, to int64 }

const (
	// late is how far behind a record may be without a word: two queues of a card, or two cards.
	late = int64(2 * time.Second)
	// goneBack is how many late records in a row show that the time has gone back for good.
	goneBack = 256
	// longestPause is how long no record at all may come while the capture goes on: longer than any
	// timer that is waited for without a segment. A capture that says nothing for hours was
	// stopped, or joined with another.
	longestPause = int64(10 * time.Minute)
	// mostPauses bounds the memory.
	mostPauses = 1 << 12
)

// tick takes in the time of the next record, and gives the tracker's.
func (c *clock) tick(recorded int64) int64 {
	at := recorded + c.shift
	switch {
	case !c.begun:
		c.begun, c.now = true, at
	case at >= c.now:
		if at-c.now > longestPause && !c.continuous {
			c.pause(c.now, at)
		}
		c.now, c.behind = at, 0
	case c.now-at <= late:
		c.behind = 0
	default:
		return c.goBack(at)
	}
	return at
}

// goBack takes in a record that is late, which is put after all that came.
func (c *clock) goBack(at int64) int64 {
	c.back = true
	switch c.behind++; {
	case c.behind == 1:
		c.parted = c.now
		c.now++ // what comes now is told from what was there before
	case at-c.last > longestPause:
		c.pause(c.now, c.now+1)
		c.now++
	case at > c.last: // time passes for late records too
		c.now += at - c.last
	}
	c.last = at
	if c.behind == goneBack {
		c.behind = 0
		c.pauseAt(c.parted)
		c.shift += c.now - at
	}
	return c.now
}

// pause notes that nothing is known of a time.
func (c *clock) pause(from, to int64) {
	if len(c.pauses) == mostPauses {
		c.pauses = slices.Delete(c.pauses, 0, mostPauses/2)
	}
	c.pauses = append(c.pauses, pause{from, to})
}

// pauseAt notes that what came up to a time is of another part of the capture than what came after
// it.
func (c *clock) pauseAt(t int64) {
	i := c.after(t)
	c.pauses = slices.Insert(c.pauses, i, pause{t, t + 1})
}

// after gives the place of the first pause that began at a time or after it.
func (c *clock) after(t int64) int {
	i, _ := slices.BinarySearchFunc(c.pauses, t, func(p pause, t int64) int {
		if p.from < t {
			return -1
		}
		return 1
	})
	return i
}

// known gives the time up to which it is known that nothing came since a time: a pause of the
// capture ends it.
func (c *clock) known(since int64) int64 {
	end := c.now
	if c.behind > 0 && since <= c.parted {
		end = c.parted // it may have gone back for good
	}
	if i := c.after(since); i < len(c.pauses) {
		end = min(end, c.pauses[i].from)
	}
	return end
}

// until gives the end of the silence of a connection that was last touched at a time, and had
// nothing more up to another time. Once the time of records has gone back, only the connection's
// own last record has the time that belongs to it.
func (c *clock) until(touched, end int64) plain.Until {
	end = max(touched, min(end, c.known(touched)))
	if c.back {
		return plain.Until{Silence: end - touched, AfterLast: true}
	}
	return plain.Until{Now: end}
}
