package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var halfOpenDiscovered = &Rule{
	Code:     "half-open-discovered",
	Title:    "One side had lost the connection and opened it anew",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a SYN meets the peer's live state: challenge ACK, RST, new handshake; says the delay",
	What: "One side had lost the connection, as after a reboot or a crash, and asked for a new one with the same addresses and " +
		"ports. The other side still had the old connection, which had to be cleared first.",
	Why: "A SYN on a synchronized connection is answered with an acknowledgment of the old one, whatever its number " +
		"(RFC 5961 section 4; tcp_validate_incoming). The side that lost its state sees an acknowledgment that does not fit " +
		"its SYN and resets the old connection with exactly the number that was acknowledged (RFC 9293 section 3.10.7.3 and " +
		"figure 10). Then the SYN is sent again; Linux does that about 10 ms later if the SYN had not been repeated before.",
	Confirm: []string{
		"on the side that opened anew: uptime; journalctl --list-boots; the service's start time",
		"on the other side: nstat -az TcpExtTCPChallengeACK TcpExtTCPSYNChallenge TcpEstabResets",
	},
	Do: []string{
		"Find out why that host or its service lost the connection without closing it.",
		"Use keep-alive on long-lived connections, so that the other side notices a lost peer by itself.",
		"Let the client choose its ports randomly over the whole range: a fixed source port meets its own past.",
	},
	Misreadings: []string{
		"The bare ACK in answer to the SYN is not a broken server: it is RFC 5961's question whether the SYN is meant.",
		"The RST does not reject the new connection: it clears the old one.",
	},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused, TCP ACKed unseen segment, RST",
		"Zeek: active_connection_reuse",
		"Suricata: stream.est_syn_resend_diff_seq",
		"Snort: 129:1 SYN on established session",
		"kernel: TcpExtTCPSYNChallenge, TcpExtTCPChallengeACK, drop reason TCP_INVALID_SYN",
	},
	LooksLike: []string{
		"a client that reuses a port while its earlier connection, closed on its side only, lives on at the server: look " +
			"whether its close was in the capture",
	},
	RFC:     []string{"RFC 9293 section 3.5.1 figure 10", "RFC 5961 section 4", "RFC 9293 section 3.10.7.3"},
	Kernel:  []string{"tcp_validate_incoming", "tcp_send_challenge_ack", "tcp_rcv_synsent_state_process"},
	Sysctl:  []string{"net.ipv4.tcp_challenge_ack_limit", "net.ipv4.tcp_invalid_ratelimit"},
	Counter: []string{"TcpExtTCPSYNChallenge", "TcpExtTCPChallengeACK", "TcpEstabResets"},
	Absorbs: []string{"challenge-ack", "reset-mid-stream", "abortive-close", "syn-retransmitted", "peer-unresponsive",
		"data-after-close", "segment-out-of-window", "close-wait-leak", "stale-rst", "old-duplicate-segment", "peer-rebooted",
		"syn-unanswered", "handshake-failed"},
	wholly: true,
	needs:  hasDiscard,
	check:  checkHalfOpenDiscovered,
}

func checkHalfOpenDiscovered(c *Case) {
	syn := c.first(func(s *fsm.Step) bool { return meetsLiveState(s) && s.ReceiverBefore != tcp.LastAck })
	if syn == nil {
		return
	}
	rst := c.first(func(s *fsm.Step) bool {
		return isTCP(s, syn.From, tcp.RST, 0) && s.Frame > syn.Frame && s.Verdict == tcp.Reset
	})
	if rst == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameSide(syn.From)
	d.unsure(Likely)
	if !c.sawOldConnection(syn) {
		d.unsure(Possible, "the old connection was closing: a socket in LAST-ACK or TIME-WAIT answers a SYN in the same way")
	}
	d.trigger(syn, "SYN for a new connection on the live one")
	ack := c.answer(syn)
	d.trigger(ack, "acknowledgment of the old connection (challenge ACK)")
	d.trigger(rst, "reset of the old connection")
	d.claim(syn.Frame, c.Last.Frame)
	d.carryUntil(c, syn)
	c.tellHalfOpen(d, syn)
}

// sawOldConnection reports whether the capture has both sides of the connection that a SYN met,
// from its beginning: else it may have been closed where the capture does not show it.
func (c *Case) sawOldConnection(syn *fsm.Step) bool {
	return c.Established.Seen() && c.Established.Frame < syn.Frame && !c.MidStream && !c.OneWay
}

// meetsLiveState likes a SYN of another incarnation that a synchronized connection refuses.
func meetsLiveState(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.SYN) && !s.Flags.Has(tcp.ACK) && s.Notes.Has(fsm.NewSYN) &&
		s.Verdict == tcp.Discard && s.Reason == tcp.SynInWindow && s.ReceiverBefore.Synchronized()
}

// tellHalfOpen fills in the story; the delay is from the first SYN of the new attempt to the one
// that was accepted.
func (c *Case) tellHalfOpen(d *draft, syn *fsm.Step) {
	peer := syn.From.Peer()
	d.Title = fmt.Sprintf("%s had lost its connection to %s and opened it anew", c.addr(syn.From), c.addr(peer))
	d.Explanation = fmt.Sprintf("%s asked for a new connection while %s still held the old one in %s. The old one was acknowledged, "+
		"the asking side did not know it and reset it. ", upper(c.side(syn.From)), c.addr(peer), syn.ReceiverBefore)
	d.note("state", syn.ReceiverBefore.String())
	if !c.Next.Known {
		d.Explanation += "No new connection followed in this capture."
		d.between(syn.Time, c.Last.Time)
		return
	}
	delay := c.Next.SYN.Time - syn.Time
	d.Explanation += fmt.Sprintf("The next request, %s after the first, opened the new connection.", dur(delay))
	d.between(syn.Time, c.Next.SYN.Time)
	d.note("delay", seconds(delay))
}
