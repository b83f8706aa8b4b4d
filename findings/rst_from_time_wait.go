package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var rstFromTimeWait = &Rule{
	Code:     "rst-from-time-wait",
	Title:    "A side that should be in TIME-WAIT sent a reset",
	Group:    GroupTimeWait,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a side in TIME-WAIT, or in an orphaned FIN-WAIT-2 that is kept like it, sends RST",
	What: "A side that had closed first and should be waiting in TIME-WAIT answered with a reset, as if it knew nothing of the " +
		"connection.",
	Why: "True TIME-WAIT answers with acknowledgments, never with a reset (RFC 9293 section 3.10.7.4). A reset shows that the " +
		"state was gone early: the host had no room for it (tcp_max_tw_buckets, TcpExtTCPTimeWaitOverflow), an earlier reset " +
		"ended it, the host's 2MSL is shorter than 60 s, or it is not Linux. An orphaned FIN-WAIT-2, which Linux keeps in the " +
		"same table, resets when new data comes (tcp_timewait_state_process).",
	Confirm: []string{
		"on that side: nstat -az TcpExtTCPTimeWaitOverflow TcpOutRsts",
		"on that side: sysctl net.ipv4.tcp_max_tw_buckets; ss -s",
	},
	Do: []string{
		"If TcpExtTCPTimeWaitOverflow rises, raise net.ipv4.tcp_max_tw_buckets or open fewer short connections.",
		"Otherwise see what the reset answered, and whether a load balancer or firewall sent it in the host's name.",
	},
	Misreadings: []string{"The peer that is reset did nothing wrong: it was owed an acknowledgment."},
	OtherNames: []string{
		"Wireshark: Connection reset (RST) after [FIN, ACK] in both directions",
		"Zeek: conn_state SF, history with a late r or R",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: TcpExtTCPTimeWaitOverflow, log \"TCP: time wait bucket table overflow\"",
	},
	LooksLike: []string{
		"a middlebox that resets in the host's name: compare the reset's TTL",
		"a host whose TIME-WAIT is shorter than Linux's 60 s",
	},
	says:    saysTimeWait,
	RFC:     []string{"RFC 9293 section 3.10.7.4", "RFC 9293 section 3.6.1"},
	Kernel:  []string{"tcp_timewait_state_process", "tcp_time_wait", "tcp_v4_send_reset"},
	Sysctl:  []string{"net.ipv4.tcp_max_tw_buckets", "net.ipv4.tcp_fin_timeout"},
	Counter: []string{"TcpExtTCPTimeWaitOverflow", "TcpOutRsts"},
	Absorbs: []string{"reset-mid-stream", "fin-retransmitted"},
	wholly:  true,
	needs:   hasRST | hasDiscard,
	check:   checkRstFromTimeWait,
}

// resetBy likes a segment that came to a side in TIME-WAIT, or in FIN-WAIT-2, and that it refused
// to know.
func resetBy(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && (s.ReceiverBefore == tcp.TimeWait || s.ReceiverBefore == tcp.FinWait2) &&
		s.Verdict == tcp.Discard && s.Response == tcp.RespondRst
}

func checkRstFromTimeWait(c *Case) {
	met := c.first(resetBy)
	if met == nil {
		return
	}
	rst := c.answer(met)
	if rst == nil || !rst.Flags.Has(tcp.RST) {
		return
	}
	d := c.fire()
	d.acts = rst.From
	d.Blame = BlameSide(rst.From)
	d.unsure(Likely)
	if !c.Sides[rst.From.Peer()].FirstFIN.Seen() {
		d.unsure(Possible, "the end of a connection whose other FIN the capture lacks: it closed, and later data met no socket")
	}
	d.context(met, "what it answers")
	d.trigger(rst, "reset")
	d.claim(met.Frame, rst.Frame)
	age := int64(0)
	if t := c.Entered(rst.From, met.ReceiverBefore); t != nil {
		age = rst.Time - t.Time
	}
	d.Title = fmt.Sprintf("%s sent a reset %s into %s", c.addr(rst.From), dur(age), met.ReceiverBefore)
	d.Explanation = fmt.Sprintf("%s had entered %s %s before. It answered %s in frame %d with a reset, so that state was no longer "+
		"there, or another device sent it.", upper(c.side(rst.From)), met.ReceiverBefore, dur(age), segmentText(met), c.frame(met.Frame))
	d.note("state", met.ReceiverBefore.String())
	d.note("age", seconds(age))
}
