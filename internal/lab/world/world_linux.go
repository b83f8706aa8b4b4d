package world

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/trace"
)

// Config says what world to make.
type Config struct {
	Initiator, Responder netip.Addr
	Delay                time.Duration // one way
	Back                 time.Duration // from the responder to the initiator
	Middle               float64       // where the middle tap is, 0 at the initiator to 1 at the responder
	Scripted             string        // which host is a scripted peer, "" for none
	// Tcpdump is the device at which a real tcpdump listens on both hosts, which then are joined by
	// the kernel's own devices, not by the lab's wire; "" for the wire.
	Tcpdump string
	Snap    int // how much of each packet tcpdump keeps, bytes; 0 for all
}

// World is two hosts and the wire between them.
type World struct {
	Initiator, Responder *Host // nil where Peer stands
	Peer                 *Peer
	Wire                 *Wire

	log     *log
	tracer  *trace.Tracer
	dumps   []*dump // in place of the wire
	dumpDir string  // where they write
}

// New makes a world. The tracer may serve many worlds at once, as long as their addresses differ.
func New(c Config, tracer *trace.Tracer) (*World, error) {
	if c.Tcpdump != "" {
		return newLAN(c, tracer)
	}
	w := &World{log: newLog(), tracer: tracer}
	ends := make(map[string]end)
	for _, h := range []struct {
		name string
		addr netip.Addr
		host **Host
	}{{lab.Initiator, c.Initiator, &w.Initiator}, {lab.Responder, c.Responder, &w.Responder}} {
		if c.Scripted == h.name {
			w.Peer = &Peer{Name: h.name, Addr: h.addr}
			ends[h.name] = w.Peer
			continue
		}
		host, err := newHost(h.name, h.addr, w.log)
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
		*h.host, ends[h.name] = host, host
		w.hear(host)
	}
	var err error
	w.Wire, err = newWire(w.log, &c, ends[lab.Initiator], ends[lab.Responder])
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	if w.Peer != nil {
		w.Peer.wire = w.Wire
	}
	return w, nil
}

// hear has a host's kernel events written down.
func (w *World) hear(h *Host) {
	hears := &ear{Teller: newTeller(h.Name, w.log.clock), host: h, log: w.log}
	w.tracer.Subscribe(h.Addr, hears.hear)
}

// Host gives a host by name, nil where the scripted peer stands.
func (w *World) Host(name string) *Host {
	if name == lab.Responder {
		return w.Responder
	}
	return w.Initiator
}

// hosts gives the hosts that have a kernel.
func (w *World) hosts() []*Host {
	var hosts []*Host
	for _, h := range []*Host{w.Initiator, w.Responder} {
		if h != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// Wait waits for a truth event, and reports whether it came.
func (w *World) Wait(timeout time.Duration, match func(*lab.Event) bool) (lab.Event, bool) {
	return w.log.wait(timeout, match)
}

// Count gives the number of truth events so far that match.
func (w *World) Count(match func(*lab.Event) bool) int { return w.log.count(match) }

// Events gives a copy of the truth so far.
func (w *World) Events() []lab.Event {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return append([]lab.Event(nil), w.log.events...)
}

// Close ends the world: sockets still open in it go on in the kernel, but nothing hears of them.
func (w *World) Close() (err error) {
	if w.dumpDir != "" {
		err = errors.Join(w.stopDumps(), os.RemoveAll(w.dumpDir))
	}
	if w.Wire != nil {
		w.Wire.close()
	}
	for _, h := range w.hosts() {
		w.tracer.Unsubscribe(h.Addr)
		h.close()
	}
	return err
}

// Save writes the captures and the truth into a directory, and gives the names of the captures.
func (w *World) Save(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := w.stopDumps(); err != nil {
		return nil, err
	}
	events := w.Events()
	for _, h := range w.hosts() {
		moved, err := h.moved()
		if err != nil {
			return nil, err
		}
		events = append(events, h.about(), moved)
	}
	if w.Peer != nil {
		events = append(events, lab.Event{Kind: lab.KindHost, Time: w.log.start, Host: w.Peer.Name,
			About: &lab.Host{Addresses: []netip.Addr{w.Peer.Addr}, Scripted: true}})
	}
	save := w.saveTaps
	if w.Wire == nil {
		save = w.saveDumped
	} else {
		w.Wire.mu.Lock()
		defer w.Wire.mu.Unlock()
	}
	names, packets, err := save(dir)
	if err != nil {
		return nil, err
	}
	link(events, packets)
	for _, p := range packets {
		events = append(events, p.event())
	}
	return names, lab.WriteTruth(dir, events)
}

// saveTaps writes the captures of the wire's three taps, and gives the packets that were on it.
func (w *World) saveTaps(dir string) (names []string, packets []*Packet, err error) {
	for _, tap := range []string{lab.Initiator, lab.Middle, lab.Responder} {
		names = append(names, tap+".pcap")
		if err := saveCapture(filepath.Join(dir, tap+".pcap"), w.Wire.taps[tap]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", tap, err)
		}
	}
	return names, w.Wire.packets, nil
}

func saveCapture(path string, records []packet.Record) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(packet.WritePcap(f, records), f.Close())
}
