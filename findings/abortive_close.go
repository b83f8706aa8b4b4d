package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var abortiveClose = &Rule{
	Code:     "abortive-close",
	Title:    "A connection was aborted with RST in place of FIN",
	Group:    GroupClosing,
	Severity: Warning,
	Since:    "0.1",
	Summary: "RST in place of FIN from a side that had nothing unread (SO_LINGER 0, or an application that crashed or aborted); a " +
		"notice if it answers the peer's FIN and nothing is outstanding",
	What: "One side ended the connection with a reset of its own accord: it did not answer anything with it. There was no sign " +
		"of data that it had received and not read. Of a source that aborts empty connections to one listener at a steady period this is " +
		"said once, as a notice.",
	Why: "A program that sets SO_LINGER with a time of 0 and closes, or disconnects the socket, makes the kernel send RST,ACK " +
		"in place of FIN and discard what was still to be sent (tcp_disconnect, tcp_send_active_reset). RFC 9293 section " +
		"3.9.1.5 calls it ABORT. Load generators and health checks do it to avoid TIME-WAIT. The peer's next read fails with " +
		"\"Connection reset by peer\".",
	Confirm: []string{
		"on that side: nstat -az TcpExtTCPAbortOnData TcpExtTCPAbortOnClose TcpOutRsts (OnData: linger 0; OnClose: unread data)",
		"on that side: strace -e trace=setsockopt,close -p PID, look for SO_LINGER",
	},
	Do: []string{
		"If the peers complain, let the application close in the ordinary way (shutdown, read to the end, close).",
		"If it is a health check, tell its log noise from real trouble by its source address.",
	},
	Misreadings: []string{
		"\"Connection reset by peer\" does not mean that the network cut the connection.",
		"A killed process does not reset: its kernel closes its sockets with FIN, unless data was unread.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST)",
		"Zeek: conn_state RSTO or RSTR",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: TcpExtTCPAbortOnData, TcpEstabResets on the peer",
	},
	LooksLike: []string{
		"a close with unread data: TcpExtTCPAbortOnClose rises instead of TcpExtTCPAbortOnData",
		"a middlebox that sends the reset in its name: compare TTL and IP ID with the side's other segments, capture at its host",
	},
	RFC:     []string{"RFC 9293 section 3.9.1.5", "RFC 1122 section 4.2.2.13", "RFC 8684 section 3.6"},
	Kernel:  []string{"tcp_disconnect", "tcp_send_active_reset", "tcp_need_reset"},
	Counter: []string{"TcpExtTCPAbortOnData", "TcpOutRsts", "TcpEstabResets"},
	Absorbs: []string{"reset-mid-stream", "data-after-close", "half-close"},
	recurs:  true,
	wholly:  true,
	needs:   hasRST,
	check:   checkAbortiveClose,
}

func checkAbortiveClose(c *Case) {
	rst := c.abort()
	if rst == nil {
		rst = c.resetOfFIN()
	}
	if rst == nil || c.leftUnread(rst) {
		return
	}
	fin := c.finished(rst)
	d := c.fire()
	d.acts = rst.From
	d.context(fin, "FIN that it answers")
	if last := c.Sides[rst.From.Peer()].LastData; last.Frame < rst.Frame {
		d.context(c.step(last.Frame), "the last data that it received")
	}
	c.showAbort(d, rst)
	d.unsure(c.readKnown(rst.From))
	if !rst.Flags.Has(tcp.ACK) && fin == nil && c.traits.has(hasSpace) {
		d.unsure(Possible) // a box that forgets a silent connection may say so in its name
	}
	d.Title = fmt.Sprintf("%s aborted the connection with RST in place of FIN", c.addr(rst.From))
	if fin != nil {
		d.Severity = Notice
		d.Explanation = fmt.Sprintf("%s closed, and %s answered its FIN with a reset in place of an own FIN, %s after that passed. All "+
			"data of both sides had been acknowledged, so nothing is lost: its application had aborted or was torn down by then, or "+
			"does so in place of a close.", upper(c.side(fin.From)), c.side(rst.From), dur(rst.Time-fin.Time))
		return
	}
	if c.isSubflow(rst) {
		c.tellSubflow(d, rst)
		return
	}
	if own := c.ownFIN(rst); own != nil {
		c.tellOwnFIN(d, rst, own)
		return
	}
	d.note("age", seconds(rst.Time-c.First.Time))
	d.Explanation = fmt.Sprintf("%s reset the connection of its own accord, in %s and %s after it had begun. %s", upper(c.side(rst.From)),
		rst.SenderBefore, dur(rst.Time-c.First.Time), c.readText(rst))
}

// tellSubflow says what a reset means that ends a subflow of MPTCP.
func (c *Case) tellSubflow(d *draft, rst *fsm.Step) {
	d.Severity = Notice
	d.unsure(Likely, "the end of the whole session: then the reset has the option MP_FASTCLOSE, or the other subflows are reset too")
	d.Title = fmt.Sprintf("%s ended a subflow of an MPTCP connection with RST", c.addr(rst.From))
	d.Explanation = fmt.Sprintf("Both sides speak MPTCP, so that this connection is one subflow of a session. %s reset it %s after it had "+
		"begun. That ends the subflow alone (RFC 8684 section 3.6): the session goes on over its other subflows, which are connections "+
		"of their own, and what was not acknowledged here is sent again there.", upper(c.side(rst.From)), dur(rst.Time-c.First.Time))
	d.Advice = []string{"Nothing, if the session goes on: ip mptcp monitor on either host shows the subflows (SF_ESTABLISHED, SF_CLOSED)."}
}

// tellOwnFIN says what a reset means whose sender had sent its FIN before.
func (c *Case) tellOwnFIN(d *draft, rst, fin *fsm.Step) {
	d.context(fin, "its FIN before that")
	d.Title = fmt.Sprintf("%s closed, and %s later reset the connection", c.addr(rst.From), dur(rst.Time-fin.Time))
	lost := "What was still under way is lost."
	if c.losesNothing(rst) {
		d.Severity = Notice
		lost = "Both sides had acknowledged all data by then, so nothing is lost on the way."
	}
	d.Explanation = fmt.Sprintf("%s sent its FIN and, %s later, a reset. Its application most likely shut down the connection for "+
		"sending and then closed it for good: with data unread, with SO_LINGER 0, or because it ended. %s", upper(c.side(rst.From)),
		dur(rst.Time-fin.Time), lost)
}

// justCame is how short before a reset data came that its sender may well not have read.
const justCame = 100_000_000

// readText says what is known of whether the side that sent rst had read what it had received.
func (c *Case) readText(rst *fsm.Step) string {
	peer := &c.Sides[rst.From.Peer()]
	since := rst.Time - peer.LastData.Time
	if !peer.LastData.Seen() || since < 0 || since > justCame {
		return "It left no received data unread, as far as can be seen, so its application aborted on purpose (SO_LINGER 0) or was torn " +
			"down."
	}
	return fmt.Sprintf("The last of the %s that it received passed only %s before. If its application had read all of that, it aborted "+
		"on purpose (SO_LINGER 0) or was torn down; if not, it closed with data unread.", count(peer.Bytes, "byte"), dur(since))
}
