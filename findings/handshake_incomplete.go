package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var handshakeIncomplete = &Rule{
	Code:     "handshake-incomplete",
	Title:    "A handshake was never completed",
	Group:    GroupOpening,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "SYN and SYN,ACK, and no final acknowledgment: half-open to the end, or reset by the client",
	What: "The server answered a connection request, and the client never completed the handshake: it stayed silent, or it " +
		"sent a reset. Of a source that resets one listener's answers at a steady period this is said once, as a notice.",
	Why: "Until the third segment of the handshake arrives the server holds a request in SYN-RECEIVED and repeats its " +
		"SYN,ACK, five times on Linux (tcp_synack_retries; reqsk_timer_handler), then forgets it. A reset right after the " +
		"SYN,ACK is what a scanner does that only wants to know whether the port is open: its host has no socket for the " +
		"answer, and resets it (RFC 9293 section 3.10.7.1).",
	Confirm: []string{
		"on the server, while it lasts: ss -tn state syn-recv",
		"on the server: nstat -az TcpAttemptFails TcpExtTCPSynRetrans",
		"on the client: tcpdump for the SYN,ACK: does it arrive?",
	},
	Do: []string{
		"If the client is real: find where the SYN,ACK is lost. Asymmetric routes through a stateful firewall are the usual place.",
		"If the client resets: it is a scan, a health check that only probes, or somebody forging its address.",
	},
	Misreadings: []string{
		"A few of these are everyday scanning, not an attack; a flood is many at once to one listener.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on the SYN,ACKs, or [RST] after [SYN, ACK]",
		"Zeek: conn_state S1, SH or RSTOS0",
		"Suricata: tcp.state syn_recv in the flow record",
		"Snort: none in stream_tcp; port_scan (gid 122) for scans",
		"kernel: TcpExtTCPSynRetrans on the server, TcpExtEmbryonicRsts",
		"nmap: SYN scan (-sS)",
	},
	LooksLike: []string{
		"a forged source address: the real host, which never asked, stays silent or resets",
		"a final acknowledgment that does not pass the capture point: capture at the client",
	},
	says:    saysSYNACKs,
	RFC:     []string{"RFC 9293 section 3.5", "RFC 4987"},
	Kernel:  []string{"reqsk_timer_handler", "tcp_check_req"},
	Sysctl:  []string{"net.ipv4.tcp_synack_retries"},
	Counter: []string{"TcpExtTCPSynRetrans", "TcpExtEmbryonicRsts", "TcpAttemptFails"},
	Absorbs: []string{"syn-retransmitted", "syn-ack-retransmitted", "reset-mid-stream"},
	recurs:  true,
	needs:   hasFailedOpen,
	check:   checkHandshakeIncomplete,
}

// halfOpenWait is how long after the SYN,ACK a missing final acknowledgment says something: the
// server's first timeout, and room for a long round trip.
const halfOpenWait = 3e9

func checkHandshakeIncomplete(c *Case) {
	server := &c.Sides[tcp.Responder]
	if c.Opening != tcp.Incomplete || server.SYNACKs == 0 || c.Established.Seen() || c.first(c.gotSynAck) != nil {
		return
	}
	if !c.Sides[tcp.Initiator].FirstSYN.Seen() { // a capture without the request may well lack its completion
		return
	}
	if _, refusal := c.refusedAndAccepted(); refusal != nil { // the client was no longer there
		return
	}
	rst := c.first(c.resetsSynAck)
	if rst == nil && server.SYNACKs < 2 && c.filteredByFlags() {
		return
	}
	if rst == nil && (!c.over() || server.SYNACKs < 2 && c.Now-server.LastSYNACK.Time < halfOpenWait) {
		return
	}
	d := c.fire()
	d.acts = tcp.Responder
	c.showHandshake(d)
	d.between(c.First.Time, c.Now)
	d.note("syn_acks", server.SYNACKs)
	if rst != nil {
		halfOpenScan(c, d, rst)
	} else {
		leftHalfOpen(c, d)
	}
}

// completesHandshake likes a segment of the client that acknowledges the server's SYN.
func (c *Case) completesHandshake(s *fsm.Step) bool {
	server := &c.Sides[tcp.Responder]
	return isTCP(s, tcp.Initiator, tcp.ACK, tcp.SYN|tcp.RST) && s.Ack == server.ISN+1
}

// gotSynAck likes a segment of the client that acknowledges the server's SYN, be it with data after
// it that the capture lost.
func (c *Case) gotSynAck(s *fsm.Step) bool {
	return isTCP(s, tcp.Initiator, tcp.ACK, tcp.SYN|tcp.RST) && s.Ack.After(c.Sides[tcp.Responder].ISN)
}

