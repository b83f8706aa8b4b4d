package traffic

import (
	"container/heap"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
)

// Kind is a sort of traffic.
type Kind string

// The kinds.
const (
	// Short is connections of 13 segments: a request, a response of 4 kB, a close by the client or
	// the server; 7 for each further request.
	Short Kind = "short"
	Bulk  Kind = "bulk"  // a few connections that send all the time
	Flood Kind = "flood" // SYNs, each of another four-tuple
)

// Config says what to make. The zero value of a field stands for its default.
type Config struct {
	Kind        Kind
	Format      Format // pcap
	Connections int    // 480,000 short ones, 8 bulk ones, 10,000,000 SYNs
	Packets     int    // of bulk traffic, in all: 3,000,000
	SnapLen     int    // 262,144
	Seed        uint64
	Answered    bool // the flood's server answers with SYN,ACK
	Requests    int  // of each short connection: 1
	Lossy       int  // in how many of a hundred short connections a response's end is lost beyond the capture, and sent again: 0
}

func (c Config) withDefaults() Config {
	set := func(v *int, otherwise int) {
		if *v == 0 {
			*v = otherwise
		}
	}
	if c.Format == "" {
		c.Format = Pcap
	}
	set(&c.Packets, 3_000_000)
	set(&c.SnapLen, 262_144)
	set(&c.Requests, 1)
	set(&c.Connections, map[Kind]int{Short: 480_000, Bulk: 8, Flood: 10_000_000}[c.Kind])
	return c
}

// Generate writes a capture. Errors are those of w, and of settings that are not known.
func Generate(w io.Writer, c Config) error {
	c = c.withDefaults()
	out, err := newWriter(w, c.Format, c.SnapLen)
	if err != nil {
		return err
	}
	g := &generator{Config: c, out: out, frames: newFrames(), rand: rand.New(rand.NewPCG(c.Seed, 1)), now: start}
	switch c.Kind {
	case Short:
		g.short()
	case Bulk:
		g.bulk()
	case Flood:
		g.flood()
	default:
		return fmt.Errorf("traffic %q is not known: want short, bulk or flood", c.Kind)
	}
	return out.close()
}

// start is when captures begin: 2023-11-14 22:13:20 UTC, in microseconds.
const start = 1_700_000_000e6

// generator is a capture on its way.
type generator struct {
	Config
	out    *writer
	frames *frames
	rand   *rand.Rand
	now    int64 // microseconds
	queue  queue
	made   int // connections
}

// conn is a connection that is being made.
type conn struct {
	sides [2]host // the client first
	step  int
	asked int   // requests
	due   int64 // of its next segment, in microseconds
	first int   // who closes first
	lossy bool  // the response's end is yet to be lost
	rto   int   // before its next segment, in microseconds
}

// queue has the connections by when they send next.
type queue []*conn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due < q[j].due }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*conn)) }
func (q *queue) Pop() any {
	old := *q
	c := old[len(old)-1]
	*q = old[:len(old)-1]
	return c
}

// ports is how many connections one client makes before the next one takes over: all of a Linux
// host's ephemeral ports, so that no four-tuple comes twice.
const (
	firstPort = 32768
	ports     = 28232
	clients   = 200 // at once
)

// newConn makes the next connection's hosts.
func (g *generator) newConn() *conn {
	n := g.made
	g.made++
	client := n%clients + n/(clients*ports)*clients
	side := func(addr [4]byte, port uint16) host {
		return host{addr: netip.AddrFrom4(addr), port: port, nxt: g.rand.Uint32(), clock: g.rand.Uint32(),
			ipID: uint16(g.rand.Uint32()), window: 502}
	}
	lossy := g.Lossy > 0 && g.rand.IntN(100) < g.Lossy
	return &conn{due: g.now, lossy: lossy, first: g.rand.IntN(2), sides: [2]host{
		side([4]byte{10, 1, byte(client >> 8), byte(client)}, uint16(firstPort+n/clients%ports)),
		side([4]byte{10, 2, 0, byte(1 + n%4)}, server)}}
}

// send writes a segment of one side of a connection.
func (g *generator) send(c *conn, from int, flags byte, n int) {
	s, peer := &c.sides[from], &c.sides[1-from]
	frame := g.frames.segment(g.now, s, peer, flags, n)
	peer.echo = s.clock + uint32(g.now/1000)
	g.out.record(g.now, frame)
}

// again puts a connection back into the queue, to go on after a time in microseconds.
func (g *generator) again(c *conn, after int) {
	c.due, c.rto = g.now+int64(after+c.rto), 0
	heap.Push(&g.queue, c)
}
