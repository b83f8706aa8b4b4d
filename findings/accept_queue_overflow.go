package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var acceptQueueOverflow = &Rule{
	Code:     "accept-queue-overflow",
	Title:    "The server's accept queue is full",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "the client completed the handshake and sends data; the server repeats its SYN,ACK, stays silent, or resets",
	What: "The client has completed the handshake and believes itself connected. The server goes on as if the final " +
		"acknowledgment had never come: it repeats its SYN,ACK, or says nothing, or resets.",
	Why: "When the application does not call accept fast enough, the listener's accept queue fills, and Linux drops the " +
		"final acknowledgment (tcp_v4_syn_recv_sock) and leaves the request in SYN-RECEIVED. Its SYN,ACK is then repeated by " +
		"the timer; the client, long ESTABLISHED, sends data into the void. With tcp_abort_on_overflow 1 the server answers " +
		"the final acknowledgment with a reset (tcp_check_req). With SYN cookies there is no request to repeat anything: " +
		"the server stays silent, and tcp_abort_on_overflow does nothing.",
	Confirm: []string{
		"on the server: ss -ltn 'sport = :PORT' (Recv-Q above Send-Q is a full accept queue)",
		"on the server: nstat -az TcpExtListenOverflows TcpExtListenDrops (rising together)",
		"on the server: ss -tn state syn-recv; nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv",
	},
	Do: []string{
		"Find out why the application does not accept: blocked, out of file descriptors or workers, stopped.",
		"Raise the backlog that the application passes to listen, and net.core.somaxconn, which caps it; restart the listener.",
	},
	Misreadings: []string{
		"An accept queue overflow does not mean that SYN cookies reset anything.",
		"The repeated SYN,ACKs are not network loss: the client's acknowledgments arrive and are dropped.",
		"tcp_max_syn_backlog is another queue: raising it does not help here.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [SYN, ACK] and on the data, TCP Dup ACK, then RST",
		"Zeek: conn_state S1, history ShAD with T and without d (a repeated SYN,ACK adds no letter)",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtListenOverflows, TcpExtListenDrops, drop reason TCP_LISTEN_OVERFLOW",
	},
	LooksLike: []string{
		"a final acknowledgment that is lost between the capture point and the server: capture at the server",
		"a listener with TCP_DEFER_ACCEPT that waits for data: it answers as soon as data comes",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.4"},
	Kernel:  []string{"tcp_v4_syn_recv_sock", "tcp_check_req", "reqsk_timer_handler"},
	Sysctl:  []string{"net.core.somaxconn", "net.ipv4.tcp_abort_on_overflow", "net.ipv4.tcp_syncookies"},
	Counter: []string{"TcpExtListenOverflows", "TcpExtListenDrops"},
	Absorbs: []string{"syn-ack-retransmitted", "handshake-incomplete", "peer-unresponsive", "reset-mid-stream",
		"abortive-close", "challenge-ack", "data-after-close", "fin-unacknowledged", "peer-rebooted", "half-open-discovered",
		"fin-retransmitted", "connection-recovered", "retransmission-burst", "idle-timeout-suspected"},
	needs: hasOnlySYNACK,
	check: checkAcceptQueueOverflow,
}

// smallSegment is a payload that passes every path: below IPv6's minimum of 1280 bytes with its
// headers, so that its loss is no matter of size.
const smallSegment = 1200

// overflow is what a listener with a full accept queue did.
type overflow struct {
	final     *fsm.Step // the client's acknowledgment that completed the handshake
	rst       *fsm.Step // the reset with which the server answered it
	repeats   uint32    // SYN,ACKs after it
	afterData bool      // one of them came after data that the server must have had
	silent    bool
	recovered bool // the server went on after all
}

func checkAcceptQueueOverflow(c *Case) {
	if o, ok := c.overflow(); ok && (o.rst != nil || o.afterData || o.repeats > 1 || o.silent) {
		fireOverflow(c, o)
	}
}

// overflow tells what the server did once the client had completed the handshake, if it may not
// have taken the connection.
func (c *Case) overflow() (o overflow, ok bool) {
	server := &c.Sides[tcp.Responder]
	others := server.Segments - uint64(server.SYNACKs) - uint64(server.RSTs)
	if server.SYNACKs == 0 || c.MidStream || c.OneWay || others > 0 && server.SYNACKs == 1 {
		return o, false
	}
	final := c.first(c.completesHandshake)
	if final == nil || final.Frame < server.FirstSYNACK.Frame {
		return o, false
	}
	return c.overflowAfter(final), true
}

// overflowAfter looks at what the server did once the client had completed the handshake.
func (c *Case) overflowAfter(final *fsm.Step) overflow {
	client, server := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	o := overflow{final: final}
	others := server.Segments - uint64(server.SYNACKs) - uint64(server.RSTs)
	way := max(c.RTT, server.FirstSYNACK.Time-client.FirstSYN.Time) // to the server and back, at most
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Frame < final.Frame || s.From != tcp.Responder {
			continue
		}
		// What was sent before the acknowledgment could be there says nothing.
		again := isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) && s.Seq == server.ISN && s.Notes.Has(fsm.Retransmission)
		if again && s.Time-final.Time > way-way/4 {
			o.repeats++
			o.afterData = o.afterData || client.FirstData.Seen() && s.Time-client.FirstData.Time > way+minRTO
		}
		if o.rst == nil && others == 0 && isTCP(s, tcp.Responder, tcp.RST, tcp.ACK|tcp.SYN) && s.Seq == server.ISN+1 && !c.endedEarlier(s) &&
			(o.repeats > 0 || !c.answersRepeated(s) && s.Time-final.Time <= 2*way+1e9) {
			o.rst = s
		}
	}
	if client.SYNs > 1 { // each SYN that came again has an answer of its own
		o.repeats -= min(o.repeats, client.SYNs-1)
	}
	o.recovered = others > 0
	o.silent = c.over() && others == 0 && server.RSTs == 0 && o.repeats == 0 && client.Bytes > 0 && client.Backoff.Count >= 3 &&
		!client.Backoff.Heard.Seen() && (c.Vantage == tcp.NearResponder || c.onOneHost())
	return o
}

