package fsm

import (
	"net/netip"

	"github.com/lastack/lastack/tcp"
)

// Stacks is which stacks the hosts were said to run. The zero value says nothing, so that each host
// is judged by what it shows.
type Stacks struct {
	All    Stack // of the hosts that are not named
	ByAddr map[tcp.Addr]Stack
	ByNet  []NetStack // the first that fits counts
}

// NetStack says what the hosts of a network run.
type NetStack struct {
	Net   netip.Prefix
	Stack Stack
}

// Of gives what the host with address a was said to run, AnyStack if nothing was said.
func (s *Stacks) Of(a tcp.Addr) Stack {
	if len(s.ByAddr) > 0 {
		if stack, ok := s.ByAddr[a]; ok {
			return stack
		}
	}
	for i := range s.ByNet {
		if n := &s.ByNet[i]; n.Net.Contains(a.Netip()) {
			return n.Stack
		}
	}
	return s.All
}
