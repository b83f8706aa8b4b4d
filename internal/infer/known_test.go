package infer

import (
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// TestAHostIsKnownWhileItsConnectionsAgree: behind one address may be several.
func TestAHostIsKnownWhileItsConnectionsAgree(t *testing.T) {
	var k KnownHosts
	a, b := tcp.Addr{1}, tcp.Addr{2}
	k.learn(a, fsm.Windows, 1)
	k.learn(b, fsm.Linux, 2)
	k.learn(a, fsm.AnyStack, 3)
	if k.of(a, 0) != fsm.Windows || k.of(b, 0) != fsm.Linux || k.of(tcp.Addr{3}, 0) != fsm.AnyStack {
		t.Errorf("%s, %s, %s", k.of(a, 0), k.of(b, 0), k.of(tcp.Addr{3}, 0))
	}
	k.learn(a, fsm.Linux, 4)
	k.learn(a, fsm.Windows, 5)
	if k.of(a, 0) != fsm.AnyStack || k.of(b, 0) != fsm.Linux {
		t.Errorf("after a disagreement: %s, %s", k.of(a, 0), k.of(b, 0))
	}
	for by, want := range []fsm.Stack{1: fsm.AnyStack, 2: fsm.Windows, 3: fsm.Windows, 4: fsm.Windows, 5: fsm.AnyStack} {
		if by > 0 && k.of(a, uint64(by)) != want {
			t.Errorf("before frame %d it was known as %s, want %s", by, k.of(a, uint64(by)), want)
		}
	}
}

// TestGuessAllocatesNothing: each SYN is looked at.
func TestGuessAllocatesNothing(t *testing.T) {
	seg := linuxSYN
	var k KnownHosts
	if n := testing.AllocsPerRun(100, func() { k.Learn(&seg) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// linuxSYN is a SYN as Linux sends it.
var linuxSYN = tcp.Segment{Flags: tcp.SYN, Layout: tcp.LayoutLinux, TTL: 64, Window: 64240, WScale: 7, DF: true,
	IPID: 1234, Options: tcp.OptMSS | tcp.OptWScale}

func BenchmarkGuess(b *testing.B) {
	seg := linuxSYN
	var k KnownHosts
	for b.Loop() {
		k.Learn(&seg)
	}
}
