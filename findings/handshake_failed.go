package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var handshakeFailed = &Rule{
	Code:     "handshake-failed",
	Title:    "A connect was answered again and again with what the client cannot use",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a client that sent two SYNs or more never got past SYN-SENT, although something came back",
	What: "A client asked for a connection several times. Each time something came back, but nothing that a client in SYN-SENT can use. " +
		"So the connect failed as if nobody had answered.",
	Why: "A client in SYN-SENT takes two answers: a SYN,ACK and a RST,ACK, and both must acknowledge its SYN, which is its initial sequence " +
		"number plus one (RFC 9293 section 3.10.7.3; tcp_rcv_synsent_state_process). A reset without ACK is dropped. So is a reset that " +
		"acknowledges another number. Any other segment that acknowledges another number is answered with a reset, and the client goes on " +
		"waiting. A server that still has a connection of the same addresses and ports answers a SYN with an acknowledgment of that " +
		"connection (a challenge ACK, RFC 5961 section 4; tcp_send_challenge_ack).",
	Confirm: []string{
		"on the client: ss -tn state syn-sent",
		"on the client: nstat -az TcpExtTCPSynRetrans TcpAttemptFails TcpOutRsts",
		"on the server: ss -tan 'sport = :PORT' (does it hold a connection of the client's address and port?)",
		"on the server: nstat -az TcpExtTCPSYNChallenge TcpExtTCPChallengeACK",
	},
	Do: []string{
		"Find what sends the answer: capture at the server. If the answer leaves it so, its TCP is at fault; if not, something on the way " +
			"made it.",
	},
	Misreadings: []string{
		"An answer that passes the capture does not mean that the connect got one: only what acknowledges the SYN counts.",
		"A RST,ACK is not always a refusal: one that acknowledges another number than SYN + 1 is dropped, and the client waits on.",
		"A challenge ACK is not an attack: it is how a server asks whether its old connection is gone.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on each further SYN; TCP Dup ACK or Connection reset (RST) on the answers",
		"Zeek: conn_state S0, SH or RSTRH; bad_RST_ack",
		"Suricata: stream.3whs_synack_with_wrong_ack, stream.rst_invalid_ack",
		"Snort: none",
		"kernel: drop reason TCP_INVALID_ACK_SEQUENCE, TcpExtTCPSynRetrans, ETIMEDOUT",
	},
	LooksLike: []string{
		"a good answer that the capture does not have: capture at the client",
	},
	says:    saysSYNs,
	RFC:     []string{"RFC 9293 section 3.10.7.3", "RFC 9293 section 3.10.7.1", "RFC 5961 section 4"},
	Kernel:  []string{"tcp_rcv_synsent_state_process", "tcp_send_challenge_ack", "tcp_v4_send_reset"},
	Sysctl:  []string{"net.ipv4.tcp_syn_retries"},
	Counter: []string{"TcpExtTCPSynRetrans", "TcpAttemptFails", "TcpExtTCPSYNChallenge", "TcpExtTCPChallengeACK"},
	Absorbs: []string{"challenge-ack", "handshake-incomplete", "old-duplicate-syn", "rst-out-of-window", "syn-unanswered"},
	needs:   hasVainSYN,
	check:   checkHandshakeFailed,
}

// useless is a kind of answer that a client in SYN-SENT cannot use.
type useless struct {
	key, role string
	match     func(*Case, *fsm.Step) bool
	what      string // what came back
	why       string
	blame     Blame
	advice    string
	confirm   string // on the server's host: the two %d are its port and the client's
}

