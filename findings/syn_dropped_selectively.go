package findings

import (
	"fmt"
	"slices"
	"strings"
)

var synDroppedSelectively = &Rule{
	Code:     "syn-dropped-selectively",
	Title:    "SYNs of one kind get no answer, others do",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "SYNs to one listener that have one attribute fail or need another try, and those without it pass; says the counts",
	What: "Of the connection requests to one listener those that have something in common got no answer, and those that lack it were " +
		"answered. So the listener is there, and something drops a kind of request.",
	Why: "A listener takes a SYN whatever its options and ports are, if nothing of an earlier connection is left (RFC 9293 section " +
		"3.10.7.2; tcp_conn_request). What sits on the way may not: a balancer or firewall still has the entry of an earlier connection " +
		"with the same ports, a filter drops what it does not know (ECN, fast open, timestamps). The client tries again after 1 s, and " +
		"passes if the entry is gone by then, or if it leaves the option out: after a timeout Linux asks without ECN (tcp_ecn_fallback) " +
		"and sends no data with the SYN (tcp_retransmit_skb).",
	Confirm: []string{
		"capture on both sides of each device on the way: tcpdump -ni any 'host SERVER and tcp[tcpflags] & tcp-syn != 0'",
		"on a Linux device on the way: conntrack -L --dst SERVER; ipvsadm -lnc; nft list ruleset",
		"on the server: nstat -az TcpExtListenDrops TcpExtTCPReqQFullDrop TcpExtPAWSEstab (none rises)",
	},
	Do: []string{
		"Find the device that drops these SYNs, and change its rule or timeout.",
		"Until then let the clients do without what the SYNs have in common.",
	},
	Misreadings: []string{
		"It is no random loss, and no full backlog: these would hit both kinds.",
		"That the second try passes does not mean that the network is well: each such connect takes 1 s or more.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [SYN]",
		"Zeek: conn_state S0, or a repeated S that adds no letter",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtTCPSynRetrans, TcpExtTCPTimeouts",
	},
	LooksLike: []string{"chance, where few SYNs were dropped: count over a longer time"},
	RFC:       []string{"RFC 9293 section 3.10.7.2", "RFC 3168 section 6.1.1.1", "RFC 7413 section 7.1"},
	Kernel:    []string{"tcp_conn_request", "tcp_retransmit_timer", "tcp_ecn_send_syn"},
	Sysctl:    []string{"net.ipv4.tcp_ecn", "net.ipv4.tcp_ecn_fallback", "net.ipv4.tcp_fastopen", "net.ipv4.tcp_timestamps"},
	Counter:   []string{"TcpExtTCPSynRetrans", "TcpExtTCPTimeouts"},
	Absorbs:   []string{"syn-retransmitted", "syn-unanswered"},
}

// kind is how an attribute is spoken of.
type kind struct {
	name    string    // in data
	of      [2]string // SYNs without it, and with it
	because string
	advice  []string
	sysctl  []string
}

// kinds of SYNs.
var kinds = [numAttributes]kind{
	attrReused: {
		name:   "port-reused",
		of:     [2]string{"SYNs from ports that were new", "SYNs from ports that had been used before"},
		sysctl: []string{"net.ipv4.vs.conn_reuse_mode", "net.netfilter.nf_conntrack_tcp_timeout_time_wait"},
		because: "A balancer, NAT device or firewall that remembers an ended connection for longer than the hosts do drops the SYN of the " +
			"next one with the same ports.",
		advice: []string{
			"On the balancer or firewall shorten the timeout of ended connections, or let a SYN begin a new one: for IPVS sysctl -w " +
				"net.ipv4.vs.conn_reuse_mode=0, for connection tracking net.netfilter.nf_conntrack_tcp_timeout_time_wait.",
			"Let the client keep its connections, or use more addresses, so that a port comes again later.",
		},
	},
	attrECN: {
		name:    "ecn",
		of:      [2]string{"SYNs without ECN", "SYNs that set up ECN (flags ECE and CWR)"},
		sysctl:  []string{"net.ipv4.tcp_ecn", "net.ipv4.tcp_ecn_fallback"},
		because: "A filter on the way takes the two flags, which were reserved before RFC 3168, for an attack or an error.",
		advice: []string{
			"Find the device that drops them, and let it ignore the flags ECE and CWR.",
			"Until then turn ECN off on the client: sysctl -w net.ipv4.tcp_ecn=0 on Linux.",
		},
	},
	attrData: {
		name:    "syn-data",
		of:      [2]string{"SYNs without data", "SYNs with data (fast open)"},
		sysctl:  []string{"net.ipv4.tcp_fastopen"},
		because: "A filter on the way drops SYNs that carry data, which TCP Fast Open (RFC 7413) sends.",
		advice: []string{
			"Find the device that drops them, and let it pass SYNs with data.",
			"Until then turn fast open off on the client: sysctl -w net.ipv4.tcp_fastopen=0 on Linux, or in the application.",
		},
	},
	attrFastOpen: {
		name:    "fast-open",
		of:      [2]string{"SYNs without the fast open option", "SYNs with the fast open option"},
		sysctl:  []string{"net.ipv4.tcp_fastopen"},
		because: "A filter on the way drops SYNs with an option that it does not know (TCP Fast Open, RFC 7413).",
		advice: []string{
			"Find the device that drops them, and let it pass options that it does not know.",
			"Until then turn fast open off on the client: sysctl -w net.ipv4.tcp_fastopen=0 on Linux, or in the application.",
		},
	},
	attrTimestamps: {
		name:    "timestamps",
		of:      [2]string{"SYNs without timestamps", "SYNs with timestamps"},
		sysctl:  []string{"net.ipv4.tcp_timestamps"},
		because: "Something on the way, or at the server, judges connections by their timestamps (RFC 7323).",
		advice:  []string{"Compare one SYN of each kind on both sides of each device on the way."},
	},
	attrSACK: {
		name:    "sack-permitted",
		of:      [2]string{"SYNs without SACK", "SYNs with SACK permitted"},
		because: "Something on the way judges connection requests by that option (RFC 2018).",
		advice:  []string{"Compare one SYN of each kind on both sides of each device on the way."},
	},
	attrWScale: {
		name:    "window-scale",
		of:      [2]string{"SYNs without window scaling", "SYNs with window scaling"},
		because: "Something on the way judges connection requests by that option (RFC 7323).",
		advice:  []string{"Compare one SYN of each kind on both sides of each device on the way."},
	},
}

