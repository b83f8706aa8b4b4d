package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var simultaneousOpen = &Rule{
	Code:     "simultaneous-open",
	Title:    "Both sides opened the connection at once",
	Group:    GroupOpening,
	Severity: Info,
	Since:    "0.1",
	Summary:  "both sides sent a SYN before seeing the other's",
	What:     "Each side asked the other for a connection before it saw the other's request. One connection came of it.",
	Why: "TCP provides for this (RFC 9293 section 3.5 figure 8): a SYN that arrives in SYN-SENT is answered with SYN,ACK and " +
		"leads to SYN-RECEIVED, and from there to ESTABLISHED (tcp_rcv_synsent_state_process). It takes both sides to " +
		"connect from a fixed port: peer-to-peer programs that open holes in NAT devices do so on purpose.",
	Confirm:     []string{"ss -tn on both hosts: each side has a bound local port and neither has a listener for it"},
	Do:          []string{"Nothing, if the program means to do so."},
	Misreadings: []string{"The SYN,ACKs are not retransmissions and the last acknowledgments are no duplicates."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on the SYN,ACKs, TCP Dup ACK on the final ACKs",
		"Zeek: simultaneous_open",
		"Suricata: stream.4whs_synack_with_wrong_ack, stream.4whs_invalid_ack only when the numbers are off",
		"Snort: 129:13 4-way handshake detected",
		"kernel: none of its own",
	},
	RFC:    []string{"RFC 9293 section 3.5 figure 8"},
	Kernel: []string{"tcp_rcv_synsent_state_process"},
	needs:  hasBothSYN,
	check:  checkSimultaneousOpen,
}

func checkSimultaneousOpen(c *Case) {
	if c.Opening != tcp.SimultaneousOpen {
		return
	}
	d := c.fire()
	for i := range c.Steps {
		if s := &c.Steps[i]; s.Flags.Has(tcp.SYN) && !s.Flags.Has(tcp.ACK) {
			d.trigger(s, "SYN")
		} else if s.Flags.Has(tcp.SYN | tcp.ACK) {
			d.context(s, "SYN,ACK")
		}
	}
	apart := c.Sides[tcp.Responder].FirstSYN.Time - c.Sides[tcp.Initiator].FirstSYN.Time
	d.Title = fmt.Sprintf("%s and %s opened the connection at once", c.addr(tcp.Initiator), c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s and %s each sent a connection request, %s apart, before seeing the other's. One connection came "+
		"of it, as TCP provides.", c.addr(tcp.Initiator), c.addr(tcp.Responder), dur(apart))
	d.note("apart", seconds(apart))
}
