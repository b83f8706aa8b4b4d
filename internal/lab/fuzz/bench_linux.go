package fuzz

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/trace"
	"github.com/lastack/lastack/internal/lab/world"
)

// The kernel's addresses are the first of networks that are set apart for benchmarks (RFC 2544, RFC
// 5180); the scripted peers' are the others.
var (
	network4 = netip.MustParsePrefix("198.18.0.1/24")
	network6 = netip.MustParsePrefix("2001:2::1/64")
)

// pair names a connection: the kernel's end and the scripted peer's.
type pair struct{ local, remote netip.AddrPort }

// bench is one kernel's TCP and all the connections that are played with it.
type bench struct {
	site   *world.Site
	tracer *trace.Tracer
	diag   *diag
	ports  ports
	bell   int
	done   chan struct{}

	// mu is held while a packet goes in or a system call is made, until all that the kernel sent
	// because of it is taken.
	mu    sync.Mutex
	conns map[pair]*conn
	buf   [65536]byte
	// calling is set while what a system call made the kernel send is taken.
	calling bool

	// hearing guards what kernel events go to. They come on the tracer's own goroutine.
	hearing sync.Mutex
	ears    map[pair]*ear
	markers map[uint32]chan struct{}
	marked  uint32
}

// newBench makes a host and begins to take its packets and events.
func newBench(tracer *trace.Tracer) (*bench, error) {
	site, err := world.NewSite(network4, network6)
	if err != nil {
		return nil, err
	}
	b := &bench{site: site, tracer: tracer, done: make(chan struct{}), conns: make(map[pair]*conn),
		ears: make(map[pair]*ear), markers: make(map[uint32]chan struct{})}
	// What a connection learned of its path would make the next one start with another
	// retransmission timeout.
	if err := site.Sysctl("net.ipv4.tcp_no_metrics_save", "1"); err != nil {
		return nil, errors.Join(err, site.Close())
	}
	if b.bell, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return nil, errors.Join(err, site.Close())
	}
	if b.diag, err = newDiag(site); err != nil {
		return nil, errors.Join(err, site.Close(), unix.Close(b.bell))
	}
	tracer.Subscribe(network4.Addr(), b.hear)
	tracer.Subscribe(network6.Addr(), b.hear)
	go b.listen()
	return b, nil
}

// listen takes what the kernel sends of its own accord: what its timers send.
func (b *bench) listen() {
	defer close(b.done)
	fds := []unix.PollFd{{Fd: int32(b.bell), Events: unix.POLLIN}, {Fd: int32(b.site.Device()), Events: unix.POLLIN}}
	for {
		if _, err := unix.Ppoll(fds, nil, nil); err != nil && !errors.Is(err, unix.EINTR) {
			panic(err) // the descriptors are ours and open
		}
		if fds[0].Revents != 0 {
			return
		}
		b.mu.Lock()
		b.drain()
		b.mu.Unlock()
	}
}

// drain takes everything that the kernel has sent. The caller holds mu.
func (b *bench) drain() {
	for {
		n, err := unix.Read(b.site.Device(), b.buf[:])
		if err != nil || n <= 0 {
			return
		}
		segment, _, err := packet.Parse(b.buf[:n])
		if err != nil {
			continue
		}
		if c := b.conns[pair{segment.Src, segment.Dst}]; c != nil {
			c.take(b.buf[:n], b.site.Now())
		}
	}
}

// deliver hands a packet to the kernel and takes what that makes it send. It is made when nothing
// can come between.
func (b *bench) deliver(c *conn, shot int, make func() packet.Segment) *passed {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drain()
	segment := make()
	data := segment.Marshal()
	p := c.put(data, b.site.Now())
	p.shot, p.acked = shot, c.rcvNxt
	c.said(&p.Segment)
	p.before = b.diag.state(c.pair)
	p.at = b.site.Now()
	_, p.err = unix.Write(b.site.Device(), data)
	p.done = b.site.Now()
	mark := len(c.packets)
	b.drain()
	p.answers = c.packets[mark:]
	p.after = b.diag.state(c.pair)
	return p
}

// act makes a system call and takes what that makes the kernel send.
func (b *bench) act(call func() error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.drain()
	err := call()
	b.calling = true
	b.drain()
	b.calling = false
	return err
}

// attach begins to take a connection's packets and events.
func (b *bench) attach(c *conn) {
	b.mu.Lock()
	b.conns[c.pair] = c
	b.mu.Unlock()
	b.hearing.Lock()
	b.ears[c.pair] = &c.ear
	b.hearing.Unlock()
}

// detach ends the recording of a connection.
func (b *bench) detach(c *conn) {
	b.hearing.Lock()
	delete(b.ears, c.pair)
	b.hearing.Unlock()
	b.mu.Lock()
	delete(b.conns, c.pair)
	b.mu.Unlock()
}

// forget removes what a connection left in the kernel when its application has closed everything.
func (b *bench) forget(c *conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.diag.destroy(c.pair)
	b.drain()
}

// close removes the host.
func (b *bench) close() error {
	b.tracer.Unsubscribe(network4.Addr())
	b.tracer.Unsubscribe(network6.Addr())
	one := [8]byte{1}
	_, err := unix.Write(b.bell, one[:])
	<-b.done
	if err = errors.Join(err, unix.Close(b.bell), b.diag.close(), b.site.Close()); err != nil {
		return fmt.Errorf("closing the bench: %w", err)
	}
	return nil
}