// finding says what splits the SYNs to a listener.
func (k *contrast) finding(key endpoint, s split) Finding {
	out := fireGroup(synDroppedSelectively)
	out.Conns = k.conns
	out.Time, out.Until = k.spans()
	out.Blame = BlamePath
	if k.failed == 0 {
		out.Severity = Warning
	}
	if !s.exact {
		out.Confidence = Possible
	}
	what := &kinds[s.attr]
	value := 0
	if s.has {
		value = 1
	}
	these, others := what.of[value], what.of[1-value]
	out.Title = fmt.Sprintf("%s to %s get no answer: %d of %d; of the others %s", these, key, s.dropped, s.with, outOf(s.stray, s.without))
	out.Explanation = fmt.Sprintf("%d of %d %s to %s got no answer. %s %s, sent to the same listener at the same time, %s. %s%s%s",
		s.dropped, s.with, these, key, outcome(s.stray == 0, "All", "Of"), fmt.Sprintf("%d %s", s.without, others),
		outcome(s.stray == 0, "got one", fmt.Sprintf("%d got none", s.stray)), k.reuse(s.attr), what.because, k.ending())
	if len(s.alike) > 0 {
		var names []string
		for _, a := range s.alike {
			names = append(names, kinds[a].name)
		}
		out.Explanation += fmt.Sprintf(" The same SYNs differ from the others in this, too: %s.", strings.Join(names, ", "))
	}
	if k.near == k.dropped {
		out.Blame = BlameUnknown
		out.Explanation += " The capture is beside the server, and has these SYNs: the server's host drops them, or what is in front of it."
	}
	if s.apart {
		out.LooksLike = append([]string{"the clients: no client sent SYNs of both kinds, so that what the one kind met may be its path's"}, out.LooksLike...)
		out.Confidence = min(out.Confidence, Possible)
	}
	out.Advice = what.advice
	out.note("listener", key.String())
	out.note("attribute", what.name)
	out.note("value", s.has)
	out.note("failed", s.dropped)
	out.note("passed", s.without-s.stray)
	out.note("same_passed", s.with-s.dropped)
	out.note("others_failed", s.stray)
	out.note("never_opened", k.failed)
	if k.idle > 0 && s.attr == attrReused {
		out.note("reused_within", seconds(k.idle))
	}
	if out.fit(k.hosts); out.Sysctl != nil {
		out.Sysctl = what.sysctl
	}
	out.Confirm = slices.Clone(out.Confirm)
	for i := range out.Confirm {
		out.Confirm[i] = strings.ReplaceAll(out.Confirm[i], "SERVER", key.addr.Netip().String())
	}
	return out
}

// spans gives when SYNs were dropped.
func (k *contrast) spans() (from, until int64) {
	for i, a := range k.lost {
		if i == 0 {
			from, until = a.at, a.at
		}
		from, until = min(from, a.at), max(until, a.at)
	}
	return from, until
}

// reuse says after what time the ports came again.
func (k *contrast) reuse(a attribute) string {
	if a != attrReused {
		return ""
	}
	return fmt.Sprintf("The ports had last been seen up to %s before. ", dur(k.idle))
}

// ending says what became of the connections.
func (k *contrast) ending() string {
	switch {
	case k.failed == 0:
		return " Each of these connects came about with a later try."
	case k.failed == k.dropped:
		return " None of these connects came about."
	}
	return fmt.Sprintf(" %d of these %d connects never came about.", k.failed, k.dropped)
}

// outOf gives "none of 11" or "2 of 11".
func outOf(n, of uint32) string { return fmt.Sprintf("%s of %d", none(n), of) }

// none gives a number, or that word.
func none(n uint32) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}
