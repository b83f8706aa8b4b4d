package world

import (
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
)

// Host is one end of the wire with a kernel's TCP.
type Host struct {
	Name string // lab.Initiator or lab.Responder
	Addr netip.Addr

	ns      *namespace
	tun     int
	log     *log
	sysctls map[string]string
	before  map[string]int64 // counters at the start

	mu    sync.Mutex
	socks []*Socket // what the host's applications opened
	table []lab.Socket
}

// opened remembers a socket, so that none outlives its host.
func (h *Host) opened(s *Socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.socks = append(h.socks, s)
}

// calmDefaults are set on every host so that recordings do not depend on what the machine that made
// them prefers.
var calmDefaults = map[string]string{"net.ipv4.tcp_congestion_control": "cubic"}

// newHost makes a host in a namespace of its own, at an end of the lab's wire.
func newHost(name string, addr netip.Addr, l *log) (*Host, error) {
	return newHostOn(name, addr, l, func(h *Host) error {
		return h.ns.do(func() (err error) {
			h.tun, err = openTUN(h.prefix())
			return err
		})
	})
}

// prefix gives the host's address with its network's length.
func (h *Host) prefix() netip.Prefix {
	if h.Addr.Is6() {
		return netip.PrefixFrom(h.Addr, 64)
	}
	return netip.PrefixFrom(h.Addr, 24)
}

// newHostOn makes a host in a namespace of its own, with whatever devices attach makes.
func newHostOn(name string, addr netip.Addr, l *log, attach func(*Host) error) (*Host, error) {
	ns, err := newNamespace()
	if err != nil {
		return nil, err
	}
	h := &Host{Name: name, Addr: addr, ns: ns, log: l, tun: -1, sysctls: make(map[string]string)}
	if err := attach(h); err != nil {
		ns.close()
		return nil, err
	}
	for key, value := range calmDefaults {
		// A kernel without that congestion control keeps its own.
		_ = h.writeSysctl(key, value)
	}
	h.before, err = h.counters()
	return h, err
}

// Sysctl sets one of the host's settings, "net.ipv4.tcp_rfc1337".
func (h *Host) Sysctl(key, value string) error {
	h.sysctls[key] = value
	return h.writeSysctl(key, value)
}

// MTU sets how large the host's packets may be.
func (h *Host) MTU(bytes int) error { return h.ns.do(func() error { return setMTU(bytes) }) }

func (h *Host) writeSysctl(key, value string) error {
	return h.ns.do(func() error {
		return os.WriteFile(filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/")), []byte(value), 0)
	})
}

// SysctlFlags gives the settings as arguments of lastack --sysctl.
func (h *Host) SysctlFlags() []string {
	var flags []string
	for _, key := range slices.Sorted(maps.Keys(h.sysctls)) {
		flags = append(flags, fmt.Sprintf("%s:%s=%s", h.Addr, key, h.sysctls[key]))
	}
	return flags
}

// about describes the host for the truth file.
func (h *Host) about() lab.Event {
	return lab.Event{Kind: lab.KindHost, Time: h.log.start, Host: h.Name, About: &lab.Host{
		Addresses: []netip.Addr{h.Addr}, Kernel: KernelRelease(), Sysctls: h.sysctls,
	}}
}

// close removes the host.
func (h *Host) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.socks {
		_ = s.release()
	}
	unix.Close(h.tun)
	h.ns.close()
}

// KernelRelease gives the kernel's version as kernel.org numbers it, without what a distribution
// adds.
func KernelRelease() string {
	b, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return fmt.Sprintf("unknown (%v)", err)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(string(b)), "-")
	return version
}