// uselessKinds has the narrower kinds first.
var uselessKinds = []useless{
	{"rst-acks-isn", "RST,ACK of the SYN's own number",
		func(c *Case, s *fsm.Step) bool {
			return isTCP(s, tcp.Responder, tcp.RST|tcp.ACK, 0) && s.Ack == c.Sides[tcp.Initiator].ISN
		}, "a RST,ACK that acknowledges the SYN's own number",
		"A refusal must acknowledge that number plus one, since a SYN takes one number (RFC 9293 section 3.10.7.1). The client drops it and " +
			"does not learn that it was refused.", BlameResponder,
		"Mend the server's TCP: it must answer a SYN that it refuses with RST,ACK of the SYN's number plus one. Until then start what should " +
			"listen there.", ""},
	{"rst-acks-zero", "RST,ACK of number 0",
		func(c *Case, s *fsm.Step) bool {
			return isTCP(s, tcp.Responder, tcp.RST|tcp.ACK, 0) && s.Ack == 0 && c.Sides[tcp.Initiator].ISN != 0
		}, "a RST,ACK that acknowledges 0",
		"Its sender has left the acknowledgment number empty. A refusal must acknowledge the SYN's number plus one (RFC 9293 section 3.10.7.1). " +
			"The client drops it and does not learn that it was refused.", BlameResponder,
		"Mend the server's TCP: it must answer a SYN that it refuses with RST,ACK of the SYN's number plus one. Until then start what should " +
			"listen there.", ""},
	{"rst-wrong-ack", "RST,ACK of another number",
		func(_ *Case, s *fsm.Step) bool { return isTCP(s, tcp.Responder, tcp.RST|tcp.ACK, 0) },
		"a RST,ACK that acknowledges another number than the SYN's", "The client takes it for a reset of another connection and drops it.",
		BlameUnknown, "Find what sends the resets (their TTL says how far away it is): a firewall that shifts sequence numbers in one direction " +
			"only, or the server's own TCP. A refusal must acknowledge the SYN's number plus one.", ""},
	{"rst-without-ack", "RST without ACK",
		func(_ *Case, s *fsm.Step) bool { return isTCP(s, tcp.Responder, tcp.RST, tcp.ACK) }, "a reset without ACK",
		"A client in SYN-SENT takes a reset only if it acknowledges the request, as a refusal does (RST,ACK; RFC 9293 section 3.10.7.3).",
		BlameUnknown, "Find what sends the resets (their TTL says how far away): a firewall, a load balancer or a host's own stack. It must " +
			"answer a SYN with RST,ACK that acknowledges it, or with SYN,ACK.", ""},
	{"syn-ack-wrong-echo", "SYN,ACK that echoes another timestamp",
		func(_ *Case, s *fsm.Step) bool { return s.Flags.Has(tcp.SYN|tcp.ACK) && s.Reason == tcp.PAWS },
		"a SYN,ACK that echoes a timestamp which the client never sent",
		"The client takes it for an answer to another request, and resets it (tcp_rcv_synsent_state_process, PAWSActiveRejected).", BlamePath,
		"Find the device that rewrites timestamps in one direction only.", ""},
	{"syn-ack-wrong-ack", "SYN,ACK for another SYN",
		func(_ *Case, s *fsm.Step) bool { return s.Flags.Has(tcp.SYN | tcp.ACK) },
		"a SYN,ACK that acknowledges another number than the SYN's", "The client takes it for an answer to another request, and resets it.",
		BlamePath, "Find the device that changes sequence numbers in one direction only (a firewall that randomizes them, a SYN proxy, two ways " +
			"through two firewalls).", ""},
	{"ack", "acknowledgment of another connection",
		func(*Case, *fsm.Step) bool { return true }, "an acknowledgment of another connection",
		"The server still holds a connection of the same addresses and ports, and asks whether it is gone (a challenge ACK).", BlamePath,
		"Look what the server holds: a connection that a host behind the same NAT address still uses, or an old one. Let the client's reset " +
			"reach the server: a stateful filter must not drop it or the acknowledgment as invalid.",
		"on the server: ss -tanoi 'sport = :%d and dport = :%d'"},
}

func checkHandshakeFailed(c *Case) {
	if !c.over() {
		return
	}
	if c.Established.Seen() || c.MidStream {
		failedBeside(c)
		return
	}
	failedAlone(c)
}

// ofThisConnect is how far beyond a SYN an acknowledgment may be and still be of its connection.
const ofThisConnect = 1 << 20

