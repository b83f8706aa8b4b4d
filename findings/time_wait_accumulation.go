package findings

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/tcp"
)

var timeWaitAccumulation = &Rule{
	Code:     "time-wait-accumulation",
	Title:    "TIME-WAITs pile up towards one destination",
	Group:    GroupTimeWait,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "TIME-WAITs held at once towards one destination pass a share of the port range (80 %); peak, rate, when it runs out",
	What: "One address opened and closed so many connections to one destination within a minute that most of the ports it can choose " +
		"from are in TIME-WAIT.",
	Why: "The side that closes first keeps the four-tuple for 60 s (RFC 9293 section 3.6.1; TCP_TIMEWAIT_LEN). With source address, " +
		"destination and destination port given, only the source port is left to differ: ip_local_port_range has 28232 by " +
		"default, so about 470 connections a second is the most that lasts (__inet_hash_connect).",
	Confirm: []string{
		"on that host: ss -Htan state time-wait 'dst DESTINATION' | wc -l; ss -s",
		"on that host: sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse net.ipv4.tcp_max_tw_buckets",
	},
	Do: []string{
		"Keep connections open and use them again (HTTP keep-alive, connection pools).",
		"Widen net.ipv4.ip_local_port_range, or use several source or destination addresses or ports.",
		"On the connecting side net.ipv4.tcp_tw_reuse=1 lets ports be used again after 1 s (timestamps must be on).",
	},
	Misreadings: []string{
		"TIME-WAITs cost little memory: it is the ports that run out.",
		"tcp_fin_timeout does not shorten TIME-WAIT.",
		"tcp_tw_reuse does nothing for accepted connections.",
	},
	OtherNames: []string{
		"Wireshark: none",
		"Zeek: none",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtTW",
		"ss, netstat: TIME-WAIT, TIME_WAIT",
	},
	LooksLike: []string{"several hosts behind one NAT address: then each has its own ports, and the NAT device is the one that runs out"},
	says:      saysTimeWait,
	RFC:       []string{"RFC 9293 section 3.6.1", "RFC 6056"},
	Kernel:    []string{"__inet_hash_connect", "tcp_time_wait"},
	Sysctl:    []string{"net.ipv4.ip_local_port_range", "net.ipv4.tcp_tw_reuse", "net.ipv4.tcp_max_tw_buckets"},
	Counter:   []string{"TcpExtTW", "TcpExtTWRecycled"},
}

func (h *held) accumulated(key route) Finding {
	f := h.finding(key, "time-wait-accumulation")
	share := 100 * int(h.peak) / h.ports
	f.Title = fmt.Sprintf("%s held %d TIME-WAITs towards %s: %d %% of its ports", key.source.Netip(), h.peak, key.dest, share)
	f.Explanation = fmt.Sprintf("%s opened and closed %.3g connections a second to %s. At the peak %d of the %d ports that it can choose "+
		"from were in TIME-WAIT. %s", key.source.Netip(), h.rate(), key.dest, h.peak, h.ports, h.outlook())
	return f
}

// outlook says when the ports run out at the rate seen.
func (h *held) outlook() string {
	lasting := float64(h.ports) / h.lasts.Seconds()
	if h.rate() <= lasting {
		return "At that rate they do not run out, but there is little room left."
	}
	left := time.Duration(float64(h.ports-int(h.peak)) / h.rate() * float64(time.Second))
	return fmt.Sprintf("At that rate they run out %s later.", dur(int64(left)))
}

// finding starts a finding about a route's ports.
func (h *held) finding(key route, code string) Finding {
	f := fireGroup(Lookup(code))
	f.Blame = BlameInitiator
	f.Time, f.Until, f.Conns = h.began, max(h.began, h.peakAt*int64(time.Second)), h.conns
	f.note("source", key.source.Netip().String())
	f.note("destination", key.dest.String())
	f.note("peak", h.peak)
	f.note("ports", h.ports)
	f.note("rate", h.rate())
	f.note("connections", h.starts)
	f.note("reused", h.reused)
	h.hosts.acts = tcp.Initiator
	f.fit(h.hosts)
	return f
}
