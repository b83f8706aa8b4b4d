package world

import (
	"time"

	"github.com/lastack/lastack/tcp"
)

// Match picks packets.
type Match func(*Packet) bool

// From matches what a host sends with exactly the given flags, PSH and ECN bits aside.
func From(host string, flags tcp.Flags) Match {
	return func(p *Packet) bool { return p.From == host && !p.ICMP && p.Is(flags) }
}

// Any matches everything that a host sends.
func Any(host string) Match {
	return func(p *Packet) bool { return p.From == host }
}

// DataFrom matches segments with payload from a host.
func DataFrom(host string) Match {
	return func(p *Packet) bool { return p.From == host && p.HasData() }
}

// Where on the wire something happens to a packet.
type Where int

// The two places: the middle tap sees a packet that is treated AfterMiddle in the state and at the
// time that it had before.
const (
	BeforeMiddle Where = iota
	AfterMiddle
)

func (w Where) String() string {
	if w == AfterMiddle {
		return "after the middle"
	}
	return "before the middle"
}

// Rule makes the wire treat packets that it matches.
type Rule struct {
	Match Match
	Where Where
	Times int // how many packets; 0 for all

	// What happens: the first that is set. Copy sends a second packet Copy after the first; Alter
	// changes the packet's bytes.
	Drop  bool
	Hold  bool
	Delay time.Duration
	Copy  time.Duration
	Alter func([]byte) []byte

	wire    *Wire
	used    int
	off     bool
	waiting []*Packet // held
}

// applies reports whether the rule is for the packet, and counts it.
func (r *Rule) applies(p *Packet, where Where) bool {
	if r.off || r.Where != where || (r.Times > 0 && r.used >= r.Times) || !r.Match(p) {
		return false
	}
	r.used++
	return true
}

// Off ends the rule; packets that it holds stay held.
func (r *Rule) Off() {
	r.wire.mu.Lock()
	defer r.wire.mu.Unlock()
	r.off = true
}

// Used tells how many packets the rule has met.
func (r *Rule) Used() int {
	r.wire.mu.Lock()
	defer r.wire.mu.Unlock()
	return r.used
}

// Release ends the rule and lets what it holds go on, in order.
func (r *Rule) Release() {
	w := r.wire
	w.mu.Lock()
	r.off = true
	held := r.waiting
	r.waiting = nil
	for _, p := range held {
		p.note("held for %v", w.log.now().Sub(p.sent).Round(time.Millisecond))
		w.pass(p, r.Where, 0)
	}
	w.mu.Unlock()
	w.wake()
}

// Wait waits until the rule has met n packets, and reports whether it did.
func (r *Rule) Wait(n int, timeout time.Duration) bool {
	return r.wire.until(timeout, func() bool { return r.used >= n })
}