// failedAlone: nothing but the client's tries, and what came back to them.
func failedAlone(c *Case) {
	client := &c.Sides[tcp.Initiator]
	if client.SYNs < 2 || c.Opening != tcp.Unanswered && c.Opening != tcp.Incomplete {
		return
	}
	counts := make([]uint32, len(uselessKinds))
	for s := range c.all(func(s *fsm.Step) bool { return s.Kind == tcp.KindTCP }) {
		switch {
		case s.From == tcp.Responder && s.Flags.Has(tcp.ACK) && s.Ack.After(client.ISN) && s.Ack.Sub(client.ISN) < ofThisConnect:
			return // the capture lost the handshake, and what the client sent then
		case s.From == tcp.Responder && s.Verdict == tcp.Discard && s.ReceiverBefore == tcp.SynSent:
			counts[c.kindOfUseless(s)]++
		case s.From == tcp.Responder, !s.Flags.Any(tcp.SYN | tcp.RST):
			return // the client's TCP got something out of it
		}
	}
	most := 0
	for i, n := range counts {
		if n > counts[most] {
			most = i
		}
	}
	if counts[most] == 0 {
		return
	}
	kind := &uselessKinds[most]
	d := c.fire()
	d.acts = tcp.Initiator
	d.Blame, d.Advice = kind.blame, []string{kind.advice}
	d.unsure(Likely)
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK):
			d.context(s, "SYN")
		case s.Kind == tcp.KindTCP && s.From == tcp.Responder:
			d.trigger(s, uselessKinds[c.kindOfUseless(s)].role)
		case isTCP(s, tcp.Initiator, tcp.RST, 0):
			d.context(s, "the client's reset of that")
		}
	}
	d.claim(c.First.Frame, c.Last.Frame)
	waited := c.Now - client.FirstSYN.Time
	d.Title = fmt.Sprintf("Connecting to %s failed after %s: the answers are of no use to the client", c.addr(tcp.Responder),
		count(client.SYNs, "SYN"))
	d.Explanation = fmt.Sprintf("%s asked %s for a connection %s. What came back, %s: %s. %s%s %s", upper(c.side(tcp.Initiator)),
		c.addr(tcp.Responder), times(client.SYNs), times(counts[most]), kind.what, c.uselessNumbers(kind), kind.why,
		gaveUpText(synGaveUp(client, c.Now), c.Now-client.LastSYN.Time))
	if kind.confirm != "" {
		d.confirmHere(fmt.Sprintf(kind.confirm, c.Tuple.DstPort, c.Tuple.SrcPort))
	}
	d.between(client.FirstSYN.Time, c.Now)
	d.note("answer", kind.key)
	d.note("answers", counts[most])
	d.note("tries", client.SYNs)
	d.note("waited", seconds(waited))
	d.note("gave_up", synGaveUp(client, c.Now))
}

// kindOfUseless gives the place in uselessKinds of an answer.
func (c *Case) kindOfUseless(s *fsm.Step) int {
	for i := range uselessKinds {
		if uselessKinds[i].match(c, s) {
			return i
		}
	}
	return len(uselessKinds) - 1
}

// uselessNumbers gives the number that the first such answer acknowledges, and the one that it
// should.
func (c *Case) uselessNumbers(kind *useless) string {
	s := c.first(func(s *fsm.Step) bool { return s.Kind == tcp.KindTCP && s.From == tcp.Responder && kind.match(c, s) })
	if s == nil || !s.Flags.Has(tcp.ACK) || s.Reason != tcp.AckUnacceptable {
		return ""
	}
	return fmt.Sprintf("It acknowledges %d; the client expects %d. ", uint32(s.Ack), uint32(c.Sides[tcp.Initiator].ISN+1))
}

