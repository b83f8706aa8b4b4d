package world

import (
	"net/netip"
	"time"

	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/tcp"
)

// Peer stands in place of a host: it sends what a scenario says, and nothing by itself.
type Peer struct {
	Name string
	Addr netip.Addr
	wire *Wire
}

// The peer as an end of the wire: what comes to it is in the wire's memory, where Expect finds it.
func (p *Peer) fd() int        { return -1 }
func (p *Peer) deliver([]byte) {}

// Send puts a segment on the wire.
func (p *Peer) Send(s packet.Segment) {
	p.wire.enter(s.Marshal(), p.Name, "script")
	p.wire.wake()
}

// Conn is the scripted end of a connection with a host's kernel. It keeps the numbers of both
// directions, so that a scenario can say what is special about a segment and leave out the rest.
type Conn struct {
	peer          *Peer
	Local, Remote netip.AddrPort

	Next     uint32 // the next sequence number to send
	Acked    uint32 // the highest acknowledgment seen from the kernel
	Expected uint32 // the next sequence number expected of the kernel
	Window   uint16

	Timestamps bool   // put the option on segments
	TSval      uint32 // to send: moves on by one a segment
	TSRecent   uint32 // the kernel's latest, to echo

	cursor int // packets up to this one have been looked at
}

// Conn makes the scripted end of a connection whose first sequence number is isn. It hears what the
// kernel sends from now on.
func (p *Peer) Conn(port uint16, remote netip.AddrPort, isn uint32, timestamps bool) *Conn {
	p.wire.mu.Lock()
	defer p.wire.mu.Unlock()
	return &Conn{cursor: len(p.wire.packets), peer: p, Local: netip.AddrPortFrom(p.Addr, port), Remote: remote, Next: isn, Window: 0xfaf0,
		Timestamps: timestamps, TSval: 1_000_000}
}

// Segment gives the next segment without sending it. On a SYN it has the options of a handshake.
func (c *Conn) Segment(flags tcp.Flags, payload int) packet.Segment {
	s := packet.Segment{Src: c.Local, Dst: c.Remote, Seq: c.Next, Flags: flags, Window: c.Window, Payload: Pattern(payload)}
	if flags.Has(tcp.ACK) {
		s.Ack = c.Expected
	}
	if flags.Has(tcp.SYN) {
		s.Options.MSS, s.Options.SACKPerm = 1400, true
	}
	if c.Timestamps && !flags.Has(tcp.RST) {
		s.Options.HasTimestamp, s.Options.TSval, s.Options.TSecr = true, c.TSval, c.TSRecent
	}
	return s
}

// Send sends the next segment and moves on.
func (c *Conn) Send(flags tcp.Flags, payload int) {
	s := c.Segment(flags, payload)
	c.Next = s.EndSeq()
	c.TSval++
	c.peer.Send(s)
}

// Probe sends the next segment with changes and does not move on: for segments that a healthy stack
// would not send.
func (c *Conn) Probe(flags tcp.Flags, payload int, change func(*packet.Segment)) {
	s := c.Segment(flags, payload)
	if change != nil {
		change(&s)
	}
	c.peer.Send(s)
}

// Expect waits for the kernel's next segment that has exactly the given flags and takes over its
// numbers. Segments before it are passed over.
func (c *Conn) Expect(flags tcp.Flags, timeout time.Duration) (*Packet, bool) {
	return c.ExpectThat(func(p *Packet) bool { return p.Is(flags) }, timeout)
}

// ExpectThat is Expect for any match.
func (c *Conn) ExpectThat(match Match, timeout time.Duration) (found *Packet, ok bool) {
	w := c.peer.wire
	ok = w.until(timeout, func() bool {
		for c.cursor < len(w.packets) {
			p := w.packets[c.cursor]
			ours := p.To == c.peer.Name && !p.ICMP && p.Src == c.Remote && p.Dst == c.Local
			if ours && !p.delivered && len(p.did) == 0 {
				return false // on its way: look again when it has arrived
			}
			c.cursor++
			if ours && p.delivered && match(p) {
				found = p
				return true
			}
		}
		return false
	})
	if ok {
		c.take(found)
	}
	return found, ok
}

// take follows a segment of the kernel's.
func (c *Conn) take(p *Packet) {
	if p.Options.HasTimestamp {
		c.TSRecent = p.Options.TSval
	}
	if p.Flags.Has(tcp.RST) {
		return
	}
	if p.Flags.Has(tcp.ACK) {
		c.Acked = p.Ack
	}
	if p.Flags.Has(tcp.SYN) || tcp.Seq(p.EndSeq()).After(tcp.Seq(c.Expected)) {
		c.Expected = p.EndSeq()
	}
}
