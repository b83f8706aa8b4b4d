package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var selfConnect = &Rule{
	Code:     "self-connect",
	Title:    "A socket connected to itself",
	Group:    GroupOpening,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "both ends of a connection are the same socket: same address and same port",
	What: "A client asked for a connection to a port of its own host, and its kernel had given it that very port as its own. Both ends are one " +
		"socket: what the program sends, it receives.",
	Why: "If both ends send a SYN, a connection comes about without a listener (simultaneous open, RFC 9293 section 3.5 figure 7). A " +
		"socket whose own address and port are those that it asks meets its own SYN, and so opens the connection with itself. It happens when " +
		"the port of a local service lies in the range of ephemeral ports (net.ipv4.ip_local_port_range), the service is down, and a client " +
		"tries again and again: sooner or later it is given that port (__inet_hash_connect).",
	Confirm: []string{
		"on the host: ss -tnp (a line whose local and peer address and port are the same)",
		"on the host: sysctl net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports",
	},
	Do: []string{
		"Keep the port of the service out of the ephemeral range: net.ipv4.ip_local_reserved_ports, or a port below 32768.",
		"Let the client close a connection whose own address and port are the peer's, and wait between its tries.",
		"Close this one: it holds the port, so that the service cannot start (\"Address already in use\").",
	},
	Misreadings: []string{
		"The service is not up: nobody listens, though the connect succeeded.",
		"Only one direction seems to be recorded: there is only one, since both ends are the same.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, TCP Out-Of-Order and others: both ends are one to it",
		"Zeek: conn_state OTH or S1 with the same address and port twice",
		"Suricata: none",
		"Snort: 116:151 same source and destination IP",
		"kernel: none",
		"tcpdump: the same address and port on both sides",
	},
	LooksLike: []string{"a forged SYN with the target's own address as its source (LAND): it comes over the network, and nothing but a SYN of it is seen"},
	RFC:       []string{"RFC 9293 section 3.5 figure 7"},
	Kernel:    []string{"__inet_hash_connect", "tcp_rcv_synsent_state_process"},
	Sysctl:    []string{"net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports"},
	needs:     hasOneWay,
	check:     checkSelfConnect,
}

// isSelf reports whether both ends of a life are one socket, and it is connected: a SYN alone is
// what somebody forged. No other rule speaks of such a life, since there is only one end.
func isSelf(l *fsm.Life) bool {
	t := &l.Tuple
	if t.Src != t.Dst || t.SrcPort != t.DstPort {
		return false
	}
	for i := range l.Sides {
		if s := &l.Sides[i]; s.Segments > uint64(s.SYNs)+uint64(s.RSTs) {
			return true
		}
	}
	return false
}

func checkSelfConnect(c *Case) {
	if !isSelf(c.Life) {
		return
	}
	d := c.fire()
	d.Blame = BlameInitiator
	for i := range c.Steps {
		if s := &c.Steps[i]; s.Kind == tcp.KindTCP && s.Flags.Has(tcp.SYN) {
			d.trigger(s, outcome(s.Flags.Has(tcp.ACK), "its own answer to it", "SYN to its own address and port"))
		}
	}
	if len(d.Evidence) == 0 {
		d.trigger(c.step(c.First.Frame), "segment to its own address and port")
	}
	if len(d.Evidence) == 0 {
		c.drop()
		return
	}
	_, port := c.Endpoint(tcp.Initiator)
	d.between(c.First.Time, c.Last.Time)
	d.Title = fmt.Sprintf("%s connected to itself", c.addr(tcp.Initiator))
	d.Explanation = fmt.Sprintf("A client asked %s for a connection, and its own address and port are the same: its socket answered its own SYN. "+
		"Nothing listens on port %d. What the client sends comes back to it as if a server had answered.", c.addr(tcp.Initiator), port)
	d.confirmHere(fmt.Sprintf("on the host: ss -tnp 'sport = :%d and dport = :%d'", port, port))
	d.note("port", port)
}