// endedEarlier reports whether something else than a full accept queue had ended the connection by
// then: a reset of the client, one of the server's own, one that answers what came before the
// acknowledgment that completes the handshake, or what ends a request (tcp_check_req).
func (c *Case) endedEarlier(rst *fsm.Step) bool {
	return c.first(func(s *fsm.Step) bool {
		if s.Frame >= rst.Frame || s.Kind != tcp.KindTCP {
			return false
		}
		if s.Flags.Has(tcp.RST) {
			return s.From == tcp.Responder || s.Verdict == tcp.Reset
		}
		return s.From == tcp.Initiator && s.ReceiverBefore == tcp.SynReceived && s.ReceiverAfter == tcp.Closed && s.Reason == tcp.SynInWindow
	}) != nil
}

// answersRepeated reports whether a reset answers what the client had sent before without one. A
// listener that aborts on overflow answers the first segment that completes the handshake
// (tcp_check_req).
func (c *Case) answersRepeated(rst *fsm.Step) bool {
	answered := c.step(rst.Answers)
	return answered != nil && answered.Notes.Has(fsm.Retransmission)
}

// minRTO is Linux's shortest retransmission timeout (TCP_RTO_MIN).
const minRTO = 200e6

func fireOverflow(c *Case, o overflow) {
	d := c.fire()
	d.acts = tcp.Responder
	d.Blame = BlameResponder
	c.showOverflow(d, o)
	d.claim(c.First.Frame, c.Last.Frame)
	d.unsure(o.confidence(c))
	if o.recovered {
		d.Severity = Warning
	}
	d.Title = fmt.Sprintf("%s does not take completed connections: its accept queue is full", c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s completed the handshake with %s, but the server acted as if it had not: %s. That is what a "+
		"%slistener does whose application does not accept connections fast enough.", upper(c.side(tcp.Initiator)),
		c.addr(tcp.Responder), o.text(c), outcome(foreign(c.Sides[tcp.Responder].Stack), "", "Linux "))
	d.between(o.final.Time, c.Last.Time)
	d.note("syn_acks_after_completion", o.repeats)
	d.note("reset", o.rst != nil)
	d.note("recovered", o.recovered)
}

// showOverflow shows the acknowledgment that the server did not take, and what it did then.
func (c *Case) showOverflow(d *draft, o overflow) {
	server := &c.Sides[tcp.Responder]
	d.trigger(o.final, "final acknowledgment, which the server does not take")
	if first := c.step(c.Sides[tcp.Initiator].FirstData.Frame); first != nil && first.Reason == tcp.ListenOverflow {
		d.context(first, "data, which it does not take either")
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Frame > o.final.Frame && isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) && s.Seq == server.ISN {
			d.trigger(s, "SYN,ACK again")
		}
	}
	d.trigger(o.rst, "the server's reset")
}

func (o *overflow) confidence(c *Case) Confidence {
	switch {
	case o.afterData, o.rst != nil && o.rst.Answers == o.final.Frame, o.silent:
		return Likely
	}
	return Possible
}

func (o *overflow) text(c *Case) string {
	client := &c.Sides[tcp.Initiator]
	var did string
	switch {
	case o.repeats > 0:
		did = fmt.Sprintf("it repeated its SYN,ACK %s", times(o.repeats))
		if client.Bytes > 0 {
			did += fmt.Sprintf(" though the client had sent %s", count(client.Bytes, "byte"))
		}
	case o.rst != nil:
		return "it answered " + o.answered(c) + " with a reset" +
			outcome(foreign(c.Sides[tcp.Responder].Stack), "", " (tcp_abort_on_overflow)")
	default:
		return fmt.Sprintf("it never said anything again, while the client repeated its data %s", times(client.Backoff.Count))
	}
	switch {
	case o.rst != nil:
		did += ", and in the end it reset the connection"
	case o.recovered:
		did += ", and only then went on"
	}
	return did
}

// answered says what a reset answered that came at once.
func (o *overflow) answered(c *Case) string {
	data := c.Sides[tcp.Initiator].FirstData
	if data.Seen() && data.Frame != o.final.Frame && o.rst.Answers != o.final.Frame && data.Frame < o.rst.Frame {
		return "the first data"
	}
	return "the final acknowledgment"
}
