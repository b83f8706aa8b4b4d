package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var finMeetsSynSent = &Rule{
	Code:     "fin-meets-syn-sent",
	Title:    "A repeated FIN of the old connection met a new connect",
	Group:    GroupTimeWait,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "a retransmitted FIN of the old incarnation meets a client already in SYN-SENT, which resets it",
	What: "The last acknowledgment of the old connection was lost. Before the server's FIN came again, the client had opened a new " +
		"connection from the same port; it did not know the FIN and reset it.",
	Why: "A segment that acknowledges something else than the SYN is answered in SYN-SENT with a reset that carries that number " +
		"(RFC 9293 section 3.10.7.3). The reset ends the old connection in LAST-ACK, which is as good an end as the lost " +
		"acknowledgment would have been; the SYN is then repeated.",
	Confirm: []string{
		"on the client: nstat -az TcpExtTWRecycled TcpOutRsts; sysctl net.ipv4.tcp_tw_reuse",
		"on the server: nstat -az TcpRetransSegs TcpEstabResets",
	},
	Do:          []string{"Nothing for one; if it happens often, let source ports rest longer and look for loss."},
	Misreadings: []string{"The reset does not refuse the new connection, and the FIN does not close it."},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused, TCP Retransmission on [FIN, ACK], RST",
		"Zeek: premature_connection_reuse, spontaneous_FIN",
		"Suricata: none",
		"Snort: none",
		"kernel: drop reason TCP_INVALID_ACK_SEQUENCE",
	},
	LooksLike: []string{"a client whose TIME-WAIT had gone early and that opened a new connection afterwards: capture near the client"},
	RFC:       []string{"RFC 9293 section 3.10.7.3", "RFC 9293 section 3.6.1"},
	Kernel:    []string{"tcp_rcv_synsent_state_process", "tcp_v4_send_reset"},
	Sysctl:    []string{"net.ipv4.tcp_tw_reuse"},
	Absorbs: []string{"syn-retransmitted", "challenge-ack", "port-reused-early", "fin-retransmitted", "old-duplicate-segment", "stale-rst",
		"rst-out-of-window", "time-wait-assassination", "syn-ack-retransmitted", "rst-from-time-wait", "reset-mid-stream",
		"last-ack-lost"},
	wholly: true,
	needs:  hasRST,
	check:  checkFinMeetsSynSent,
}

func checkFinMeetsSynSent(c *Case) {
	fin := c.first(func(s *fsm.Step) bool { return c.formerAck(s) && s.Flags.Has(tcp.FIN) })
	if fin == nil {
		fin = c.first(c.finBeforeNext)
	}
	if fin == nil {
		return
	}
	rst := c.answer(fin)
	if rst == nil || !rst.Flags.Has(tcp.RST) {
		return
	}
	if ack := c.first(c.acksInLastAck); ack != nil && ack.Frame < rst.Frame {
		return // the reset answers that, too, and has ended the old connection (syn-in-last-ack)
	}
	fireFinMeetsSynSent(c, fin, rst)
}

// acksInLastAck likes the acknowledgment with which the old connection, in LAST-ACK, answers the
// new SYN.
func (c *Case) acksInLastAck(s *fsm.Step) bool {
	return c.formerAck(s) && !s.Flags.Has(tcp.FIN) && c.Former.TimeWait == s.From.Peer()
}

// finBeforeNext likes a FIN that its receiver, who had closed first, resets, and whose next SYN
// follows at once: near the server the SYN that had been sent before is not seen when it was lost.
func (c *Case) finBeforeNext(s *fsm.Step) bool {
	if s.Kind != tcp.KindTCP || !s.Flags.Has(tcp.FIN) || s.Flags.Any(tcp.SYN|tcp.RST) || !s.Notes.Has(fsm.Retransmission) ||
		!c.Next.Known || c.Next.Initiator != s.From.Peer() || c.Next.SYN.Time-s.Time >= presentSYNWithin {
		return false
	}
	a := c.answer(s)
	return c.Sides[s.From.Peer()].FirstFIN.Seen() && a != nil && a.Flags.Has(tcp.RST)
}

func fireFinMeetsSynSent(c *Case, fin, rst *fsm.Step) {
	client := fin.From.Peer()
	d := c.fire()
	d.Blame = BlamePath
	d.context(c.step(c.Sides[client].FirstSYN.Frame), "SYN for a new connection")
	d.trigger(fin, "FIN of the old connection, again")
	d.trigger(rst, "reset: the client is in SYN-SENT")
	opening := c.formerAck(fin)
	if opening {
		d.claim(c.First.Frame, max(c.Established.Frame, rst.Frame))
		d.note("after_syn", seconds(fin.Time-c.First.Time))
	} else {
		d.unsure(Likely)
		d.claim(c.Sides[fin.From].FirstFIN.Frame, c.Last.Frame)
	}
	d.Title = fmt.Sprintf("An old FIN of %s met %s in SYN-SENT", c.addr(fin.From), c.addr(client))
	d.Explanation = fmt.Sprintf("%s repeated the FIN of the previous connection, whose last acknowledgment had not arrived. %s was "+
		"already opening a new connection from the same port and answered it with a reset. %s", upper(c.side(fin.From)),
		upper(c.side(client)), outcome(opening, c.retryText(c.First.Time), "The new connection followed."))
}
