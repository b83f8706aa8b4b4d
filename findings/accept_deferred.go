package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var acceptDeferred = &Rule{
	Code:     "accept-deferred",
	Title:    "The server takes a connection only when its first data comes",
	Group:    GroupOpening,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "SYN,ACK repeated although the client has acknowledged it, until its data comes: TCP_DEFER_ACCEPT",
	What: "The client completed the handshake and sent nothing more. The server repeated its SYN,ACK as if the acknowledgment had " +
		"never come, and would take the connection only with data in it.",
	Why: "A listener with the socket option TCP_DEFER_ACCEPT (in nginx \"deferred\", in Apache AcceptFilter) wakes its application " +
		"only when there is something to read. Until then the kernel drops the bare acknowledgment (tcp_check_req) and keeps the " +
		"request, and repeats the SYN,ACK when the option's time is over, or with other stacks from the start. A client that waits for " +
		"the server to speak first, or connects ahead of need, sees nothing of this.",
	Confirm: []string{
		"on the server: ss -tn state syn-recv (the connection is there, though the client is ESTABLISHED)",
		"on the server: grep -r deferred /etc/nginx; grep -ri acceptfilter /etc/apache2 /etc/httpd",
		"on the server: nstat -az TcpExtTCPDeferAcceptDrop TcpExtListenOverflows (the first rises, the second does not)",
	},
	Do: []string{
		"Nothing, if the clients that connect without asking for anything are meant to: browsers and pools do so.",
		"Turn the option off where clients wait for the server to speak first, or keep connections in reserve for long.",
	},
	Misreadings: []string{
		"It is no full accept queue: the same listener takes other connections.",
		"The repeated SYN,ACKs are not network loss: the client's acknowledgments arrive and are dropped.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [SYN, ACK], TCP Dup ACK",
		"Zeek: conn_state S1",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtTCPDeferAcceptDrop",
	},
	LooksLike: []string{"an accept queue that was full just when each acknowledgment came: nstat -az TcpExtListenOverflows tells"},
	RFC:       []string{"RFC 9293 section 3.10.7.4"},
	Kernel:    []string{"tcp_check_req", "reqsk_timer_handler", "syn_ack_recalc"},
	Sysctl:    []string{"net.ipv4.tcp_synack_retries"},
	Counter:   []string{"TcpExtTCPDeferAcceptDrop", "TcpExtListenOverflows"},
	Absorbs:   []string{"accept-queue-overflow", "syn-ack-retransmitted", "handshake-incomplete"},
	needs:     hasOnlySYNACK,
	check:     checkAcceptDeferred,
}

// checkAcceptDeferred: the SYN,ACKs came again while the client had nothing to say, and what it said
// then was taken at once; or the timer of the SYN,ACK let the times pass at which it repeats what
// nobody has acknowledged.
func checkAcceptDeferred(c *Case) {
	o, ok := c.overflow()
	if !ok || o.repeats == 0 || !c.saidNothing() {
		return
	}
	if o.repeats == 1 {
		c.deferredOnce(o)
		return
	}
	client := &c.Sides[tcp.Initiator]
	if !o.recovered || !client.FirstData.Seen() || client.Retransmitted > 0 {
		return
	}
	waited := client.FirstData.Time - o.final.Time
	d := fireDeferred(c, o)
	d.context(c.step(client.FirstData.Frame), "the client's first data")
	d.Explanation = fmt.Sprintf("%s completed the handshake and sent nothing for %s. Meanwhile %s repeated its SYN,ACK %s. It took the "+
		"first data at once: its listener waits for that.", upper(c.side(tcp.Initiator)), dur(waited), c.addr(tcp.Responder), times(o.repeats))
	d.note("waited", seconds(waited))
}

// tooLateForLoss is when a SYN,ACK that nobody has acknowledged has long come again: after 1 s, and
// up to Linux 2.6 after 3 to 4 s, ns. One that the client has acknowledged comes again only when the
// option's time is over (syn_ack_recalc). Seen on Linux 6.18 with TCP_DEFER_ACCEPT of 3, 10 and 30 s:
// after 3, 15 and 31 s.
const tooLateForLoss = 6500e6

// deferredOnce: the only SYN,ACK that came again came too late to tell of a loss, or where nothing is
// lost.
func (c *Case) deferredOnce(o overflow) {
	server := &c.Sides[tcp.Responder]
	after := server.LastSYNACK.Time - server.FirstSYNACK.Time
	late := after >= tooLateForLoss
	taken := o.recovered || c.Now-server.LastSYNACK.Time > 2*after+after/4 // else the next SYN,ACK would have come
	if c.Sides[tcp.Initiator].SYNs > 1 || server.RSTs > 0 || !late && !c.onOneHost() || !taken {
		return
	}
	d := fireDeferred(c, o)
	if !late {
		d.unsure(Possible)
	}
	d.context(c.answer(c.step(server.LastSYNACK.Frame)), "the client's acknowledgment")
	d.Explanation = fmt.Sprintf("%s completed the handshake and sent no data. %s later %s sent its SYN,ACK again. %s", upper(c.side(tcp.Initiator)),
		upper(dur(server.LastSYNACK.Time-o.final.Time)), c.addr(tcp.Responder), outcome(late,
			"An answer that nobody has acknowledged comes again after 1 to 4 s: the server had the acknowledgment, and its listener waited for data.",
			"Both ends are one host, where nothing is lost: the server had the acknowledgment, and its listener waited for data."))
	d.note("waited", seconds(server.LastSYNACK.Time-o.final.Time))
}

// fireDeferred shows what all such connections have.
func fireDeferred(c *Case, o overflow) *draft {
	d := c.fire()
	d.acts = tcp.Responder
	d.Blame = BlameResponder
	d.unsure(Likely)
	c.showOverflow(d, o)
	d.between(o.final.Time, c.Sides[tcp.Responder].LastSYNACK.Time)
	d.Title = fmt.Sprintf("%s takes a connection only when data comes", c.addr(tcp.Responder))
	d.note("syn_acks_after_completion", o.repeats)
	return d
}

// saidNothing reports whether the client had sent no data when the last SYN,ACK came: neither does
// the capture have any, nor do the numbers of its answer tell of some.
func (c *Case) saidNothing() bool {
	client, last := &c.Sides[tcp.Initiator], c.Sides[tcp.Responder].LastSYNACK
	if client.FirstData.Seen() && client.FirstData.Time <= last.Time {
		return false
	}
	again := c.step(last.Frame)
	if again == nil {
		return false
	}
	answer := c.answer(again)
	return answer == nil || answer.Seq == client.ISN+1
}
