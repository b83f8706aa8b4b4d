package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var dataAfterClose = &Rule{
	Code:     "data-after-close",
	Title:    "Data came to a side that had closed, and was lost",
	Group:    GroupClosing,
	Severity: Error,
	Since:    "0.1",
	Summary: "data reaches a side that has fully closed; it answers RST and the data is lost (a notice if all of it is a goodbye, " +
		"such as a TLS alert; a warning if a client closed while its answer was coming)",
	What: "A side had closed its socket, for reading and for writing. The other side sent data after that; it was answered with " +
		"a reset and is lost. What is lost decides how much that matters: TLS alerts (close_notify), \"221\" of SMTP and FTP, " +
		"WebSocket close frames and the rest of a TLS handshake that was given up carry nothing of an application, and nobody " +
		"misses them.",
	Why: "After close nobody can read any more, so data that comes in FIN-WAIT-1 or FIN-WAIT-2 is answered with a reset, and the " +
		"connection ends there (RFC 1122 section 4.2.2.13; tcp_rcv_state_process, and tcp_timewait_state_process for a " +
		"FIN-WAIT-2 that no process holds). A FIN alone does not tell close from shutdown(SHUT_WR), so the sender cannot know.",
	Confirm: []string{
		"on the side that closed: nstat -az TcpOutRsts (and TcpExtTCPAbortOnData, if its socket still existed)",
		"on the other side: \"Connection reset by peer\" or \"Broken pipe\" in the application's log",
	},
	Do: []string{
		"Let the protocol say who closes and when: the side that expects an answer must not close before it.",
		"A client that reuses idle connections should retry a request that is reset before any answer.",
	},
	Misreadings: []string{
		"The FIN did not say \"send no more\": it said \"I send no more\". Only the reset says that nobody listens.",
		"The sender's write succeeded: that means queued, not received.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST) after [FIN, ACK]",
		"Zeek: conn_state RSTO or RSTR, history with F or f before the reset",
		"Suricata: tcp.rst in the flow record",
		"Snort: 129:3 data sent on stream not accepting data",
		"kernel: TcpExtTCPAbortOnData, drop reasons TCP_ABORT_ON_DATA and TCP_CLOSE; EPIPE, ECONNRESET",
	},
	says:    saysAfterClose,
	RFC:     []string{"RFC 1122 section 4.2.2.13", "RFC 9293 section 3.6"},
	Kernel:  []string{"tcp_rcv_state_process", "tcp_timewait_state_process", "tcp_v4_send_reset"},
	Counter: []string{"TcpExtTCPAbortOnData", "TcpOutRsts", "TcpEstabResets"},
	Absorbs: []string{"reset-mid-stream", "rst-from-time-wait", "half-close", "close-wait-leak", "peer-rebooted",
		"idle-timeout-suspected", "fin-retransmitted", "fin-unacknowledged"},
	differs: true,
	needs:   hasRST,
	check:   checkDataAfterClose,
}

// dataAfterClosing likes data from side s that its peer, having closed, no longer takes. A late
// original of what it has acknowledged is not lost.
func (c *Case) dataAfterClosing(st *fsm.Step, s tcp.Side) bool {
	return isTCP(st, s, 0, tcp.SYN|tcp.RST) && st.Len > 0 && st.Verdict == tcp.Discard &&
		(st.Reason == tcp.AfterClose || st.Reason == tcp.NoConnection) && st.EndSeq().After(c.Sides[s].SndUna)
}

// unaware reports whether a segment was sent before its sender had seen the other side's FIN: it
// does not acknowledge it.
func (c *Case) unaware(s *fsm.Step) bool {
	closer := &c.Sides[s.From.Peer()]
	return s.Frame < closer.FirstFIN.Frame || s.Ack.AtOrBefore(closer.FINSeq)
}

func checkDataAfterClose(c *Case) {
	for s := range tcp.NoSide {
		fin := c.Sides[s.Peer()].FirstFIN
		data := c.first(func(st *fsm.Step) bool {
			return c.dataAfterClosing(st, s) && (fin.Seen() || st.Reason == tcp.AfterClose)
		})
		if data == nil {
			continue
		}
		if rst := c.answer(data); rst != nil && rst.Flags.Has(tcp.RST) {
			fireDataAfterClose(c, data, rst, c.dataAfterClosing)
		}
	}
	if len(c.drafts) == 0 || c.drafts[len(c.drafts)-1].Rule != c.rule {
		checkCoveredByReset(c)
	}
}

// checkCoveredByReset looks for a reset that acknowledges data which came after its sender's FIN,
// and which that one had not acknowledged before. Windows answers so what comes to a socket that is
// closed; on other hosts the application may have closed for good with that data unread. It is lost
// in any case.
func checkCoveredByReset(c *Case) {
	rst := c.first(func(s *fsm.Step) bool {
		return isTCP(s, s.From, tcp.RST|tcp.ACK, tcp.SYN) && s.Verdict == tcp.Reset && c.ownFIN(s) != nil
	})
	if rst == nil || !c.Sides[rst.From.Peer()].LastData.Seen() {
		return
	}
	covered := func(s *fsm.Step, from tcp.Side) bool { return c.coveredBy(rst, s) && s.From == from }
	data := c.first(func(s *fsm.Step) bool { return covered(s, rst.From.Peer()) })
	if data == nil {
		return
	}
	fireDataAfterClose(c, data, rst, covered)
	c.drafts[len(c.drafts)-1].unsure(Likely, "an application that had shut down its direction only, and then ended with that data unread")
}

