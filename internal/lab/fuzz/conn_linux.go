package fuzz

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/tcp"
)

// passed is one packet on the wire.
type passed struct {
	packet.Segment
	data       []byte
	fromKernel bool
	byCall     bool // sent because of a system call
	wall       time.Time

	at int64 // the clock when the kernel was given it, or when it was taken from there

	// Of a packet to the kernel:
	shot          int   // which of the plan's shots, -1 for one that led to the state
	done          int64 // the clock when the kernel had dealt with it
	before, after string
	acked         uint32 // what the kernel had acknowledged before
	answers       []*passed
	err           error
}

// conn is one connection being played: the scripted peer's end, the kernel's sockets, and all that
// was seen and heard.
type conn struct {
	pair
	bench   *bench
	plan    *Plan
	app     app
	packets []*passed
	calls   []lab.Event
	ear     ear
	sight
}

// put writes a packet to the kernel into the capture.
func (c *conn) put(data []byte, at int64) *passed {
	segment, _, err := packet.Parse(data)
	if err != nil {
		panic(fmt.Sprintf("fuzz: made what is no segment: %v", err))
	}
	p := &passed{Segment: segment, data: data, wall: c.bench.site.Wall(at), shot: -1}
	c.packets = append(c.packets, p)
	return p
}

// take writes a packet of the kernel's into the capture. data is only lent.
func (c *conn) take(data []byte, at int64) {
	data = append([]byte(nil), data...)
	segment, _, err := packet.Parse(data)
	if err != nil {
		return // the caller has parsed it already
	}
	p := &passed{Segment: segment, data: data, fromKernel: true, byCall: c.bench.calling, wall: c.bench.site.Wall(at), at: at}
	c.packets = append(c.packets, p)
	c.see(p)
}

// say sends the scripted peer's next segment, as a healthy stack would, but for what change
// changes.
func (c *conn) say(flags tcp.Flags, payload int, change func(*packet.Segment)) *passed {
	return c.bench.deliver(c, -1, func() packet.Segment {
		s := packet.Segment{Src: c.remote, Dst: c.local, Seq: c.next, Flags: flags, Window: c.plan.Window,
			Payload: pattern(payload)}
		if flags.Has(tcp.ACK) {
			s.Ack = c.sndNxt
		}
		if flags.Has(tcp.SYN) {
			c.offer(&s)
		}
		if c.plan.Timestamps {
			s.Options.HasTimestamp, s.Options.TSval, s.Options.TSecr = true, c.clock(), c.kernelTS
		}
		if change != nil {
			change(&s)
		}
		c.next = s.EndSeq()
		return s
	})
}

// offer puts the options on a SYN that the plan has the peer offer.
func (c *conn) offer(s *packet.Segment) {
	s.Options.MSS = 1400
	s.Options.SACKPerm = c.plan.SACK
	s.Options.HasWScale, s.Options.WScale = c.plan.WScale, peerShift
}

// look reads or changes what the peer knows while nothing is under way.
func (c *conn) look(f func()) {
	c.bench.mu.Lock()
	defer c.bench.mu.Unlock()
	f()
}

// pattern gives n bytes in which positions can be told apart.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = "0123456789abcdef"[i%16]
	}
	return b
}