// failedBeside: a client asks for a connection from an address and port of which the server holds a
// live one. Its SYNs are answered for that one, and nothing ends it.
func failedBeside(c *Case) {
	first := c.first(c.refusedBeside)
	if first == nil {
		return
	}
	side := first.From
	reset := c.first(func(s *fsm.Step) bool {
		return isTCP(s, side, tcp.RST, 0) && s.Frame > first.Frame && s.Verdict == tcp.Reset
	})
	opened := c.Next.Known && c.Next.Initiator == side && c.Next.WasRefused
	if reset != nil || opened { // the old connection went, as it should
		return
	}
	var tries, answers uint32
	var last *fsm.Step
	for s := range c.all(c.refusedBeside) {
		if s.From == side {
			tries, last = tries+1, s
		}
	}
	if tries < 2 {
		return
	}
	d := c.fire()
	d.acts = side.Peer()
	d.Blame = BlamePath
	for s := range c.all(c.refusedBeside) {
		if s.From != side {
			continue
		}
		d.trigger(s, "SYN on a connection that is in use")
		d.claim(s.Frame, s.Frame)
		if a := c.answer(s); a != nil {
			answers++
			d.trigger(a, "acknowledgment of that connection (challenge ACK)")
			d.claim(a.Frame, a.Frame)
		}
	}
	waited := last.Time - first.Time
	d.Title = fmt.Sprintf("%s cannot connect to %s: the server holds a connection of the same address and port", c.addr(side),
		c.addr(side.Peer()))
	story := c.whoseConnection(d, first)
	d.Explanation = fmt.Sprintf("%s was asked for a new connection %s from %s, of which it holds a connection in %s. It answered %s with an "+
		"acknowledgment of that one. %s", upper(c.side(side.Peer())), times(tries), c.addr(side), first.ReceiverBefore, times(answers), story)
	d.confirmHere(fmt.Sprintf("on the server: ss -tanoi 'sport = :%d and dport = :%d'", portOf(c, side.Peer()), portOf(c, side)))
	d.between(first.Time, last.Time)
	d.note("answer", "challenge-ack")
	d.note("answers", answers)
	d.note("tries", tries)
	d.note("waited", seconds(waited))
	d.note("ttl", first.TTL)
	d.note("usual_ttl", c.Sides[side].TTL)
}

func portOf(c *Case, s tcp.Side) uint16 {
	_, port := c.Endpoint(s)
	return port
}

// refusedBeside likes a SYN of another connection that a live one refuses. LAST-ACK and TIME-WAIT
// have rules of their own.
func (c *Case) refusedBeside(s *fsm.Step) bool {
	return meetsLiveState(s) && s.ReceiverBefore != tcp.LastAck && s.ReceiverBefore != tcp.TimeWait
}

// whoseConnection says whose connection the server holds. A host has one socket for a four-tuple
// (__inet_check_established): if the connection is used after the SYN, another host uses it.
func (c *Case) whoseConnection(d *draft, syn *fsm.Step) string {
	used := c.Sides[syn.From].LastData.Frame > syn.Frame ||
		c.first(func(s *fsm.Step) bool { return isTCP(s, syn.From, tcp.ACK, tcp.SYN|tcp.RST) && s.Frame > syn.Frame }) != nil
	odd := c.oddTTL(syn)
	ttl := outcome(odd, fmt.Sprintf(" The SYNs come with TTL %d, that connection's segments with %d.", syn.TTL, c.Sides[syn.From].TTL), "")
	addr, _ := c.Endpoint(syn.From)
	d.note("in_use", used)
	if used {
		d.unsure(Likely, "SYNs that somebody forges: nobody waits for their answer")
		d.Advice = []string{
			"Let the device that translates addresses to " + addr.Netip().String() + " give no port to two connections of one server: " +
				"track all of them in one table, choose ports at random (iptables: --random-fully), and let an entry live as long as the connection.",
			"Give it more addresses, if there are too few ports for the connections.",
		}
		return "That connection went on after that. A host has one socket for an address and port, so two hosts use the same one: the same NAT " +
			"address and port was given to two connections. The acknowledgment goes to the host that has the connection, and the one that asks " +
			"hears nothing." + ttl
	}
	d.unsure(Likely, "another host behind the same NAT address, which was given the port of the connection that the server holds",
		"a client whose resets are not in the capture")
	d.Advice = []string{
		"See whether the acknowledgment reaches the client: capture there. A filter or a NAT device that has forgotten the old connection drops " +
			"it as invalid (nft list ruleset | grep -i invalid, or iptables-save | grep INVALID).",
		"End the old connection at the server (ss -K), or let keep-alives find out that its peer is gone.",
	}
	return "A client that gets it answers with a reset, and its next SYN is accepted. No reset came: the acknowledgment did not reach the host that " +
		"asks, or its reset did not reach the server." + ttl
}

// confirmHere puts a command with the case's own addresses before those of the rule.
func (d *draft) confirmHere(lines ...string) { d.Confirm = append(lines, d.Rule.Confirm...) }
