package world

import (
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"

	"github.com/lastack/lastack/internal/lab"
)

// LAN is two hosts joined by Ethernet devices of the kernel's own, with all their offloads on: for recordings by a real
// tcpdump.
type LAN struct{ Initiator, Responder *Host }

// NewLAN joins two hosts. With bridged, the initiator's address is on a bridge over its Ethernet device, so that
// "tcpdump -i any" there sees each packet on both.
func NewLAN(initiator, responder netip.Addr, bridged bool) (*LAN, error) {
	l := newLog()
	lan := &LAN{Initiator: &Host{Name: lab.Initiator, Addr: initiator, log: l, tun: -1},
		Responder: &Host{Name: lab.Responder, Addr: responder, log: l, tun: -1}}
	for _, h := range []*Host{lan.Initiator, lan.Responder} {
		var err error
		if h.ns, err = newNamespace(); err != nil {
			return nil, errors.Join(err, lan.Close())
		}
	}
	if err := lan.join(bridged); err != nil {
		return nil, errors.Join(err, lan.Close())
	}
	return lan, nil
}

// join makes the devices and sets them up.
func (lan *LAN) join(bridged bool) error {
	a, b := lan.Initiator, lan.Responder
	type step struct {
		host *Host
		ip   string
	}
	steps := []step{
		{a, fmt.Sprintf("link add eth0 type veth peer name eth0 netns %d", b.ns.thread)},
		{a, "link set lo up"}, {b, "link set lo up"},
		{a, "link set eth0 up"}, {b, "link set eth0 up"},
		{b, "addr add " + b.prefix() + " dev eth0" + b.noDAD()},
	}
	device := "eth0"
	if bridged {
		device = "br0"
		steps = append(steps, step{a, "link add br0 type bridge"}, step{a, "link set eth0 master br0"},
			step{a, "link set br0 up"})
	}
	steps = append(steps, step{a, "addr add " + a.prefix() + " dev " + device + a.noDAD()})
	for _, s := range steps {
		if err := s.host.ns.do(func() error { return ip(s.ip) }); err != nil {
			return err
		}
	}
	return nil
}

// prefix gives the host's address with its network's length.
func (h *Host) prefix() string {
	if h.Addr.Is6() {
		return h.Addr.String() + "/64"
	}
	return h.Addr.String() + "/24"
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

// Start runs a command in the host's namespace.
func (h *Host) Start(c *exec.Cmd) error { return h.ns.do(c.Start) }

// Close removes the hosts.
func (lan *LAN) Close() error {
	for _, h := range []*Host{lan.Initiator, lan.Responder} {
		if h.ns != nil {
			h.close()
		}
	}
	return nil
}
