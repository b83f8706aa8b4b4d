package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var synRetransmitted = &Rule{
	Code:     "syn-retransmitted",
	Title:    "A connect was slow: its SYN had to be repeated",
	Group:    GroupOpening,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "the SYN was repeated and then answered; says what delay that cost",
	What:     "The client's first connection request got no answer in time. A repetition did, so that the connect was late.",
	Why: "Nothing but a timer tells TCP that a SYN was lost: the first repetition comes after 1 s (RFC 6298 section 2.1; " +
		"tcp_retransmit_timer), Linux's next three a second apart, later ones at doubling intervals. So one lost SYN costs " +
		"a full second.",
	Confirm: []string{
		"on the client: nstat -az TcpExtTCPSynRetrans TcpExtTCPTimeouts",
		"on the server: nstat -az TcpExtListenDrops TcpExtListenOverflows TcpExtTCPReqQFullDrop (did the server drop it?)",
		"capture at both ends: whether the first SYN arrives tells the path from the server",
	},
	Do: []string{
		"If the first SYN did not reach the server: look for loss on the path, or a stateful device that drops first packets.",
		"If it did: look at the listener's queue (ss -ltn) and at reverse-path filtering on the server.",
	},
	Misreadings: []string{
		"A one-second connect is a lost SYN far more often than a slow server application.",
		"On a path with a round trip above one second the repetition is needless: nothing was lost.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, on a SYN",
		"Zeek: none; an equal SYN adds no letter to the history",
		"Suricata: stream.3whs_syn_resend_diff_seq_on_syn_recv only when the number differs; else silent",
		"Snort: none",
		"kernel: TcpExtTCPSynRetrans",
	},
	says:    saysSYNs,
	RFC:     []string{"RFC 6298 section 2.1", "RFC 9293 section 3.8.1"},
	Kernel:  []string{"tcp_retransmit_timer", "tcp_retransmit_skb"},
	Sysctl:  []string{"net.ipv4.tcp_syn_retries", "net.ipv4.tcp_syn_linear_timeouts"},
	Counter: []string{"TcpExtTCPSynRetrans", "TcpExtTCPTimeouts"},
	Absorbs: []string{"syn-ack-retransmitted"},
	needs:   hasRepeatedSYN,
	check:   checkSynRetransmitted,
}

func checkSynRetransmitted(c *Case) {
	client, server := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	if client.SYNs < 2 || !c.Established.Seen() || !server.FirstSYNACK.Seen() {
		return
	}
	d := c.fire()
	d.acts = tcp.Initiator
	// A client that has said more is connected, and repeats its SYN no more: one that comes then is
	// a copy.
	more := c.first(func(s *fsm.Step) bool { return isTCP(s, tcp.Initiator, tcp.ACK, tcp.SYN|tcp.RST) })
	again := c.showRepeats(d, client.FirstSYN, "SYN", func(s *fsm.Step) bool {
		return isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) && s.Seq == client.ISN && (more == nil || s.Frame < more.Frame)
	})
	if len(again) == 0 || again[len(again)-1].Time-client.FirstSYN.Time < minRTO {
		c.drop() // sooner than any timer: an unacceptable ACK made the client repeat it (tcp_rcv_synsent_state_process)
		return
	}
	early, answered := uint32(0), client.FirstSYN.Frame // repetitions before any answer was on its way, the last SYN before it
	for _, s := range again {
		if s.Frame < server.FirstSYNACK.Frame {
			early++
			answered = s.Frame
		}
	}
	last, tries := again[len(again)-1], 1+len(again)
	if server.SYNACKs-1 <= early { // each repeated SYN draws a SYN,ACK of its own
		d.claim(server.FirstSYNACK.Frame, server.LastSYNACK.Frame)
	}
	d.context(c.step(server.FirstSYNACK.Frame), "SYN,ACK")
	delay := last.Time - client.FirstSYN.Time
	d.Blame = blameForLostSYN(c, early)
	wrong := c.wrongOuter(func(s *fsm.Step) bool { return isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) },
		func(s *fsm.Step) bool { return s.Frame == answered })
	why := ""
	if wrong == 0 {
		why = " " + c.whyLost(d, server.FirstSYNACK.Frame, early)
	}
	d.Title = fmt.Sprintf("Connecting to %s took %s longer: %s", c.addr(tcp.Responder), dur(delay),
		count(tries, "SYN"))
	d.Explanation = fmt.Sprintf("%s sent its connection request to %s %s before the connection came about. The repetitions "+
		"delayed it by %s.%s", upper(c.side(tcp.Initiator)), c.addr(tcp.Responder), times(tries), dur(delay),
		why)
	d.between(client.FirstSYN.Time, server.FirstSYNACK.Time)
	d.note("tries", tries)
	d.note("delay", seconds(delay))
	c.tellWrongOuter(d, tcp.Initiator, wrong, "SYN")
	if roundTrip, slow := c.slowWay(); slow {
		tellSlowWay(c, d, tries, roundTrip)
	}
}

// tellSlowWay: nothing was lost.
func tellSlowWay(c *Case, d *draft, tries int, roundTrip int64) {
	server := &c.Sides[tcp.Responder]
	d.Severity, d.Blame = Info, BlameUnknown
	d.claim(server.FirstSYNACK.Frame, server.LastSYNACK.Frame)
	d.Title = fmt.Sprintf("The round trip to %s is longer than the client waits: %s", c.addr(tcp.Responder), count(tries, "SYN"))
	d.Explanation = fmt.Sprintf("%s sent its connection request %s, since an answer takes %s and the first timeout is shorter (1 s). Each was "+
		"answered, after the same time, and the first answer completed the handshake: nothing was lost, and nothing was delayed.",
		upper(c.side(tcp.Initiator)), times(tries), dur(roundTrip))
	d.Advice = []string{"Nothing, unless the round trip itself is longer than the path should take."}
	d.note("round_trip", seconds(roundTrip))
}

// whyLost says why a SYN was lost. An ICMP error that one met before the frame of its answer tells
// it; else early is how many repetitions came before that.
func (c *Case) whyLost(d *draft, answer uint64, early uint32) string {
	icmp := c.first(func(s *fsm.Step) bool { return s.Kind == tcp.KindICMP && s.From == tcp.Initiator && s.Frame < answer })
	if icmp == nil {
		return lostSYNText(c, early)
	}
	var sender string
	d.Blame, sender = c.refusedBy(icmp)
	d.Advice = reachAgain(icmp, connectionUnreachable.Do)
	d.trigger(icmp, icmpText(icmp))
	return fmt.Sprintf("%s answered \"%s\", quoting the request: that one went no further.", upper(sender), icmpText(icmp))
}

// blameForLostSYN says who lost the first SYN: at the server's end of the path the capture saw it
// arrive.
func blameForLostSYN(c *Case, early uint32) Blame {
	if c.onOneHost() {
		return BlameResponder
	}
	if c.Vantage == tcp.NearResponder && early > 0 {
		return BlameResponder
	}
	return BlameUnknown
}

func lostSYNText(c *Case, early uint32) string {
	switch {
	case early == 0:
		return "The server's answer to the first one had already passed the capture point, so it was lost after that, or the " +
			"round trip is longer than the client waits."
	case c.Vantage == tcp.NearResponder:
		return "The capture near the server shows the first one arriving, so the server's host ignored it."
	}
	if c.onOneHost() {
		return "Both ends are one host, where nothing is lost on the way: the listener's queue was full, or the host's own filter dropped it."
	}
	return "The first one, or the answer to it, was lost beyond the capture point, or the server's host ignored it."
}
