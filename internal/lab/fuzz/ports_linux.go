package fuzz

import (
	"net/netip"
	"sync"
)

// The kernel's ports that are used in turn. A four-tuple comes back only after the peers' ports
// have changed, long after its TIME-WAIT.
const (
	firstPort = 2000
	lastPort  = 60000
)

// ports gives each connection ends of its own, so that none meets what another left behind.
type ports struct {
	mu   sync.Mutex
	next int
}

// pair gives the next connection's ends.
func (p *ports) pair(v6 bool) pair {
	p.mu.Lock()
	n := p.next
	p.next++
	p.mu.Unlock()
	here, there := network4.Addr(), network4.Addr().Next()
	if v6 {
		here, there = network6.Addr(), network6.Addr().Next()
	}
	const span = lastPort - firstPort
	local := uint16(firstPort + n%span)
	remote := uint16(firstPort + (n+n/span)%span)
	return pair{netip.AddrPortFrom(here, local), netip.AddrPortFrom(there, remote)}
}
