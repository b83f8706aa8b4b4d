package world

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/trace"
)

// Site is a host with a kernel's TCP and nothing around it: no wire, no log, no applications.
// Whoever has one reads and writes its device and makes its sockets, which suits a great many short
// connections that are each recorded on their own.
type Site struct {
	ns    *namespace
	clock clock
	tun   int
}

// NewSite makes a host with an IPv4 and an IPv6 address. Whatever else lies in the prefixes is
// reached over its device.
func NewSite(ipv4, ipv6 netip.Prefix) (*Site, error) {
	ns, err := newNamespace()
	if err != nil {
		return nil, err
	}
	s := &Site{ns: ns, clock: newClock()}
	err = ns.do(func() (err error) {
		if s.tun, err = openTUN(ipv4); err != nil {
			return err
		}
		return addIPv6(ipv6)
	})
	if err != nil {
		ns.close()
		return nil, err
	}
	return s, nil
}

// Device is the descriptor that the host's packets come out of and go in through. It does not
// block.
func (s *Site) Device() int { return s.tun }

// Do runs f on the host's thread: sockets that f makes are the host's.
func (s *Site) Do(f func() error) error { return s.ns.do(f) }

// Sysctl sets one of the host's settings.
func (s *Site) Sysctl(key, value string) error {
	return s.ns.do(func() error {
		return os.WriteFile(filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/")), []byte(value), 0)
	})
}

// Now reads the monotonic clock that kernel events carry, in nanoseconds; Wall gives the time of
// day of a reading.
func (s *Site) Now() int64 { return now() }

// Wall gives the time of day of a reading of Now.
func (s *Site) Wall(mono int64) time.Time { return s.clock.wall(mono) }

// Close removes the host once its last socket is closed.
func (s *Site) Close() error {
	s.ns.close()
	return unix.Close(s.tun)
}

// Teller turns one host's kernel events into the truth's, and numbers its sockets.
type Teller struct {
	host    string
	wall    func(int64) time.Time
	sockets numbers
}

// Teller makes a teller of the site's events for a recording in which the host has the given name.
func (s *Site) Teller(host string) *Teller { return newTeller(host, s.clock) }

func newTeller(host string, c clock) *Teller {
	return &Teller{host: host, wall: c.wall, sockets: numbers{of: make(map[uint64]int)}}
}

// Tell gives an event of the truth.
func (t *Teller) Tell(e trace.Event) lab.Event {
	out := lab.Event{Time: t.wall(e.Nanos), Host: t.host, Local: e.Local, Remote: e.Remote,
		Socket: t.sockets.number(&e), Reason: e.Reason}
	if e.Segment != nil {
		out.Segment = headerOf(e.Segment, e.SegmentLen)
	}
	switch e.Tracepoint {
	case trace.SetState:
		out.Kind, out.From, out.To = lab.KindTransition, e.Old, e.New
	case trace.Drop:
		out.Kind, out.Function = lab.KindDrop, e.Function
	case trace.SendReset:
		out.Kind, out.To = lab.KindResetSent, e.New
	case trace.ReceiveReset:
		out.Kind = lab.KindResetReceived
	case trace.Retransmit:
		out.Kind, out.To = lab.KindRetransmit, e.New
		out.Segment = &lab.Header{Src: e.Local, Dst: e.Remote, Seq: e.Seq, Len: int(e.End - e.Seq)}
	case trace.RetransmitSYNACK:
		out.Kind, out.To, out.Segment = lab.KindRetransmit, "SYN-RECEIVED", nil
	}
	return out
}

// HeaderOf gives what identifies a segment with length bytes of payload.
func HeaderOf(s *packet.Segment, length int) *lab.Header { return headerOf(s, length) }

// Sockaddr gives the system calls' form of an address.
func Sockaddr(a netip.AddrPort) unix.Sockaddr { return sockaddr(a) }

// AddrPort reads the system calls' form of an address.
func AddrPort(sa unix.Sockaddr) netip.AddrPort { return addrPort(sa) }
