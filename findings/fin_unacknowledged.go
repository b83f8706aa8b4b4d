package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var finUnacknowledged = &Rule{
	Code:     "fin-unacknowledged",
	Title:    "A FIN was never acknowledged",
	Group:    GroupClosing,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a FIN was repeated and never acknowledged: FIN-WAIT-1, CLOSING or LAST-ACK until the end",
	What: "A side closed and repeated its FIN, but no acknowledgment ever came. It stays in FIN-WAIT-1, CLOSING or LAST-ACK " +
		"until its own kernel gives up.",
	Why: "The FIN is repeated at doubling intervals like data. A socket that its process has closed is an orphan: Linux tries " +
		"tcp_orphan_retries times (0 stands for 8 tries) and then drops it without a word (tcp_orphan_retries, " +
		"tcp_write_timeout). So the peer may be left with a connection that nobody knows any more.",
	Confirm: []string{
		"on that side, while it lasts: ss -tno '( state fin-wait-1 or state last-ack or state closing )'",
		"on that side: nstat -az TcpExtTCPTimeouts TcpExtTCPAbortOnTimeout",
		"on the peer: ss -tn for the same four-tuple: does it still exist there?",
	},
	Do: []string{
		"Find out whether the peer's host is up, and whether a firewall on the way already forgot the connection.",
		"If the peer is up and has no such connection, look for a filter that drops its resets.",
	},
	Misreadings: []string{
		"This is not TIME-WAIT, and tcp_fin_timeout does not apply: that is for FIN-WAIT-2.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [FIN, ACK], repeatedly",
		"Zeek: conn_state S2 or S3",
		"Suricata: tcp.state fin_wait1, closing or last_ack in the flow record",
		"Snort: none",
		"kernel: TcpExtTCPAbortOnTimeout, orphan counts in ss -s",
	},
	LooksLike: []string{
		"acknowledgments that do not pass the capture point: capture at the closing side",
	},
	says:    saysFINs,
	RFC:     []string{"RFC 9293 section 3.6", "RFC 6298 section 5"},
	Kernel:  []string{"tcp_orphan_retries", "tcp_write_timeout"},
	Sysctl:  []string{"net.ipv4.tcp_orphan_retries", "net.ipv4.tcp_max_orphans"},
	Counter: []string{"TcpExtTCPTimeouts", "TcpExtTCPAbortOnTimeout", "TcpRetransSegs"},
	Absorbs: []string{"peer-unresponsive", "close-wait-leak"},
	wholly:  true,
	needs:   hasRepeatedFIN,
	check:   checkFinUnacknowledged,
}

func checkFinUnacknowledged(c *Case) {
	if !c.over() || c.OneWay {
		return
	}
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		waiting := side.State == tcp.FinWait1 || side.State == tcp.LastAck || side.State == tcp.Closing || c.gaveUp(s)
		if side.FINs > 1 && !side.FINAcked.Seen() && waiting && !c.Next.Known {
			fireFinUnacknowledged(c, s)
		}
	}
}

// gaveUp reports whether side s ended because it got no answer.
func (c *Case) gaveUp(s tcp.Side) bool {
	t := c.Entered(s, tcp.Closed)
	return t != nil && t.Cause == fsm.GaveUp
}

func fireFinUnacknowledged(c *Case, s tcp.Side) {
	side := &c.Sides[s]
	d := c.fire()
	d.acts = s
	sent := c.showFINs(d, s)
	if sent < 2 {
		c.drop()
		return
	}
	d.Blame = BlameUnknown
	if sent < 4 {
		d.unsure(Likely)
	}
	d.claim(side.FirstFIN.Frame, side.LastFIN.Frame)
	waited := c.Now - side.FirstFIN.Time
	d.Title = fmt.Sprintf("%s sent its FIN %s and nobody acknowledged it", c.addr(s), times(sent))
	d.Explanation = fmt.Sprintf("%s closed and sent its FIN %s within %s, but %s never acknowledged it. Until the end of the capture, "+
		"%s after the first, the connection was not closed properly.", upper(c.side(s)), times(sent),
		dur(side.LastFIN.Time-side.FirstFIN.Time), c.addr(s.Peer()), dur(waited))
	d.between(side.FirstFIN.Time, c.Now)
	d.note("side", s.String())
	d.note("fins", sent)
	d.note("waited", seconds(waited))
}
