package traffic

import (
	"container/heap"
	"encoding/binary"
	"net/netip"
)

// spacing is the mean time between two short connections, in microseconds: 12,500 a second.
const spacing = 80

// short makes connections one after the other, many under way at once.
func (g *generator) short() {
	heap.Push(&g.queue, g.newConn())
	for len(g.queue) > 0 {
		c := heap.Pop(&g.queue).(*conn)
		g.now = c.due
		if c.step == 0 && g.made < g.Connections {
			next := g.newConn()
			next.due += int64(spacing/2 + g.rand.IntN(spacing))
			heap.Push(&g.queue, next)
		}
		if g.shortStep(c) {
			g.again(c, 200+g.rand.IntN(4000))
		}
		c.step++
	}
}

// shortStep sends a connection's next segment, and reports whether there is another one.
func (g *generator) shortStep(c *conn) bool {
	const (
		client, server = 0, 1
		last           = 1200    // bytes of a response's last segment
		rtoMin         = 200_000 // Linux's TCP_RTO_MIN, in microseconds
	)
	switch c.step {
	case 0:
		g.send(c, client, syn, 0)
	case 1:
		g.send(c, server, syn|ack, 0)
	case 3:
		g.send(c, client, psh|ack, 120)
		c.asked++
	case 4:
		g.send(c, server, ack, 0)
	case 5, 6:
		g.send(c, server, ack, maxLen)
	case 8:
		g.send(c, server, psh|ack, last)
		if c.lossy {
			c.lossy, c.rto = false, rtoMin
			c.sides[server].nxt -= last
			c.step-- // once more
		}
	case 10:
		g.send(c, c.first, fin|ack, 0)
	case 11:
		g.send(c, 1-c.first, fin|ack, 0)
	case 12:
		g.send(c, c.first, ack, 0)
		return false
	default: // 2, 7, 9
		g.send(c, client, ack, 0)
		if c.step == 9 && c.asked < g.Requests {
			c.step = 2 // another request
		}
	}
	return true
}

// bulk makes connections that open at once, whose servers send without pause, and that never close
// within the capture. Every second segment is acknowledged.
func (g *generator) bulk() {
	for range g.Connections {
		heap.Push(&g.queue, g.newConn())
	}
	for left := g.Packets; left > 0; left-- {
		c := heap.Pop(&g.queue).(*conn)
		g.now = c.due
		wait := g.rand.IntN(20)
		switch {
		case c.step < 2:
			g.shortStep(c)
			wait += 5000
		case c.step < 4: // the client's acknowledgment and request
			g.shortStep(c)
		case c.step%3 == 0:
			g.send(c, 0, ack, 0)
		default:
			g.send(c, 1, ack, maxLen)
		}
		c.step++
		g.again(c, wait)
	}
}

// flood makes SYNs from forged addresses to one server, a million in a second.
func (g *generator) flood() {
	for n := range uint32(g.Connections) {
		var src [4]byte
		binary.BigEndian.PutUint32(src[:], n*2654435761) // each number once (an odd multiplier permutes them)
		c := g.newConn()
		c.sides[0].addr, c.sides[1].addr = netip.AddrFrom4(src), netip.AddrFrom4([4]byte{10, 2, 0, 1})
		g.send(c, 0, syn, 0)
		if g.Answered {
			g.send(c, 1, syn|ack, 0)
		}
		g.now++
	}
}
