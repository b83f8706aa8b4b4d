package fuzz

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
)

// taps are the places of a recording's captures. On a wire without length they all see the same.
var taps = []string{lab.Initiator, lab.Middle, lab.Responder}

// save writes a recording of a connection that shows a difference, and what that is.
func (c *conn) save(dir string, variation string, d *Difference) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	meta := lab.Meta{Scenario: "fuzz/" + d.Name(), Variation: variation, Title: d.Signature(), Note: c.plan.String(),
		Known:  []string{"the kernel's own events and its socket's state before and after each segment (sock_diag)"},
		Expect: []string{}, AnyFindings: true, Kernel: world.KernelRelease()}
	var records []packet.Record
	for _, p := range c.packets {
		records = append(records, packet.Record{Time: p.wall, Data: p.data})
	}
	for _, tap := range taps {
		meta.Captures = append(meta.Captures, tap+".pcap")
		if err := writeCapture(filepath.Join(dir, tap+".pcap"), records); err != nil {
			return err
		}
	}
	return errors.Join(lab.WriteTruth(dir, c.truth()), meta.Write(dir))
}

func writeCapture(path string, records []packet.Record) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(packet.WritePcap(f, records), f.Close())
}

// truth gives the recording's events.
func (c *conn) truth() []lab.Event {
	start := c.bench.site.Wall(c.bench.site.Now())
	if len(c.packets) > 0 {
		start = c.packets[0].wall
	}
	events := []lab.Event{
		{Kind: lab.KindHost, Time: start, Host: c.plan.kernel(), About: &lab.Host{Addresses: []netip.Addr{c.local.Addr()},
			Kernel: world.KernelRelease()}},
		{Kind: lab.KindHost, Time: start, Host: c.plan.peer(), About: &lab.Host{Addresses: []netip.Addr{c.remote.Addr()},
			Scripted: true}},
	}
	for i := range c.ear.events {
		e := c.ear.events[i].Event
		if e.Segment != nil {
			e.Packet = c.packetOf(&c.ear.events[i])
		}
		events = append(events, e)
	}
	events = append(events, c.calls...)
	for i, p := range c.packets {
		events = append(events, c.packetEvent(i+1, p))
		if !p.fromKernel {
			events = append(events, c.stateEvent(p))
		}
	}
	return events
}

// packetOf gives the number of the packet that an event is about, 0 if none.
func (c *conn) packetOf(h *heard) int {
	for i, p := range c.packets {
		if !p.fromKernel && h.about(p) {
			return i + 1
		}
	}
	return 0
}

// packetEvent gives a packet's line.
func (c *conn) packetEvent(n int, p *passed) lab.Event {
	from, to, origin := c.plan.peer(), c.plan.kernel(), "script"
	if p.fromKernel {
		from, to, origin = to, from, "kernel"
	}
	frames := make(map[string]int)
	for _, tap := range taps {
		frames[tap] = n
	}
	return lab.Event{Kind: lab.KindPacket, Time: p.wall, Host: from, Packet: n,
		Segment: world.HeaderOf(&p.Segment, len(p.Payload)),
		Wire:    &lab.Passed{Frames: frames, To: to, Delivered: true, Arrived: p.wall, Origin: origin}}
}

// stateEvent tells the state that a packet left the kernel's socket in.
func (c *conn) stateEvent(p *passed) lab.Event {
	e := lab.Event{Kind: lab.KindSockets, Time: c.bench.site.Wall(p.done), Host: c.plan.kernel()}
	if p.after != "CLOSED" && p.after != "LISTEN" {
		e.Sockets = []lab.Socket{{Local: c.local, Remote: c.remote, State: p.after}}
	}
	return e
}
