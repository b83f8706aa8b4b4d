package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
)

const ringSize = 8 << 20

// Tracer hears the kernel's TCP events and hands each to whoever subscribed to one of its
// addresses.
type Tracer struct {
	sources []*source
	symbols symbolTable
	ring    *ebpf.Map
	reader  *ringbuf.Reader
	links   []link.Link
	done    chan struct{}

	mu   sync.RWMutex
	subs map[netip.Addr]func(Event)
}

// Open attaches to the tracepoints. The error says what the machine lacks.
func Open() (*Tracer, error) {
	if err := mount(); err != nil {
		return nil, err
	}
	t := &Tracer{symbols: readSymbols(), subs: make(map[netip.Addr]func(Event)), done: make(chan struct{})}
	skb, err := readSKBLayout()
	if err != nil {
		return nil, err
	}
	t.ring, err = ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: ringSize})
	if err != nil {
		return nil, fmt.Errorf("cannot make a BPF ring buffer (root, or CAP_BPF and CAP_PERFMON, needed): %w", err)
	}
	for _, name := range []string{SetState, Drop, SendReset, ReceiveReset, Retransmit, RetransmitSYNACK} {
		if err := t.attach(name, skb); err != nil {
			return nil, errors.Join(err, t.release())
		}
	}
	t.reader, err = ringbuf.NewReader(t.ring)
	if err != nil {
		return nil, errors.Join(err, t.release())
	}
	go t.listen()
	return t, nil
}

// attach loads the program for one tracepoint and attaches it.
func (t *Tracer) attach(name string, skb skbLayout) error {
	f, err := readFormat(name)
	if err != nil {
		return err
	}
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type:         ebpf.TracePoint,
		Instructions: assemble(len(t.sources), f, skb, t.ring),
		License:      "GPL", // the helpers that read kernel memory ask for it
	})
	if err != nil {
		return fmt.Errorf("tracepoint %s: %w", name, err)
	}
	defer program.Close() // the link keeps it
	group, event, _ := strings.Cut(name, "/")
	l, err := link.Tracepoint(group, event, program, nil)
	if err != nil {
		return fmt.Errorf("tracepoint %s: %w", name, err)
	}
	t.sources = append(t.sources, &source{name: name, format: f})
	t.links = append(t.links, l)
	return nil
}

// listen hands out events until the reader is closed.
func (t *Tracer) listen() {
	defer close(t.done)
	var rec ringbuf.Record
	for {
		if err := t.reader.ReadInto(&rec); err != nil {
			if errors.Is(err, os.ErrClosed) {
				return
			}
			continue
		}
		s := t.sources[binary.LittleEndian.Uint32(rec.RawSample[recEvent:])]
		if e, ok := s.decode(rec.RawSample, t.symbols); ok {
			t.dispatch(e)
		}
	}
}

// dispatch hands an event to the subscriber of the host that it happened on.
func (t *Tracer) dispatch(e Event) {
	at := e.Local.Addr()
	if e.Tracepoint == Drop {
		at = e.Segment.Src.Addr()
		if e.Incoming {
			at = e.Segment.Dst.Addr()
		}
	}
	t.mu.RLock()
	hear := t.subs[at]
	t.mu.RUnlock()
	if hear != nil {
		hear(e)
	}
}

// Subscribe calls hear for each event on the host with the given address. Calls come one at a time.
func (t *Tracer) Subscribe(at netip.Addr, hear func(Event)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.subs[at] = hear
}

// Unsubscribe ends a subscription.
func (t *Tracer) Unsubscribe(at netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.subs, at)
}

// Close detaches from everything.
func (t *Tracer) Close() error {
	err := t.reader.Close()
	<-t.done
	return errors.Join(err, t.release())
}

// release closes what the kernel holds for the tracer.
func (t *Tracer) release() error {
	var errs []error
	for _, l := range t.links {
		errs = append(errs, l.Close())
	}
	return errors.Join(append(errs, t.ring.Close())...)
}
