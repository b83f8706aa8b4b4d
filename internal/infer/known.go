package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// KnownHosts remembers what hosts have shown to run, for connections whose SYN the capture lacks. A
// host is only known while all its connections agree. The zero value knows none.
type KnownHosts struct {
	seen map[tcp.Addr]fsm.Stack
	last struct { // the one that was learned last: many in a row are the same
		addr  tcp.Addr
		stack fsm.Stack
	}
	guesses [64]guessed
}

// guessed is what was guessed of signs: most SYNs show the same as many before.
type guessed struct {
	signs fsm.Signs
	stack fsm.Stack
}

// guess is Signs.Guess, which it remembers.
func (k *KnownHosts) guess(s fsm.Signs) fsm.Stack {
	g := &k.guesses[uint32(s)*2654435761>>26]
	if g.signs != s {
		*g = guessed{s, s.Guess()}
	}
	return g.stack
}

const (
	// maxKnown bounds how many hosts are remembered.
	maxKnown = 1 << 14
	// several stands for a host whose connections do not agree.
	several = fsm.NumStacks
)

// Learn takes in what a SYN or SYN,ACK shows of its sender.
func (k *KnownHosts) Learn(seg *tcp.Segment) {
	if stack := k.guess(fsm.SignsOfSYN(seg)); stack != fsm.AnyStack {
		k.learn(seg.Src, stack)
	}
}

func (k *KnownHosts) learn(addr tcp.Addr, stack fsm.Stack) {
	if stack == fsm.AnyStack || k.last.stack == stack && k.last.addr == addr {
		return
	}
	k.last.addr, k.last.stack = addr, stack
	switch was, ok := k.seen[addr]; {
	case ok && was != stack:
		k.seen[addr] = several
	case !ok && len(k.seen) < maxKnown:
		if k.seen == nil {
			k.seen = make(map[tcp.Addr]fsm.Stack)
		}
		k.seen[addr] = stack
	}
}

// of gives what a host is known to run, AnyStack if it is not.
func (k *KnownHosts) of(addr tcp.Addr) fsm.Stack {
	if s := k.seen[addr]; s < fsm.NumStacks {
		return s
	}
	return fsm.AnyStack
}
