package findings

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// firstSYNTimeout is Linux's and RFC 6298's first retransmission timeout, 1 s, with room for
// scheduling.
const firstSYNTimeout = 1500e6

var synUnanswered = &Rule{
	Code:     "syn-unanswered",
	Title:    "A connect got no answer of any kind",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "one or more SYNs got no answer of any kind",
	What: "A client asked for a connection and nothing came back: no SYN,ACK, no RST, no ICMP error. It repeated the " +
		"request at growing intervals until it gave up or the capture ended.",
	Why: "TCP repeats a SYN because a lost one and a silently dropped one look alike to it (RFC 9293 section 3.8.1). " +
		"Linux sends it again after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s by default: four times a second apart " +
		"(tcp_syn_linear_timeouts), then at doubling intervals (tcp_syn_retries), and the connect fails with " +
		"\"Connection timed out\" after about two minutes. A host that is up and has nothing listening would have " +
		"answered RST: silence means that the SYN or its answer was dropped, by a filter, a wrong route, a host that is " +
		"down, or a listener that cannot keep up.",
	Confirm: []string{
		"on the client: ss -tn state syn-sent",
		"on the client: nstat -az TcpExtTCPSynRetrans TcpAttemptFails",
		"on the server: tcpdump for the SYN; if it arrives, nstat -az TcpExtListenDrops TcpExtListenOverflows " +
			"TcpExtTCPReqQFullDrop",
		"on the server: ip route get CLIENT, and the rp_filter count in nstat -az TcpExtIPReversePathFilter",
	},
	Do: []string{
		"Capture at the server too: whether the SYN arrives there divides the problem in two.",
		"Look for a firewall or security group that drops instead of rejecting.",
		"If the SYN arrives and is not answered, look at the listener's queues (ss -ltn) and at reverse-path filtering.",
	},
	Misreadings: []string{
		"No answer does not mean that nothing listens: a live host without a listener answers RST.",
		"Raising tcp_syn_retries makes the failure later, not rarer.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on each further SYN",
		"Zeek: conn_state S0",
		"Suricata: tcp.state syn_sent in the flow record",
		"Snort: none",
		"kernel: TcpExtTCPSynRetrans, ETIMEDOUT",
		"tcptrace: connection with SYNs: n/0",
	},
	LooksLike: []string{
		"a client that gave up by itself after one try: look at the application's connect timeout",
		"an answer that does not pass the capture point: capture at the client",
	},
	says:    saysSYNs,
	RFC:     []string{"RFC 9293 section 3.8.1", "RFC 6298 section 5"},
	Kernel:  []string{"tcp_write_timeout", "tcp_retransmit_timer"},
	Sysctl:  []string{"net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_linear_timeouts"},
	Counter: []string{"TcpExtTCPSynRetrans", "TcpAttemptFails", "TcpExtTCPTimeouts"},
	needs:   hasFailedOpen,
	check:   checkSynUnanswered,
}

func checkSynUnanswered(c *Case) {
	client := &c.Sides[tcp.Initiator]
	waited := c.Now - client.FirstSYN.Time
	if c.Opening != tcp.Unanswered || c.answered() || !c.over() || client.SYNs < 2 && waited < firstSYNTimeout {
		return
	}
	if client.SYNs < 2 && c.filteredByFlags() {
		return
	}
	d := c.fire()
	d.acts = tcp.Initiator
	d.Blame = BlameUnknown
	var at []string
	for i := range c.Steps {
		s := &c.Steps[i]
		if isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) {
			d.trigger(s, "SYN without an answer")
			at = append(at, fmt.Sprintf("%.3g", seconds(s.Time-client.FirstSYN.Time)))
		}
	}
	gaveUp := synGaveUp(client, c.Now)
	d.Title = fmt.Sprintf("%s did not answer: %s in %s", c.addr(tcp.Responder), count(client.SYNs, "SYN"), dur(waited))
	d.Explanation = fmt.Sprintf("%s asked %s for a connection %s and nothing came back: no answer, no refusal, no ICMP error. "+
		"%s%s", upper(c.side(tcp.Initiator)), c.addr(tcp.Responder), times(client.SYNs),
		outcome(len(at) > 1, "The requests were sent at "+strings.Join(at, ", ")+" s. ", ""),
		gaveUpText(gaveUp, c.Now-client.LastSYN.Time))
	c.tellWrongOuter(d, tcp.Initiator, c.wrongOuter(func(s *fsm.Step) bool { return isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) },
		func(*fsm.Step) bool { return false }), "SYN")
	if client.SYNs < 2 {
		d.Severity = Warning
		d.unsure(Possible)
	}
	d.between(client.FirstSYN.Time, c.Now)
	d.note("tries", client.SYNs)
	d.note("waited", seconds(waited))
	d.note("gave_up", gaveUp)
}

// answered reports whether the server sent anything.
func (c *Case) answered() bool {
	return c.Sides[tcp.Responder].Segments > 0 ||
		c.first(func(s *fsm.Step) bool { return s.Kind == tcp.KindTCP && s.From == tcp.Responder }) != nil
}

// synGaveUp reports whether the next SYN is overdue: the last interval doubled, or the first
// timeout, has passed.
func synGaveUp(client *fsm.SideFacts, now int64) bool {
	last := client.LastSYN.Time - client.FirstSYN.Time
	return now-client.LastSYN.Time > max(2*firstSYNTimeout, last+firstSYNTimeout)
}

func gaveUpText(gaveUp bool, quiet int64) string {
	if gaveUp {
		return fmt.Sprintf("After that it stayed quiet for %s, so it had given up.", dur(quiet))
	}
	return "It was still trying when the capture ended."
}