// resetsSynAck likes the client's reset of an answer that it could have accepted.
func (c *Case) resetsSynAck(s *fsm.Step) bool {
	if !isTCP(s, tcp.Initiator, tcp.RST, 0) || s.Verdict != tcp.Reset {
		return false
	}
	a := c.step(s.Answers)
	return a == nil || a.Reason != tcp.AckUnacceptable
}

// showHandshake adds the SYNs and the SYN,ACKs to a finding's evidence.
func (c *Case) showHandshake(d *draft) {
	for i := range c.Steps {
		s := &c.Steps[i]
		if isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) {
			d.context(s, "SYN")
		} else if isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) {
			d.trigger(s, "SYN,ACK")
		}
	}
	d.claim(c.First.Frame, c.Last.Frame)
}

func halfOpenScan(c *Case, d *draft, rst *fsm.Step) {
	after := rst.Time - c.Sides[tcp.Responder].LastSYNACK.Time
	d.trigger(rst, "the client's reset in place of the final acknowledgment")
	d.Blame, d.Advice = BlameInitiator, d.Rule.Do[1:]
	d.note("half_open_scan", true)
	d.unsure(Likely, "a forged source address: the real host resets an answer that it did not ask for")
	if !c.plain && after > halfOpenWait { // one that only opens halfway resets at once
		d.unsure(Possible, "a capture that is filtered by flags: the handshake was completed, and what came then is not in it")
		d.Blame = BlameUnknown
	}
	if c.asksAsSystem() {
		d.Severity = Notice
		d.LooksLike = append(d.LooksLike, "a half-open scan with the options of a system")
		d.Title = fmt.Sprintf("%s no longer wanted the connection when %s answered", c.addr(tcp.Initiator), c.addr(tcp.Responder))
		d.Explanation = fmt.Sprintf("%s asked %s for a connection and reset the answer %s after it came. Its SYN has the options of an "+
			"ordinary connect. So its socket had been closed meanwhile: browsers open several connections at once and keep the first that "+
			"is answered (RFC 8305), and other clients give up after a time. Health checks of some balancers do the same.",
			upper(c.side(tcp.Initiator)), c.addr(tcp.Responder), dur(after))
		return
	}
	d.LooksLike = append(d.LooksLike, "a client that gave up its connect at that moment",
		"which of the two it is, its address tells: a load balancer or monitor of your own, or somebody else")
	d.Title = fmt.Sprintf("Health check or half-open scan: %s reset %s's SYN,ACK", c.addr(tcp.Initiator), c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s asked %s for a connection and, %s after the answer came, reset it in place of completing the "+
		"handshake. That is how a health check and a half-open scan find out that a port is open without ever connecting.",
		upper(c.side(tcp.Initiator)), c.addr(tcp.Responder), dur(after))
}

// asksAsSystem reports whether the client's SYN has what a system's own connect sends: scanners that
// make their SYNs themselves leave most options out.
func (c *Case) asksAsSystem() bool {
	const usual = tcp.OptMSS | tcp.OptSACKPerm | tcp.OptWScale
	return c.Sides[tcp.Initiator].SYNOptions&usual == usual
}

// synackAgain is when Linux has repeated a SYN,ACK that is not acknowledged (TCP_TIMEOUT_INIT: 1
// s), ns.
const synackAgain = 1_300_000_000

func leftHalfOpen(c *Case, d *draft) {
	server := &c.Sides[tcp.Responder]
	open := c.Now - server.FirstSYNACK.Time
	d.Blame, d.Advice = BlameUnknown, d.Rule.Do[:1]
	d.unsure(Likely)
	if server.SYNACKs == 1 && open > synackAgain+int64(c.RTT) {
		d.unsure(Possible, "the acknowledgment came and is not in the capture: Linux repeats a SYN,ACK after a second if it has not "+
			"(unless it answers with SYN cookies)")
	}
	d.Title = fmt.Sprintf("%s never completed the handshake with %s", c.addr(tcp.Initiator), c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s answered the connection request of %s with %s, and the final acknowledgment never came. The "+
		"request was left half-open for %s.", upper(c.side(tcp.Responder)), c.addr(tcp.Initiator),
		count(server.SYNACKs, "SYN,ACK"), dur(open))
	c.tellWrongOuter(d, tcp.Responder, c.wrongOuter(func(s *fsm.Step) bool { return isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) },
		func(*fsm.Step) bool { return false }), "SYN,ACK")
	d.note("half_open", seconds(open))
}
