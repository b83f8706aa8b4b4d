package fsm

import (
	"time"

	"github.com/lastack/lastack/tcp"
)

// Host is what a host's sysctls say, as far as the tracker depends on them. Times in nanoseconds.
type Host struct {
	RFC1337         bool          // net.ipv4.tcp_rfc1337
	FinTimeout      time.Duration // net.ipv4.tcp_fin_timeout
	TWReuse         int           // net.ipv4.tcp_tw_reuse: 0 off, 1 on, 2 loopback only
	Timestamps      int           // net.ipv4.tcp_timestamps
	AbortOnOverflow bool          // net.ipv4.tcp_abort_on_overflow
	Retries2        int           // net.ipv4.tcp_retries2
	SynRetries      int           // net.ipv4.tcp_syn_retries
	PortLow         int           // net.ipv4.ip_local_port_range
	PortHigh        int
	MaxTWBuckets    int           // net.ipv4.tcp_max_tw_buckets
	KeepaliveTime   time.Duration // net.ipv4.tcp_keepalive_time
	KeepaliveIntvl  time.Duration // net.ipv4.tcp_keepalive_intvl
	KeepaliveProbes int           // net.ipv4.tcp_keepalive_probes
}

// Ephemeral reports whether the host takes a port for itself when it connects
// (net.ipv4.ip_local_port_range).
func (h *Host) Ephemeral(port uint16) bool {
	return int(port) >= h.PortLow &&
		int(port) <= h.PortHigh
}

// LinuxDefaults is a stock Linux 6.18 host (Documentation/networking/ip-sysctl.rst).
func LinuxDefaults() Host {
	return Host{FinTimeout: 60 * time.Second, TWReuse: 2, Timestamps: 1, Retries2: 15,
		SynRetries: 6, PortLow: 32768,
		PortHigh: 60999, MaxTWBuckets: 262144, KeepaliveTime: 7200 * time.Second, KeepaliveIntvl: 75 * time.Second,
		KeepaliveProbes: 9}
}

// Hosts gives each address its host settings.
type Hosts struct {
	Default Host
	ByAddr  map[tcp.Addr]Host
}

// Of gives the settings of the host with address a.
func (h *Hosts) Of(a tcp.Addr) *Host {
	if _, told := h.ByAddr[a]; !told {
		return &h.Default
	}
	host := h.ByAddr[a] // allocated only here
	return &host
}

// For gives the settings of the host with address a that runs a stack: what it was told, else the
// stack's own.
func (h *Hosts) For(a tcp.Addr, s Stack) *Host {
	if _, told := h.ByAddr[a]; !told && s > RFC9293 {
		return &profiles[s].Host
	}
	return h.Of(a)
}
