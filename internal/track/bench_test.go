package track

import (
	"testing"

	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

// BenchmarkShort tracks connections of 12 segments each, several hundred at once, one operation a
// segment. In the capture's time it never ends: a connection that closed is remembered as long as
// TIME-WAIT lasts.
func BenchmarkShort(b *testing.B) {
	const at, per = 256, 12
	conns := make([]client, at)
	tracker := New(Config{Ordinary: func(*plain.Summary) {}}, &counter{})
	var seg tcp.Segment
	now, frame, n := start, uint64(0), uint32(0)
	b.ReportAllocs()
	b.ResetTimer()
	left := b.N
	for step := 0; left > 0; step++ {
		for i := range conns {
			c := &conns[i]
			if step%per == 0 {
				n++
				*c = client{port: uint16(1024 + n%60000), host: byte(n / 60000), seq: tcp.Seq(n * 7919), ack: tcp.Seq(n * 104729)}
			}
			now, frame = now+6000, frame+1
			c.now, c.frame = now-100_000, frame-1
			seg = c.next(step % per)
			tracker.Observe(&seg)
			if left--; left == 0 {
				return
			}
		}
	}
}

// next gives a segment of a short connection: open, a request, a response in three segments, close.
func (c *client) next(step int) tcp.Segment {
	switch step {
	case 0:
		return c.segment(true, tcp.SYN, 0)
	case 1:
		return c.segment(false, tcp.SYN|tcp.ACK, 0)
	case 3:
		return c.segment(true, tcp.ACK|tcp.PSH, 120)
	case 4, 5, 7:
		return c.segment(false, tcp.ACK, 1448)
	case 9:
		return c.segment(true, tcp.FIN|tcp.ACK, 0)
	case 10:
		return c.segment(false, tcp.FIN|tcp.ACK, 0)
	}
	return c.segment(true, tcp.ACK, 0)
}

// BenchmarkTransfer tracks one long connection: data one way, every second segment acknowledged.
// The full tracker takes most segments its quick way, and with Thorough the general one.
func BenchmarkTransfer(b *testing.B) {
	for name, general := range map[string]bool{"quick": false, "general": true} {
		b.Run(name, func(b *testing.B) {
			tracker := newTracker(0, &counter{})
			tracker.env.Thorough = general
			c := client{port: 40000, now: start, seq: 1 << 31, ack: 7}
			c.open(tracker)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				if i%3 == 2 {
					c.send(tracker, false, tcp.ACK, 0)
				} else {
					c.send(tracker, true, tcp.ACK, 1448)
				}
			}
		})
	}
}

// BenchmarkUnusual tracks short connections that the full tracker is needed for, because each
// repeats its request.
func BenchmarkUnusual(b *testing.B) {
	tracker := newTracker(0, &counter{})
	now, frame, left := start, uint64(0), b.N
	b.ReportAllocs()
	for port := uint16(1024); left > 0; port++ {
		c := client{port: port, now: now, frame: frame, seq: 1000, ack: 5000}
		c.open(tracker)
		c.send(tracker, true, tcp.ACK|tcp.PSH, 100)
		c.seq -= 100
		c.send(tracker, true, tcp.ACK|tcp.PSH, 100)
		c.send(tracker, false, tcp.ACK|tcp.PSH, 1000)
		c.close(tracker)
		now, frame, left = c.now+10e6, c.frame, left-9
	}
}
