package world

import (
	"container/heap"
	"errors"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
)

// Wire carries packets between two ends.
type Wire struct {
	log    *log
	delay  map[string]time.Duration // one way, to each host
	middle float64                  // where the middle tap is: 0 at the initiator, 1 at the responder

	ends map[string]end
	bell int // eventfd that wakes the loop
	done chan struct{}

	mu      sync.Mutex
	changed *sync.Cond
	closing bool
	rules   []*Rule
	due     schedule
	order   int
	packets []*Packet
	taps    map[string][]packet.Record
	copies  map[string]func(*Packet) int
}

// end is what is at one end of the wire.
type end interface {
	// deliver hands over a packet.
	deliver(data []byte)
	// fd is the descriptor that packets come out of, -1 if none.
	fd() int
}

// The host at an end: packets go through its TUN device.
func (h *Host) fd() int { return h.tun }

func (h *Host) deliver(data []byte) {
	// An interface that is down refuses packets, as a pulled cable would.
	_, _ = unix.Write(h.tun, data)
}

// newWire makes a wire and sets it going.
func newWire(l *log, c *Config, initiator, responder end) (*Wire, error) {
	bell, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	w := &Wire{log: l, middle: c.Middle, bell: bell, done: make(chan struct{}),
		delay: map[string]time.Duration{lab.Responder: c.Delay, lab.Initiator: c.Back},
		ends:  map[string]end{lab.Initiator: initiator, lab.Responder: responder},
		taps:  make(map[string][]packet.Record), copies: make(map[string]func(*Packet) int)}
	w.changed = sync.NewCond(&w.mu)
	go w.loop()
	return w, nil
}

// loop moves packets until the wire is closed. Before it hands a packet to a host it takes what
// that host has sent, so that the order in a host's capture is the order in which its TCP saw
// things.
func (w *Wire) loop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(w.done)
	fds := []unix.PollFd{{Fd: int32(w.bell), Events: unix.POLLIN}}
	for _, e := range w.ends {
		if e.fd() >= 0 {
			fds = append(fds, unix.PollFd{Fd: int32(e.fd()), Events: unix.POLLIN})
		}
	}
	for {
		w.drain(lab.Initiator)
		w.drain(lab.Responder)
		w.mu.Lock()
		if w.closing {
			w.mu.Unlock()
			return
		}
		stop, wait, ready := w.next()
		w.mu.Unlock()
		if ready {
			if stop.stage == arriving {
				w.drain(stop.packet.To)
			}
			w.arrive(stop)
			continue
		}
		ts := unix.NsecToTimespec(wait.Nanoseconds())
		if _, err := unix.Ppoll(fds, &ts, nil); err != nil && !errors.Is(err, unix.EINTR) {
			panic(err) // the descriptors are ours and open
		}
		var sink [8]byte
		_, _ = unix.Read(w.bell, sink[:])
	}
}

// next takes the stop that is due, or tells how long until one is.
func (w *Wire) next() (s stop, wait time.Duration, ready bool) {
	if len(w.due) == 0 {
		return s, time.Second, false
	}
	if wait = time.Duration(w.due[0].at - now()); wait > 0 {
		return s, wait, false
	}
	return heap.Pop(&w.due).(stop), 0, true
}

// drain takes everything that a host has sent.
func (w *Wire) drain(host string) {
	fd := w.ends[host].fd()
	if fd < 0 {
		return
	}
	buf := make([]byte, 65536)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil || n == 0 {
			return
		}
		w.enter(append([]byte(nil), buf[:n]...), host, "kernel")
	}
}

// enter puts a packet that a host sent on the wire.
func (w *Wire) enter(data []byte, from, origin string) {
	p, ok := newPacket(data, from, other(from), origin)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.admit(p)
	w.tap(from, p)
	w.through(p, BeforeMiddle)
}

// admit numbers a packet and remembers it.
func (w *Wire) admit(p *Packet) {
	p.id, p.sent = len(w.packets)+1, w.log.now()
	w.packets = append(w.packets, p)
	w.changed.Broadcast()
}

// tap writes a packet into a tap's capture.
func (w *Wire) tap(name string, p *Packet) {
	copies := 1
	if of := w.copies[name]; of != nil {
		copies = of(p)
	}
	if copies > 0 {
		p.frames[name] = len(w.taps[name]) + 1
	}
	for range copies {
		w.taps[name] = append(w.taps[name], packet.Record{Time: w.log.now(), Data: p.Data})
	}
}

// Tap makes a tap record each packet as often as copies says: 0 for a packet that the capture
// misses. nil is once each.
func (w *Wire) Tap(name string, copies func(*Packet) int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.copies[name] = copies
}

// through takes a packet past the rules of one half of the wire.
func (w *Wire) through(p *Packet, where Where) {
	for _, r := range w.rules {
		if !r.applies(p, where) {
			continue
		}
		w.changed.Broadcast()
		switch {
		case r.Drop:
			p.note("dropped %v", where)
		case r.Hold:
			r.waiting = append(r.waiting, p)
		case r.Delay > 0:
			p.note("delayed %v %v", r.Delay, where)
			w.pass(p, where, r.Delay)
		case r.Copy > 0:
			w.pass(p, where, 0)
			w.duplicate(p, where, r.Copy)
		case r.Alter != nil:
			p.note("altered %v", where)
			p.Data = r.Alter(append([]byte(nil), p.Data...))
			w.pass(p, where, 0)
		}
		return
	}
	w.pass(p, where, 0)
}

// pass sends a packet over one half of the wire.
func (w *Wire) pass(p *Packet, where Where, extra time.Duration) {
	share := w.middle
	stage := stage(passing)
	if (p.To == lab.Responder) == (where == AfterMiddle) {
		share = 1 - w.middle
	}
	if where == AfterMiddle {
		stage = arriving
	}
	w.order++
	at := now() + int64(extra) + int64(float64(w.delay[p.To])*share)
	heap.Push(&w.due, stop{at: at, order: w.order, stage: stage, packet: p})
}

// duplicate sends a copy of a packet after it.
func (w *Wire) duplicate(p *Packet, where Where, after time.Duration) {
	c, _ := newPacket(p.Data, p.From, p.To, "duplicate")
	c.of = p.id
	w.admit(c)
	c.note("copied %v", where)
	w.pass(c, where, after)
}

// arrive handles a packet that has come to the middle or to its end.
func (w *Wire) arrive(s stop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := s.packet
	if s.stage == passing {
		w.tap(lab.Middle, p)
		w.through(p, AfterMiddle)
		return
	}
	w.tap(p.To, p)
	p.delivered, p.arrived = true, w.log.now()
	w.ends[p.To].deliver(p.Data)
	w.changed.Broadcast()
}

// other gives the host at the other end.
func other(host string) string {
	if host == lab.Initiator {
		return lab.Responder
	}
	return lab.Initiator
}

// wake makes the loop look again.
func (w *Wire) wake() {
	one := [8]byte{1}
	_, _ = unix.Write(w.bell, one[:])
}

// close stops the wire; what is still on its way is lost.
func (w *Wire) close() {
	w.mu.Lock()
	w.closing = true
	w.mu.Unlock()
	w.wake()
	<-w.done
	unix.Close(w.bell)
}
