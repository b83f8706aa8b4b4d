package findings

import "fmt"

var closeWithUnreadData = &Rule{
	Code:     "close-with-unread-data",
	Title:    "An application closed without reading what it had received",
	Group:    GroupClosing,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "RST in place of FIN right after data arrived that the application never read",
	What: "Data arrived at a side and was acknowledged, and then that side's application closed without reading it. Its kernel " +
		"sent a reset in place of a FIN, so that the sender learns that its data was not used.",
	Why: "RFC 1122 section 4.2.2.13 and RFC 2525 section 2.17 ask for this: a close with data left in the receive queue is an " +
		"abort. Linux does it in tcp_close. A process that is killed while data waits does the same. What the side itself had " +
		"sent just before, such as an error message, may be thrown away by the peer when the reset arrives.",
	Confirm: []string{
		"on that side: nstat -az TcpExtTCPAbortOnClose TcpOutRsts",
		"on that side, before the close: ss -tn, Recv-Q above 0",
	},
	Do: []string{
		"Let the application read to the end of what the peer sends before it closes, or shutdown(SHUT_WR) first and then drain.",
		"For a server that refuses large requests: read and discard the rest, else the client never sees the error reply.",
	},
	Misreadings: []string{
		"The reset is not a network fault, and the peer did nothing wrong.",
		"That data was acknowledged does not mean that the application read it.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST)",
		"Zeek: conn_state RSTO or RSTR",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: TcpExtTCPAbortOnClose, TcpEstabResets on the peer",
	},
	LooksLike: []string{
		"an abort on purpose (SO_LINGER 0) by an application that had read everything: TcpExtTCPAbortOnData rises instead",
		"a middlebox that sends the reset in its name: compare TTL and IP ID with the side's other segments",
	},
	RFC:     []string{"RFC 1122 section 4.2.2.13", "RFC 2525 section 2.17"},
	Kernel:  []string{"tcp_close", "tcp_send_active_reset"},
	Counter: []string{"TcpExtTCPAbortOnClose", "TcpOutRsts", "TcpEstabResets"},
	Absorbs: []string{"reset-mid-stream", "data-after-close", "half-close"},
	wholly:  true,
	needs:   hasRST,
	check:   checkCloseWithUnreadData,
}

func checkCloseWithUnreadData(c *Case) {
	rst := c.abort()
	if rst == nil || !c.leftUnread(rst) {
		return
	}
	side, peer := &c.Sides[rst.From], &c.Sides[rst.From.Peer()]
	d := c.fire()
	d.acts = rst.From
	d.context(c.step(peer.LastData.Frame), "data that was not read")
	c.showAbort(d, rst)
	d.unsure(c.readKnown(rst.From))
	when := "while more was still coming"
	if peer.LastData.Frame < rst.Frame {
		when = fmt.Sprintf("%s after the last of it had come", dur(rst.Time-peer.LastData.Time))
	}
	sent := "It had sent no data of its own"
	if side.Bytes > 0 {
		sent = "It had sent no more data of its own since then"
	}
	d.Title = fmt.Sprintf("%s closed without reading all it had received", c.addr(rst.From))
	d.Explanation = fmt.Sprintf("%s sent data to %s, which reset the connection %s. %s, so its application most likely closed, or "+
		"was killed, with data unread.%s", upper(c.side(rst.From.Peer())), c.addr(rst.From), when, sent, c.tellAge(d, rst.Time))
	d.note("peer_bytes", peer.Bytes)
}
