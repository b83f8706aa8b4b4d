package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var synAckRetransmitted = &Rule{
	Code:     "syn-ack-retransmitted",
	Title:    "A connect was slow: its SYN,ACK had to be repeated",
	Group:    GroupOpening,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "the SYN,ACK was repeated and the handshake then completed",
	What: "The server repeated its answer to the connection request, because the client's final acknowledgment did not " +
		"reach it in time; then the handshake completed.",
	Why: "A server in SYN-RECEIVED repeats the SYN,ACK after 1 s, then at doubling intervals (reqsk_timer_handler), and also " +
		"when the client's SYN comes again. Either the SYN,ACK was lost on its way to the client, or the client's final " +
		"acknowledgment on its way to the server. A client that is already ESTABLISHED answers the repetition with another " +
		"acknowledgment (RFC 5961 section 4; tcp_send_challenge_ack), which is how it should be.",
	Confirm: []string{
		"on the server: nstat -az TcpExtTCPSynRetrans TcpExtTCPTimeouts; ss -tn state syn-recv",
		"on the client: nstat -az TcpExtTCPSYNChallenge (it saw a repeated SYN,ACK)",
	},
	Do: []string{
		"Capture at both ends to see which of the two segments is lost, then look for loss in that direction.",
		"With a round trip above one second nothing is wrong: the server's first timeout is simply shorter than the path.",
	},
	Misreadings: []string{
		"The client's extra acknowledgment is not a protocol error: a repeated SYN,ACK must be answered so.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [SYN, ACK]; TCP Dup ACK for the client's answer",
		"Zeek: none; an equal SYN,ACK adds no letter to the history",
		"Suricata: stream.est_synack_resend only when the connection was in use already; " +
			"stream.3whs_synack_resend_with_different_ack only when the numbers differ",
		"Snort: none",
		"kernel: TcpExtTCPSynRetrans on the server, TcpExtTCPSYNChallenge on the client",
	},
	LooksLike: []string{
		"a listener with TCP_DEFER_ACCEPT, which ignores the bare acknowledgment and waits for data: ask the server's " +
			"configuration",
	},
	says:    saysSYNACKs,
	RFC:     []string{"RFC 9293 section 3.8.1", "RFC 6298 section 2.1", "RFC 5961 section 4"},
	Kernel:  []string{"reqsk_timer_handler", "tcp_check_req", "tcp_send_challenge_ack"},
	Sysctl:  []string{"net.ipv4.tcp_synack_retries"},
	Counter: []string{"TcpExtTCPSynRetrans", "TcpExtTCPSYNChallenge"},
	Absorbs: []string{"syn-retransmitted", "challenge-ack"},
	needs:   hasRepeatedSYNACK,
	check:   checkSynAckRetransmitted,
}

func checkSynAckRetransmitted(c *Case) {
	client, server := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	if server.SYNACKs < 2 || !c.Established.Seen() {
		return
	}
	if _, slow := c.slowWay(); slow {
		return // each SYN has its answer
	}
	d := c.fire()
	d.acts = tcp.Responder
	again := c.showRepeats(d, server.FirstSYNACK, "SYN,ACK", func(s *fsm.Step) bool {
		return isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) && s.Seq == server.ISN
	})
	if len(again) == 0 || again[len(again)-1].Time-server.FirstSYNACK.Time < minRTO {
		c.drop() // sooner than any timer: the network doubled it, or the SYN
		return
	}
	for _, s := range again {
		d.context(c.answer(s), "the client's acknowledgment")
	}
	last, repeats := again[len(again)-1], len(again)
	final := c.first(func(s *fsm.Step) bool {
		return isTCP(s, tcp.Initiator, tcp.ACK, tcp.SYN|tcp.RST) && s.Ack == server.ISN+1
	})
	d.context(final, "final acknowledgment")
	d.claimTo(server.FirstSYNACK.Frame, last)
	delay := last.Time - server.FirstSYNACK.Time
	d.Title = fmt.Sprintf("%s repeated its SYN,ACK %s before the handshake completed", c.addr(tcp.Responder),
		times(repeats))
	d.Explanation = fmt.Sprintf("%s answered the connection request of %s and had to repeat that answer %s, over %s. %s",
		upper(c.side(tcp.Responder)), c.addr(tcp.Initiator), times(repeats), dur(delay),
		lostSynAckText(c, d, final, delay))
	d.between(client.FirstSYN.Time, last.Time)
	d.note("repeats", repeats)
	d.note("delay", seconds(delay))
}

// lostSynAckText says which of the two was lost: the SYN,ACK, or the final acknowledgment.
func lostSynAckText(c *Case, d *draft, final *fsm.Step, delay int64) string {
	server := &c.Sides[tcp.Responder]
	if final != nil && final.Frame < server.LastSYNACK.Frame && c.saidNothing() {
		d.unsure(Likely, "a listener that waits for data (TCP_DEFER_ACCEPT): it had the acknowledgment, and repeats its SYN,ACK when that time is over")
	}
	switch {
	case c.RTT > delay && !c.echoesRepeated(final):
		return fmt.Sprintf("The round trip is %s, longer than the server waits, so nothing need have been lost.", dur(c.RTT))
	case final != nil && final.Frame < server.LastSYNACK.Frame:
		return "The client's final acknowledgment had already passed the capture point, so it was lost after that or came too late."
	}
	soon := final != nil && (final.Options&tcp.OptTimestamps != 0 || final.Time-server.LastSYNACK.Time < delay/8)
	if c.Sides[tcp.Initiator].SYNs == server.SYNACKs && !soon { // else it answers the last one
		d.unsure(Likely, "a round trip that is longer than the client waits (1 s): each of its SYNs was answered")
		return "The first answer, or the client's acknowledgment of it, was lost, or the round trip is longer than the client waits."
	}
	return "The first answer, or the client's acknowledgment of it, was lost."
}

// echoesRepeated reports whether the final acknowledgment echoes the timestamp of a later SYN,ACK
// than the first: then that did not arrive.
func (c *Case) echoesRepeated(final *fsm.Step) bool {
	first := c.step(c.Sides[tcp.Responder].FirstSYNACK.Frame)
	return final != nil && first != nil && final.Options&first.Options&tcp.OptTimestamps != 0 && tcp.TSBefore(first.TSval, final.TSecr)
}