// coveredBy reports whether rst is the first to acknowledge data that came after its sender's FIN.
func (c *Case) coveredBy(rst, s *fsm.Step) bool {
	if !isTCP(s, rst.From.Peer(), 0, tcp.SYN|tcp.RST) || s.Len == 0 || s.Frame > rst.Frame ||
		s.Frame < c.Sides[rst.From].FirstFIN.Frame || rst.Ack.Before(s.Seq+tcp.Seq(s.Len)) {
		return false
	}
	return c.first(func(a *fsm.Step) bool {
		return isTCP(a, rst.From, tcp.ACK, tcp.RST) && a.Frame > s.Frame && a.Ack.After(s.Seq)
	}) == nil
}

// fireDataAfterClose tells of the data that thrown likes, the first of which is data.
func fireDataAfterClose(c *Case, data, rst *fsm.Step, thrown func(*fsm.Step, tcp.Side) bool) {
	closer := data.From.Peer()
	fin := c.Sides[closer].FirstFIN
	d := c.fire()
	d.acts = closer
	d.Blame = BlameSide(closer)
	d.context(c.step(fin.Frame), "FIN of the side that closed")
	parting := c.partingOf(data, thrown)
	lost := parting.lost
	for s := range c.all(func(s *fsm.Step) bool { return thrown(s, data.From) }) {
		if s == data || !s.Again {
			d.trigger(s, "data that nobody reads any more")
		}
	}
	d.trigger(rst, "reset: the data is lost")
	d.claim(data.Frame, c.Last.Frame)
	d.Title = fmt.Sprintf("%s sent %s to %s, which had closed", c.addr(data.From), count(lost, "byte"), c.addr(closer))
	d.note("bytes_lost", lost)
	if !fin.Seen() {
		tellWaitingFIN(c, d, data, lost)
		return
	}
	d.between(min(fin.Time, data.Time), rst.Time)
	after, crossed := data.Time-fin.Time, c.unaware(data)
	d.Explanation = fmt.Sprintf("%s closed. %s, %s sent %s; nobody could read that any more, and it was answered with a reset.",
		upper(c.side(closer)), outcome(crossed, "Before it could have seen that", dur(after)+" later"), c.side(data.From),
		count(lost, "byte"))
	switch {
	case parting.by != "":
		d.Severity = Notice
		d.Explanation += " " + parting.by + ". Nobody misses it."
		if !parting.sure {
			d.unsure(Likely, "data that was meant to be read: then it is lost")
		}
	case crossed && closer == tcp.Initiator && c.Sides[closer].LastData.Frame < data.Frame:
		d.Severity = Warning
		d.Explanation += fmt.Sprintf(" %s closed while data was still coming: it did not want the rest, or did not wait for it.",
			upper(c.side(closer)))
	}
	d.note("after", seconds(after))
	d.note("crossed", crossed)
}

// tellWaitingFIN tells of a side whose FIN is not seen because it waits behind data that there was
// no window for.
func tellWaitingFIN(c *Case, d *draft, data *fsm.Step, lost uint32) {
	closer := data.From.Peer()
	d.context(c.step(c.Sides[closer].LastData.Frame), "the last data that it had sent")
	d.unsure(Likely, "a host that has lost the connection: its uptime tells",
		"a middlebox that sends the reset in this side's name: compare TTL and IP ID")
	d.Explanation = fmt.Sprintf("%s was sending, and must have closed: the rest of its data waited, and its FIN behind that. %s sent %s "+
		"meanwhile; nobody could read that any more, and it was answered with a reset. What had waited is lost, too.",
		upper(c.side(closer)), upper(c.side(data.From)), count(lost, "byte"))
}

const (
	// goodbyeLen is the longest that is taken for a TLS alert: a record of 24 to 31 bytes with the
	// usual ciphers (RFC 5246 section 6.2.3, RFC 8446 section 5.2), and some padding.
	goodbyeLen = 64
	// goodbyeSoon is how soon the FIN follows a TLS close_notify: a library's shutdown and a close.
	// Where the peer's close_notify is left unread, it is a RST.
	goodbyeSoon = 100_000_000
)

// saysGoodbye reports whether data that was lost, and that the capture does not have, looks like a
// TLS close_notify: short, right before its sender's own FIN or RST, and after other data, all of
// which was acknowledged.
func (c *Case) saysGoodbye(data *fsm.Step, lost uint32) bool {
	sender := &c.Sides[data.From]
	soon := func(end fsm.Mark) bool { return end.Frame >= data.Frame && end.Time-data.Time <= goodbyeSoon }
	return data.Content != tcp.ContentData && lost == data.Len && lost <= goodbyeLen && sender.Bytes > uint64(lost) && !sender.SndUna.Before(data.Seq) &&
		sender.LastData.Frame == data.Frame && (soon(sender.FirstFIN) || c.first(func(s *fsm.Step) bool {
		return isTCP(s, data.From, tcp.RST|tcp.ACK, tcp.SYN) && s.Seq == data.EndSeq() && soon(fsm.Mark{Frame: s.Frame, Time: s.Time})
	}) != nil)
}
