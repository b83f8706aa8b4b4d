package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var synInLastAck = &Rule{
	Code:     "syn-in-last-ack",
	Title:    "A new connect met the old connection in LAST-ACK",
	Group:    GroupTimeWait,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "the SYN meets the old connection still in LAST-ACK: challenge ACK, RST, then the retry",
	What: "The last acknowledgment of the old connection was lost, so the server still held it in LAST-ACK when the client, which " +
		"had closed first, opened a new one from the same port. The old connection had to be cleared before.",
	Why: "LAST-ACK is a synchronized state, so the SYN gets a challenge ACK of the old connection (RFC 5961 section 4; " +
		"tcp_validate_incoming). The client in SYN-SENT does not know that and resets it (RFC 9293 section 3.10.7.3); then its " +
		"repeated SYN finds a free listener. Waiting out TIME-WAIT would have avoided it: that is what tcp_tw_reuse gives up.",
	Confirm: []string{
		"on the server: ss -tno state last-ack 'dport = :CLIENTPORT'; nstat -az TcpExtTCPSYNChallenge TcpExtTCPChallengeACK",
		"on the client: nstat -az TcpExtTWRecycled TcpOutRsts; sysctl net.ipv4.tcp_tw_reuse",
	},
	Do: []string{
		"Give the client more source ports or addresses, so that a port does not come back within a minute.",
		"Look for the loss that took the last acknowledgment.",
	},
	Misreadings: []string{"The bare ACK in answer to a SYN is RFC 5961's question, not a broken server."},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused, TCP ACKed unseen segment, RST",
		"Zeek: premature_connection_reuse",
		"Suricata: stream.shutdown_syn_resend (its rule is off by default), stream.lastack_ack_wrong_seq",
		"Snort: 129:1 SYN on established session",
		"kernel: TcpExtTCPSYNChallenge, drop reason TCP_INVALID_SYN",
	},
	LooksLike: []string{"a server that never saw the close at all: then it repeats data, not its FIN"},
	RFC:       []string{"RFC 5961 section 4", "RFC 9293 section 3.10.7.3", "RFC 6191"},
	Kernel:    []string{"tcp_validate_incoming", "tcp_send_challenge_ack", "tcp_rcv_synsent_state_process"},
	Sysctl:    []string{"net.ipv4.tcp_tw_reuse"},
	Counter:   []string{"TcpExtTCPSYNChallenge", "TcpExtTCPChallengeACK", "TcpExtTWRecycled"},
	Absorbs: []string{"challenge-ack", "reset-mid-stream", "syn-retransmitted", "port-reused-early", "old-duplicate-segment",
		"stale-rst", "rst-out-of-window", "fin-unacknowledged", "peer-unresponsive", "time-wait-assassination", "abortive-close",
		"handshake-failed", "connection-recovered", "fin-retransmitted", "last-ack-lost"},
	needs: hasRST | hasDiscard,
	check: checkSynInLastAck,
}

func checkSynInLastAck(c *Case) {
	if ack := c.first(c.acksInLastAck); ack != nil {
		fireSynInLastAck(c, c.step(c.Sides[ack.From.Peer()].FirstSYN.Frame), ack)
		return
	}
	syn := c.first(func(s *fsm.Step) bool { return meetsLiveState(s) && s.ReceiverBefore == tcp.LastAck })
	if syn != nil {
		fireSynInLastAck(c, syn, c.answer(syn))
	}
}

// formerAck likes a segment of the former life that meets the new one's SYN-SENT.
func (c *Case) formerAck(s *fsm.Step) bool {
	return c.Former.Known && s.Kind == tcp.KindTCP && s.Flags.Has(tcp.ACK) && !s.Flags.Any(tcp.SYN|tcp.RST) &&
		s.ReceiverBefore == tcp.SynSent && s.Reason == tcp.AckUnacceptable && s.Ack == c.Former.RcvNxt[s.From]
}

func fireSynInLastAck(c *Case, syn, ack *fsm.Step) {
	if syn == nil || ack == nil {
		return
	}
	rst := c.first(func(s *fsm.Step) bool {
		return isTCP(s, syn.From, tcp.RST, 0) && s.Frame > ack.Frame && s.Seq == ack.Ack
	})
	if rst == nil {
		return
	}
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	d.trigger(syn, "SYN for a new connection")
	d.context(c.first(func(s *fsm.Step) bool {
		return s.Frame > syn.Frame && s.Frame < rst.Frame && c.formerAck(s) && s.Flags.Has(tcp.FIN)
	}), "FIN of the old connection, again")
	d.trigger(ack, "acknowledgment of the old connection, still in LAST-ACK")
	d.trigger(rst, "reset of the old connection")
	d.claim(c.First.Frame, max(c.Established.Frame, rst.Frame))
	d.carryUntil(c, syn)
	d.Title = fmt.Sprintf("A new connect from %s met the old connection in LAST-ACK at %s", c.addr(syn.From), c.addr(ack.From))
	d.Explanation = fmt.Sprintf("%s asked for a new connection from a port whose old connection %s still held in LAST-ACK, because the "+
		"last acknowledgment had not arrived. The old one was acknowledged again and reset, %s after the request. %s",
		upper(c.side(syn.From)), c.addr(ack.From), dur(rst.Time-syn.Time), c.retryText(syn.Time))
	d.note("until_reset", seconds(rst.Time-syn.Time))
}

// retryText says how long the attempt that began at since took to be accepted.
func (c *Case) retryText(since int64) string {
	accepted := c.Established.Time
	if c.Next.Known {
		accepted = c.Next.SYN.Time
	}
	if accepted < since {
		return "No connection came of it in this capture."
	}
	return fmt.Sprintf("The repeated request worked, %s after the first.", dur(accepted-since))
}
