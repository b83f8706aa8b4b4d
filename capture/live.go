package capture

import (
	"fmt"
	"strings"
	"time"
)

// DefaultSnapLen is how much of each packet a live capture keeps. It holds the longest headers met
// in practice: Ethernet 14, two VLAN tags 8, outer IPv6 40, UDP 8, GENEVE with 64 bytes of options
// 72, inner Ethernet with a tag 18, inner IPv6 40, TCP with all its options 60: 260, and some
// extension headers. Of small segments it also holds the payload, so that their checksum can be
// verified.
const DefaultSnapLen = 320

// LiveOptions are for OpenLive.
type LiveOptions struct {
	Iface      string
	Filter     string        // BPF expression, run by the kernel; "" is every packet
	SnapLen    int           // bytes kept of each packet; 0 is DefaultSnapLen
	Promisc    bool          // take packets too that are not for this host
	BufferSize int           // the kernel's buffer in bytes; 0 is libpcap's default
	Timeout    time.Duration // the longest that a packet waits to be delivered; 0 is 100 ms
	Count      uint64        // stop after so many packets; 0 is no limit
	Duration   time.Duration // stop after so long; 0 is no limit
}

// LiveSource is the Source of an interface. Its Next comes back after the options' Timeout at the
// latest, with an empty batch if nothing came, and gives io.EOF after Stop, Count or Duration.
type LiveSource interface {
	Source
	// Stop makes Next end the capture, within the options' Timeout. It may be called from any
	// goroutine.
	Stop()
}

// LiveInterface is one that packets can be captured from.
type LiveInterface struct {
	Name        string
	Description string
	Addresses   []string
}

// PermissionError says that capturing needs a right that this process does not have.
type PermissionError struct{ Iface string }

// Error says what to do about it.
func (e *PermissionError) Error() string {
	return fmt.Sprintf(`no permission to capture on %s: the capability CAP_NET_RAW is missing
run with sudo, or grant it once: sudo setcap cap_net_raw,cap_net_admin=eip "$(which lastack)"`, e.Iface)
}

// UnknownInterfaceError says that there is no such interface.
type UnknownInterfaceError struct {
	Iface string
	Known []string // the interfaces that there are
}

// Error lists the interfaces that there are.
func (e *UnknownInterfaceError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("no interface %q, and none that can be captured from", e.Iface)
	}
	return fmt.Sprintf("no interface %q; there are: %s", e.Iface, strings.Join(e.Known, ", "))
}
