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
		"kernel: TcpExtTCPTimeWaitOverflow, log \"TCP: time wait bucket table overflow\"",
	},
	LooksLike: []string{
		"a middlebox that resets in the host's name: compare the reset's TTL",
		"a host whose TIME-WAIT is shorter than Linux's 60 s",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.4", "RFC 9293 section 3.6.1"},
	Kernel:  []string{"tcp_timewait_state_process", "tcp_time_wait", "tcp_v4_send_reset"},
	Sysctl:  []string{"net.ipv4.tcp_max_tw_buckets", "net.ipv4.tcp_fin_timeout"},
	Counter: []string{"TcpExtTCPTimeWaitOverflow", "TcpOutRsts"},
	Absorbs: []string{"reset-mid-stream", "fin-retransmitted"},
	needs:   hasRST,
	check:   checkRstFromTimeWait,
}

func checkRstFromTimeWait(c *Case) {
	rst := c.first(func(s *fsm.Step) bool {
		return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) &&
			(s.SenderBefore == tcp.TimeWait || s.SenderBefore == tcp.FinWait2 && !s.Flags.Has(tcp.ACK))
	})
	if rst == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameSide(rst.From)
	d.unsure(Likely)
	before := c.step(rst.Answers)
	d.context(before, "what it answers")
	d.trigger(rst, "reset")
	d.claimTo(max(rst.Answers, 1), rst)
	age := int64(0)
	if t := c.Entered(rst.From, rst.SenderBefore); t != nil {
		age = rst.Time - t.Time
	}
	d.Title = fmt.Sprintf("%s sent a reset %s into %s", c.addr(rst.From), dur(age), rst.SenderBefore)
	d.Explanation = fmt.Sprintf("%s had entered %s %s before and should have answered with an acknowledgment. It sent a reset, so the "+
		"state was no longer there, or another device sent it.", upper(c.side(rst.From)), rst.SenderBefore, dur(age))
	if before != nil {
		d.Explanation += fmt.Sprintf(" The reset answered %s in frame %d.", segmentText(before), before.Frame)
	}
	d.note("state", rst.SenderBefore.String())
	d.note("age", seconds(age))
}
