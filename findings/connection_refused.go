package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var connectionRefused = &Rule{
	Code:     "connection-refused",
	Title:    "A connect was refused",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a RST,ACK that acknowledges the SYN answers it",
	What:     "The client asked for a connection and was answered with a reset that acknowledges exactly its request.",
	Why: "A host that has no socket listening on the port answers a SYN with RST,ACK whose acknowledgment number is the " +
		"SYN's sequence number plus one (RFC 9293 section 3.10.7.1; tcp_v4_send_reset). The connect call fails at once with " +
		"\"Connection refused\". A firewall rule that rejects with a TCP reset sends the same segment. " +
		"Its distance tells it from the server: where the capture has answers of the server, their TTL and the time that they took are compared " +
		"with the refusal's.",
	Confirm: []string{
		"on the server: ss -ltn 'sport = :PORT' (is anything listening, and on which address?)",
		"on the client: nstat -az TcpAttemptFails; on the server: nstat -az TcpOutRsts",
		"on the server: nft list ruleset | grep -i reset (or iptables-save | grep tcp-reset)",
	},
	Do: []string{
		"Start the service, or look why it stopped or listens on another address (127.0.0.1 only?) or port.",
		"If the service listens, find the firewall or load balancer that rejects: capture at the server, which does not send the reset.",
	},
	Misreadings: []string{
		"Refused is not a network loss: the request arrived somewhere and was answered.",
		"A full listen queue does not refuse: Linux drops the SYN silently.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST); [RST, ACK] after [SYN]",
		"Zeek: conn_state REJ, history Sr",
		"Suricata: tcp.rst and tcp.state closed in the flow record",
		"Snort: none",
		"kernel: ECONNREFUSED, TcpAttemptFails",
		"nmap: closed port",
	},
	LooksLike: []string{"a firewall that rejects with a TCP reset on the server's behalf"},
	says:      saysRefusal,
	RFC:       []string{"RFC 9293 section 3.10.7.1", "RFC 9293 section 3.5.2"},
	Kernel:    []string{"tcp_v4_send_reset", "tcp_rcv_synsent_state_process", "tcp_reset"},
	Counter:   []string{"TcpAttemptFails", "TcpOutRsts"},
	Absorbs:   []string{"syn-retransmitted", "reset-mid-stream"},
	needs:     hasFailedOpen | hasRST,
	check:     checkConnectionRefused,
}

func checkConnectionRefused(c *Case) {
	if c.Opening != tcp.Refused {
		return
	}
	rst := c.first(func(s *fsm.Step) bool {
		return isTCP(s, tcp.Responder, tcp.RST|tcp.ACK, tcp.SYN) && s.Verdict == tcp.Reset
	})
	if rst == nil {
		return
	}
	client := &c.Sides[tcp.Initiator]
	waited := rst.Time - client.FirstSYN.Time
	d := c.fire()
	d.acts = tcp.Responder
	d.Blame = BlameResponder
	for i := range c.Steps {
		if s := &c.Steps[i]; isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) && s.Frame < rst.Frame {
			d.context(s, "SYN")
		}
	}
	d.trigger(rst, "RST,ACK that refuses it")
	d.claim(client.FirstSYN.Frame, rst.Frame)
	again := c.askedAgain(d, rst)
	d.Title = fmt.Sprintf("%s refused the connection", c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s asked %s for a connection. After %s a reset came back that acknowledges exactly that "+
		"request: nothing listens on port %d there, or a firewall answers so in its place.", upper(c.side(tcp.Initiator)),
		c.addr(tcp.Responder), dur(waited), c.Tuple.DstPort)
	if again > 0 {
		d.Explanation += fmt.Sprintf(" It sent the same request again %s, and was refused again: that is one connect call.", times(again))
	}
	d.between(client.FirstSYN.Time, max(rst.Time, c.Last.Time))
	c.refusedOnTheWay(d, rst)
	d.note("tries", client.SYNs)
	d.note("waited", seconds(waited))
	d.note("rst_ttl", rst.TTL)
}

// askedAgain adds the SYNs that a client sent again though the first was refused
// (Profile.RefusedSYNAgain), and their refusals. It gives the number of those SYNs.
func (c *Case) askedAgain(d *draft, rst *fsm.Step) (n uint32) {
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case s.Frame <= rst.Frame:
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK):
			n++
			d.context(s, "the same SYN again")
		case isTCP(s, tcp.Responder, tcp.RST|tcp.ACK, tcp.SYN):
			d.trigger(s, "refused again")
		}
	}
	return n
}
