package findings

import "fmt"

var ephemeralPortExhaustion = &Rule{
	Code:     "ephemeral-port-exhaustion",
	Title:    "A host has used up its ports towards one destination",
	Group:    GroupTimeWait,
	Severity: Error,
	Since:    "0.1",
	Summary:  "TIME-WAITs towards one destination reach the whole port range, or early reuse begins at that point",
	What: "One address had all the ports that it can choose from in TIME-WAIT towards one destination. Further connects fail on the " +
		"host itself, so the capture shows nothing of them.",
	Why: "When no port is free for the destination, connect fails with \"Cannot assign requested address\" (EADDRNOTAVAIL; " +
		"__inet_hash_connect), or with tcp_tw_reuse the kernel takes ports out of their own TIME-WAIT after 1 s (tcp_twsk_unique). " +
		"Looking for the last free ports also costs CPU time in every connect.",
	Confirm: []string{
		"on that host: ss -Htan state time-wait 'dst DESTINATION' | wc -l, against sysctl net.ipv4.ip_local_port_range",
		"on that host: EADDRNOTAVAIL in the application's log; nstat -az TcpExtTWRecycled",
	},
	Do: []string{
		"Keep connections open and use them again (HTTP keep-alive, connection pools).",
		"Widen net.ipv4.ip_local_port_range, or use several source or destination addresses or ports.",
		"On the connecting side net.ipv4.tcp_tw_reuse=1 lets ports be used again after 1 s (timestamps must be on).",
	},
	Misreadings: []string{
		"\"Cannot assign requested address\" is not about the address, but about ports.",
		"Neither tcp_fin_timeout nor tcp_tw_reuse on the server helps.",
	},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused",
		"Zeek: premature_connection_reuse when a port comes round within tcp_connection_linger (5 s)",
		"Suricata: counter flow.tcp_reuse",
		"Snort: none",
		"kernel: EADDRNOTAVAIL, TcpExtTWRecycled",
		"cloud NAT: SNAT port exhaustion",
	},
	LooksLike: []string{"a port range that is not the default: give --sysctl ADDR:net.ipv4.ip_local_port_range=…"},
	says:      saysTimeWait,
	RFC:       []string{"RFC 9293 section 3.6.1", "RFC 6056"},
	Kernel:    []string{"__inet_hash_connect", "tcp_twsk_unique"},
	Sysctl:    []string{"net.ipv4.ip_local_port_range", "net.ipv4.tcp_tw_reuse"},
	Counter:   []string{"TcpExtTWRecycled"},
	Absorbs:   []string{"time-wait-accumulation", "port-reused-early"},
}

// exhaustedPercent is how full the range must be for early reuse to mean that it is used up.
const exhaustedPercent = 95

func (h *held) exhausted(key route) Finding {
	f := h.finding(key, "ephemeral-port-exhaustion")
	f.Title = fmt.Sprintf("%s used up its %d ports towards %s", key.source.Netip(), h.ports, key.dest)
	f.Explanation = fmt.Sprintf("%s had %d TIME-WAITs at once towards %s, and %d ports to choose from. Connects beyond that fail on the "+
		"host itself.", key.source.Netip(), h.peak, key.dest, h.ports)
	if h.reused > 0 {
		f.Explanation = fmt.Sprintf("%s had %d TIME-WAITs at once towards %s, of %d ports to choose from, and took %s out of TIME-WAIT "+
			"early.", key.source.Netip(), h.peak, key.dest, h.ports, count(h.reused, "port"))
	}
	return f
}
