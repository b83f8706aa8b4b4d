package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// KnownHosts remembers what hosts have shown to run, for connections whose SYN the capture lacks. A
// host is only known while all its connections agree. The zero value knows none.
type KnownHosts struct {
	seen map[tcp.Addr]known
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

// known is what one host has shown, and with which frames.
type known struct {
	stack fsm.Stack
	since uint64
	until uint64 // with this one it showed something else; 0 if none did
}

// maxKnown bounds how many hosts are remembered.
const maxKnown = 1 << 14

// Learn takes in what a SYN or SYN,ACK shows of its sender.
func (k *KnownHosts) Learn(seg *tcp.Segment) {
	if stack := k.guess(fsm.SignsOfSYN(seg)); stack != fsm.AnyStack {
		k.learn(seg.Src, stack, seg.Frame)
	}
}

func (k *KnownHosts) learn(addr tcp.Addr, stack fsm.Stack, frame uint64) {
	if stack == fsm.AnyStack || k.last.stack == stack && k.last.addr == addr {
		return
	}
	k.last.addr, k.last.stack = addr, stack
	switch was, ok := k.seen[addr]; {
	case ok && was.stack != stack && was.until == 0:
		was.until = frame
		k.seen[addr] = was
	case !ok && len(k.seen) < maxKnown:
		if k.seen == nil {
			k.seen = make(map[tcp.Addr]known)
		}
		k.seen[addr] = known{stack: stack, since: frame}
	}
}

// of gives what a host is known to run by what came before a frame, AnyStack if it is not; 0 stands
// for all that came so far.
func (k *KnownHosts) of(addr tcp.Addr, by uint64) fsm.Stack {
	h, ok := k.seen[addr]
	if !ok || by != 0 && h.since >= by || h.until != 0 && (by == 0 || h.until < by) {
		return fsm.AnyStack
	}
	return h.stack
}
