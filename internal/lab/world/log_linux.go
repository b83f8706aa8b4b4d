package world

import (
	"sync"
	"time"

	"github.com/lastack/lastack/internal/lab"
)

// log gathers a recording's events. Whoever waits for an event is woken by each new one.
type log struct {
	clock clock
	start time.Time

	mu     sync.Mutex
	grown  *sync.Cond
	events []lab.Event
}

func newLog() *log {
	l := &log{clock: newClock()}
	l.start = l.now()
	l.grown = sync.NewCond(&l.mu)
	return l
}

// now is the wall-clock time by the recording's clock.
func (l *log) now() time.Time { return l.clock.wall(now()) }

// add appends an event.
func (l *log) add(e lab.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	l.grown.Broadcast()
}

// wait returns the first event that match accepts, waiting for it until the timeout.
func (l *log) wait(timeout time.Duration, match func(*lab.Event) bool) (lab.Event, bool) {
	deadline := time.Now().Add(timeout)
	stop := time.AfterFunc(timeout, l.grown.Broadcast)
	defer stop.Stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for seen := 0; ; {
		for ; seen < len(l.events); seen++ {
			if match(&l.events[seen]) {
				return l.events[seen], true
			}
		}
		if !time.Now().Before(deadline) {
			return lab.Event{}, false
		}
		l.grown.Wait()
	}
}

// count gives the number of events that match accepts.
func (l *log) count(match func(*lab.Event) bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for i := range l.events {
		if match(&l.events[i]) {
			n++
		}
	}
	return n
}
