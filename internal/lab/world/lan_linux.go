package world

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/trace"
)

// newLAN makes a world of two hosts that Ethernet devices of the kernel's own join, with all their
// offloads on, and on which a real tcpdump listens at a device. For "any" the initiator's address
// is on a bridge over its Ethernet device, so that tcpdump sees each packet on both there.
func newLAN(c Config, tracer *trace.Tracer) (*World, error) {
	w := &World{log: newLog(), tracer: tracer}
	for _, h := range []struct {
		name string
		addr netip.Addr
		host **Host
	}{{lab.Initiator, c.Initiator, &w.Initiator}, {lab.Responder, c.Responder, &w.Responder}} {
		host, err := newHostOn(h.name, h.addr, w.log, func(*Host) error { return nil })
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
		*h.host = host
		w.hear(host)
	}
	err := join(w.Initiator, w.Responder, c.bridged())
	if err == nil {
		err = w.startDumps(&c)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// startDumps starts a tcpdump on each host.
func (w *World) startDumps(c *Config) (err error) {
	if w.dumpDir, err = os.MkdirTemp("", "lastack-lab-"); err != nil {
		return err
	}
	for _, h := range w.hosts() {
		d, err := startDump(h, c.DumpArgs(), w.dumpDir)
		if err != nil {
			return err
		}
		d.twice = c.bridged() && h == w.Initiator
		w.dumps = append(w.dumps, d)
	}
	return nil
}

// bridged reports whether the initiator's address is on a bridge.
func (c *Config) bridged() bool { return c.Tcpdump == "any" }

// join makes the devices between two hosts and sets them up.
func join(a, b *Host, bridged bool) error {
	type step struct {
		host *Host
		ip   string
	}
	steps := []step{
		{a, fmt.Sprintf("link add eth0 type veth peer name eth0 netns %d", b.ns.thread)},
		{a, "link set lo up"}, {b, "link set lo up"},
		{a, "link set eth0 up"}, {b, "link set eth0 up"},
		{b, "addr add " + b.prefix().String() + " dev eth0" + b.noDAD()},
	}
	device := "eth0"
	if bridged {
		device = "br0"
		steps = append(steps, step{a, "link add br0 type bridge"}, step{a, "link set eth0 master br0"},
			step{a, "link set br0 up"})
	}
	steps = append(steps, step{a, "addr add " + a.prefix().String() + " dev " + device + a.noDAD()})
	for _, s := range steps {
		if err := s.host.ns.do(func() error { return ip(s.ip) }); err != nil {
			return err
		}
	}
	return nil
}

// noDAD spares IPv6 the second that duplicate address detection takes.
func (h *Host) noDAD() string {
	if h.Addr.Is6() {
		return " nodad"
	}
	return ""
}

// ip runs the command of that name in the calling thread's namespace.
func ip(args string) error {
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, strings.TrimSpace(string(out)))
	}
	return nil
}
