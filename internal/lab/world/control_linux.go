package world

import (
	"time"

	"github.com/lastack/lastack/internal/lab"
)

// Add sets a rule in force, ahead of those already there.
func (w *Wire) Add(r *Rule) *Rule {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.wire = w
	w.rules = append([]*Rule{r}, w.rules...)
	return r
}

// Drop loses the next n packets that match (0: all), before the middle tap sees them.
func (w *Wire) Drop(match Match, n int) *Rule {
	return w.Add(&Rule{Match: match, Times: n, Drop: true})
}

// Lose loses the next n packets that match (0: all) between the middle tap and their receiver.
func (w *Wire) Lose(match Match, n int) *Rule {
	return w.Add(&Rule{Match: match, Times: n, Drop: true, Where: AfterMiddle})
}

// Hold keeps the next n packets that match (0: all) until Release, after the middle tap has seen
// them.
func (w *Wire) Hold(match Match, n int) *Rule {
	return w.Add(&Rule{Match: match, Times: n, Hold: true, Where: AfterMiddle})
}

// Inject puts a forged packet on the wire at the middle, on its way to a host; the supposed
// sender's tap never sees it.
func (w *Wire) Inject(to string, data []byte) {
	p, ok := newPacket(data, "", to, "injected")
	if !ok {
		panic("lab: injected what is neither TCP nor an ICMP error")
	}
	w.mu.Lock()
	w.admit(p)
	w.tap(lab.Middle, p)
	w.pass(p, AfterMiddle, 0)
	w.mu.Unlock()
	w.wake()
}

// until waits for a condition on the wire, and reports whether it came about.
func (w *Wire) until(timeout time.Duration, met func() bool) bool {
	deadline := time.Now().Add(timeout)
	stop := time.AfterFunc(timeout, w.changed.Broadcast)
	defer stop.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !met() {
		if !time.Now().Before(deadline) {
			return false
		}
		w.changed.Wait()
	}
	return true
}

// Arrived waits for the n-th packet that matches to reach its receiver.
func (w *Wire) Arrived(match Match, n int, timeout time.Duration) (*Packet, bool) {
	return w.find(timeout, n, func(p *Packet) bool { return p.delivered && match(p) })
}

// Sent waits for the n-th packet that matches to be put on the wire.
func (w *Wire) Sent(match Match, n int, timeout time.Duration) (*Packet, bool) {
	return w.find(timeout, n, match)
}

// find waits for the n-th packet that matches, from 1.
func (w *Wire) find(timeout time.Duration, n int, match Match) (found *Packet, ok bool) {
	ok = w.until(timeout, func() bool {
		seen := 0
		for _, p := range w.packets {
			if match(p) {
				if seen++; seen == n {
					found = p
					return true
				}
			}
		}
		return false
	})
	return found, ok
}

// Count gives the number of packets put on the wire so far that match.
func (w *Wire) Count(match Match) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, p := range w.packets {
		if match(p) {
			n++
		}
	}
	return n
}

// Last gives the latest packet put on the wire that matches, nil if there is none.
func (w *Wire) Last(match Match) *Packet {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.packets) - 1; i >= 0; i-- {
		if match(w.packets[i]) {
			return w.packets[i]
		}
	}
	return nil
}
