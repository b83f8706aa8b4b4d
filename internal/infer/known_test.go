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
	k.learn(a, fsm.Windows)
	k.learn(b, fsm.Linux)
	k.learn(a, fsm.AnyStack)
	if k.of(a) != fsm.Windows || k.of(b) != fsm.Linux || k.of(tcp.Addr{3}) != fsm.AnyStack {
		t.Errorf("%s, %s, %s", k.of(a), k.of(b), k.of(tcp.Addr{3}))
	}
	k.learn(a, fsm.Linux)
	k.learn(a, fsm.Windows)
	if k.of(a) != fsm.AnyStack || k.of(b) != fsm.Linux {
		t.Errorf("after a disagreement: %s, %s", k.of(a), k.of(b))
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
