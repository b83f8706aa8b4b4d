package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var finWait2Timeout = &Rule{
	Code:     "fin-wait-2-timeout",
	Title:    "The closer had stopped waiting for the other side's FIN",
	Group:    GroupClosing,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "FIN-WAIT-2 outlived tcp_fin_timeout, and what the peer sent later was answered with RST",
	What: "One side closed and its FIN was acknowledged; the other side did not close for so long that the closer forgot the " +
		"connection. When the other side sent something at last, the answer was a reset.",
	Why: "A closed socket that no process holds any more waits in FIN-WAIT-2 for the peer's FIN only for tcp_fin_timeout, 60 s " +
		"by default (tcp_time_wait with the FIN-WAIT-2 sub-state). After that nothing is left of it, and what comes is " +
		"answered as on any unknown connection (RFC 9293 section 3.10.7.1). RFC 9293 itself sets no such limit.",
	Confirm: []string{
		"on the closer, while it lasts: ss -tno state fin-wait-2 (the timer shows what is left)",
		"on the other side: ss -tnp state close-wait (which process does not close)",
		"on the closer: nstat -az TcpOutRsts; sysctl net.ipv4.tcp_fin_timeout",
	},
	Do: []string{
		"Look at the side that closed late: its application held the connection in CLOSE-WAIT.",
		"If the late data matters, let the closer use shutdown(SHUT_WR) and go on reading: a socket that a process holds has no such timeout.",
	},
	Misreadings: []string{
		"tcp_fin_timeout is about FIN-WAIT-2 only: it does not shorten TIME-WAIT.",
		"The reset is no abort by an application: the closer's kernel no longer knows the connection.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST) long after the first FIN",
		"Zeek: conn_state RSTO or RSTR after F",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: TcpOutRsts on the closer, ECONNRESET or EPIPE on the other side",
	},
	LooksLike: []string{"a firewall that forgot the half-closed connection and resets on the closer's behalf: compare the RST's TTL"},
	says:      saysFinWait2,
	RFC:       []string{"RFC 9293 section 3.6", "RFC 9293 section 3.10.7.1"},
	Kernel:    []string{"tcp_close", "tcp_time_wait", "tcp_fin_time", "tcp_v4_send_reset"},
	Sysctl:    []string{"net.ipv4.tcp_fin_timeout"},
	Counter:   []string{"TcpOutRsts", "TcpEstabResets"},
	Absorbs: []string{"close-wait-leak", "data-after-close", "reset-mid-stream", "rst-from-time-wait", "abortive-close",
		"half-close", "peer-rebooted", "idle-timeout-suspected", "fin-retransmitted", "fin-unacknowledged"},
	needs: hasDiscard | hasRST,
	check: checkFinWait2Timeout,
}

func checkFinWait2Timeout(c *Case) {
	late := c.first(c.afterFinWait2)
	if late == nil {
		return
	}
	rst := c.answer(late)
	if rst == nil || !rst.Flags.Has(tcp.RST) {
		return
	}
	closer := late.From.Peer()
	fin := &c.Sides[closer]
	age := late.Time - c.Entered(closer, tcp.FinWait2).Time
	d := c.fire()
	d.acts = closer
	d.Blame = BlameSide(late.From)
	d.unsure(Likely)
	d.context(c.step(fin.FirstFIN.Frame), "FIN of the closer")
	d.context(c.step(fin.FINAcked.Frame), "its acknowledgment: FIN-WAIT-2 begins")
	d.trigger(late, "the other side's late segment")
	d.trigger(rst, "reset: the closer no longer knows the connection")
	d.claim(fin.FirstFIN.Frame, c.Last.Frame)
	limit := int64(c.host(closer).FinTimeout)
	d.Title = fmt.Sprintf("%s no longer waited: %s spoke %s after its FIN was acknowledged", c.addr(closer), c.addr(late.From),
		dur(age))
	d.Explanation = fmt.Sprintf("%s closed, and its FIN was acknowledged. %s sent %s only %s later, when the closer had given up "+
		"waiting (%s in FIN-WAIT-2), and got a reset.", upper(c.side(closer)), upper(c.side(late.From)), segmentText(late),
		dur(age), dur(limit))
	d.between(fin.FirstFIN.Time, rst.Time)
	d.note("side", closer.String())
	d.note("age", seconds(age))
	d.note("fin_timeout", seconds(limit))
	d.note("bytes_lost", late.Len)
}

// afterFinWait2 likes data or a FIN that came to a side whose FIN-WAIT-2 had run out.
func (c *Case) afterFinWait2(s *fsm.Step) bool {
	if s.Kind != tcp.KindTCP || s.SeqLen() == 0 || s.Flags.Any(tcp.SYN|tcp.RST) || s.Verdict != tcp.Discard ||
		s.Reason != tcp.NoConnection && s.Reason != tcp.AfterClose {
		return false
	}
	closer := s.From.Peer()
	waited, closed := c.Entered(closer, tcp.FinWait2), c.Entered(closer, tcp.TimeWait)
	return waited != nil && (closed == nil || closed.Frame >= s.Frame) &&
		s.Time-waited.Time >= int64(c.host(closer).FinTimeout)
}

// segmentText says what a segment carries: "a FIN", "42 bytes", "42 bytes and a FIN".
func segmentText(s *fsm.Step) string {
	switch {
	case s.Len == 0 && s.Flags.Has(tcp.FIN):
		return "its FIN"
	case s.Len == 0:
		return "an acknowledgment"
	case s.Flags.Has(tcp.FIN):
		return count(s.Len, "byte") + " and its FIN"
	}
	return count(s.Len, "byte")
}
