package track

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestFarConnectionExpires: a connection whose last acknowledgment was still under way to a far
// host when it was captured is forgotten as others are; nothing more comes of it that would show
// its arrival.
func TestFarConnectionExpires(t *testing.T) {
	const way = 50_000_000
	h := &counter{}
	tracker := newTracker(0, h)
	c := client{port: 40000, now: start, seq: 1 << 31, ack: 7}
	far := func(flags tcp.Flags, n uint32) {
		c.now += way
		c.send(tracker, false, flags, n)
	}
	c.send(tracker, true, tcp.SYN, 0)
	far(tcp.SYN|tcp.ACK, 0)
	c.send(tracker, true, tcp.ACK, 0)
	c.send(tracker, true, tcp.ACK|tcp.PSH, 100)
	c.seq -= 100
	c.now += 10 * way
	c.send(tracker, true, tcp.ACK|tcp.PSH, 100) // again, so that the full tracker follows it
	far(tcp.ACK|tcp.PSH, 1000)
	c.send(tracker, true, tcp.FIN|tcp.ACK, 0)
	far(tcp.FIN|tcp.ACK, 0)
	c.send(tracker, true, tcp.ACK, 0)

	other := client{port: 40001, now: c.now + closedFor - 1e9, frame: c.frame}
	other.send(tracker, true, tcp.SYN, 0)
	if h.lives != 0 {
		t.Error("the connection was forgotten before its time")
	}
	other.now += 2e9
	other.send(tracker, false, tcp.SYN|tcp.ACK, 0)
	if h.lives != 1 {
		t.Error("the connection is not forgotten")
	}
}
