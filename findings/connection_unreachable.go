package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var connectionUnreachable = &Rule{
	Code:     "connection-unreachable",
	Title:    "A connect was answered with an ICMP error",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "an ICMP or ICMPv6 error that quotes the SYN ends the attempt",
	What: "The client asked for a connection and a router, a firewall or the server's host answered with an ICMP error " +
		"that quotes the request.",
	Why: "Linux ends an attempt in SYN-SENT at the first ICMP error about it (tcp_v4_err, tcp_v6_err), except \"fragmentation " +
		"needed\" and \"packet too big\", which only teach it the path's size; the " +
		"connect call fails with \"No route to host\", \"Network is unreachable\" or \"Connection refused\", depending on " +
		"the code. RFC 9293 section 3.9.2.2 lets a stack go on after the soft ones, and RFC 5461 tells why ending a " +
		"connection attempt at once is the common choice. On an established connection the same error only leaves a hint.",
	Confirm: []string{
		"on the client: ip route get SERVER; nstat -az IcmpInDestUnreachs TcpAttemptFails",
		"on the client: traceroute -T -p PORT SERVER, to see how far requests come",
		"on the host that sent the error: its routes, neighbours (ip neigh) and firewall rules (nft list ruleset)",
	},
	Do: []string{
		"Host or address unreachable: the last router could not resolve the server's address; is the server up and on that network?",
		"Network unreachable or no route: repair the route on the router that sent the error.",
		"Administratively prohibited or port unreachable: a firewall rejects; the error's sender is where to look.",
	},
	Misreadings: []string{
		"\"No route to host\" is often a firewall's reject with host-prohibited, not a routing fault.",
	},
	OtherNames: []string{
		"Wireshark: Destination unreachable (Port unreachable), …",
		"Zeek: conn_state S0 and an ICMP unreachable in weird or conn",
		"Suricata: tcp.state syn_sent in the flow record",
		"Snort: none",
		"kernel: EHOSTUNREACH, ENETUNREACH, ECONNREFUSED; IcmpInDestUnreachs",
		"nmap: filtered port",
	},
	RFC:     []string{"RFC 9293 section 3.9.2.2", "RFC 792", "RFC 4443 section 3", "RFC 5461"},
	Kernel:  []string{"tcp_v4_err", "tcp_v6_err", "icmp_unreach"},
	Counter: []string{"IcmpInDestUnreachs", "Icmp6InDestUnreachs", "TcpAttemptFails"},
	Absorbs: []string{"syn-retransmitted", "syn-unanswered"},
	needs:   hasFailedOpen | hasICMP,
	check:   checkConnectionUnreachable,
}

func checkConnectionUnreachable(c *Case) {
	if c.Opening != tcp.Unreachable && c.Opening != tcp.Unanswered {
		return
	}
	icmp := c.first(func(s *fsm.Step) bool { return s.Kind == tcp.KindICMP && s.From == tcp.Initiator })
	if icmp == nil {
		return
	}
	client := &c.Sides[tcp.Initiator]
	waited := max(0, icmp.Time-client.FirstSYN.Time) // records may be in the wrong order
	d := c.fire()
	d.acts = tcp.Initiator
	var sender string
	d.Blame, sender = c.refusedBy(icmp)
	d.Advice = reachAgain(icmp, d.Rule.Do)
	for i := range c.Steps {
		if s := &c.Steps[i]; isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) {
			d.context(s, "SYN")
		}
	}
	d.trigger(icmp, icmpText(icmp))
	d.claim(c.First.Frame, c.Last.Frame)
	d.Title = fmt.Sprintf("%s is unreachable: %s", c.addr(tcp.Responder), icmpText(icmp))
	d.Explanation = fmt.Sprintf("%s asked %s for a connection. After %s %s answered \"%s\", quoting the request. %s",
		upper(c.side(tcp.Initiator)), c.addr(tcp.Responder), dur(waited), sender, icmpText(icmp),
		c.afterICMP())
	d.between(client.FirstSYN.Time, client.FirstSYN.Time+waited)
	d.note("icmp_type", icmp.ICMPType)
	d.note("icmp_code", icmp.ICMPCode)
	d.note("icmp_from", icmp.ICMPFrom.Netip().String())
	if icmp.ICMPMTU != 0 {
		d.note("mtu", icmp.ICMPMTU)
	}
}

// afterICMP says what the client does at an ICMP error about its SYN.
func (c *Case) afterICMP() string {
	ends := c.Opening == tcp.Unreachable
	if foreign(c.Sides[tcp.Initiator].Stack) {
		return outcome(ends, "That ended the attempt.", "That did not end the attempt.")
	}
	return outcome(ends, "A Linux client ends the attempt at that.",
		"A Linux client does not end the attempt at this one: it tries again until it gives up.")
}

// refusedBy says who is to blame for an ICMP error about a SYN, and names its sender.
func (c *Case) refusedBy(icmp *fsm.Step) (Blame, string) {
	if icmp.ICMPFrom == c.Tuple.Dst {
		return BlameResponder, "the server's own host"
	}
	return BlamePath, icmp.ICMPFrom.Netip().String()
}

// reachAgain gives what to do about one ICMP error, of what there is to do: RFC 792, RFC 1812
// section 5.2.7.1, RFC 4443 section 3.1.
func reachAgain(icmp *fsm.Step, do []string) []string {
	const host, network, prohibited = 0, 1, 2
	meant := map[uint8]int{0: network, 1: host, 3: prohibited, 6: network, 7: host, 9: prohibited, 10: prohibited, 13: prohibited}
	kind := uint8(3)
	if !icmp.ICMPFrom.Netip().Is4() {
		meant = map[uint8]int{0: network, 1: prohibited, 3: host, 4: prohibited, 5: prohibited, 6: network}
		kind = 1
	}
	which, ok := meant[icmp.ICMPCode]
	if icmp.ICMPType != kind || !ok {
		return do
	}
	return do[which : which+1]
}
