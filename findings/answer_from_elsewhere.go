package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

var answerFromElsewhere = &Rule{
	Code:     "answer-from-elsewhere",
	Title:    "The answer to a connect comes from an address that was not asked",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary: "a SYN,ACK from another address or port acknowledges the SYN, and the client resets it; near the server: the client resets " +
		"a good SYN,ACK and repeats the same SYN",
	What: "A client asked one address for a connection, and the SYN,ACK came from another one. The client knows no such connection and " +
		"resets the answer. It goes on waiting for one from the address that it asked.",
	Why: "A device on the way (a NAT, a load balancer, a Kubernetes service) changes the destination of the SYN to that of the real server. " +
		"It must change the source of the answer back. If the answer takes another way, past that device, it reaches the client with the " +
		"server's own address. The client looks for a socket of those addresses and ports, finds none and answers with a reset whose " +
		"sequence number is the acknowledgment of the SYN,ACK (RFC 9293 section 3.10.7.1; __inet_lookup_established, tcp_v4_send_reset). " +
		"Its own socket stays in SYN-SENT and repeats the same SYN.",
	Confirm: []string{
		"on the client: nstat -az TcpExtTCPSynRetrans TcpOutRsts",
		"on the server: nstat -az TcpExtEmbryonicRsts",
		"on the device that translates: conntrack -L -p tcp (are there entries in SYN_SENT, as if no answer had come?)",
	},
	Do: []string{
		"Let the answers go back through the device that translates: by the server's route, or by translating the source too (masquerade, " +
			"SNAT, hairpin mode).",
		"Where client and server are on one bridge, let bridged packets pass the translation: net.bridge.bridge-nf-call-iptables=1.",
		"With direct server return: give the server the address that clients ask, and let the service listen on it.",
		"Where one host has several addresses, let the answer leave from the one that was asked.",
	},
	Misreadings: []string{
		"The client's reset is no refusal and no scan: its socket waits for an answer from another address.",
		"The server and its listener work: they have answered.",
		"The silence of the address that was asked does not mean that a filter drops the SYN.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on the SYN; in another stream SYN, ACK and RST",
		"Zeek: conn_state S0 and RSTOS0 or RSTRH",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtEmbryonicRsts on the server, ETIMEDOUT on the client, drop reason NO_SOCKET",
	},
	LooksLike: []string{
		"a scanner that writes its SYNs itself and repeats them whatever the answer: its host's kernel resets the SYN,ACK",
		"a TCP in user space on the client, whose own kernel resets what it does not know",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.1", "RFC 3022"},
	Kernel:  []string{"__inet_lookup_established", "tcp_v4_send_reset", "nf_nat_packet"},
	Sysctl:  []string{"net.bridge.bridge-nf-call-iptables"},
	Counter: []string{"TcpExtTCPSynRetrans", "TcpOutRsts", "TcpExtEmbryonicRsts"},
	Absorbs: []string{"syn-unanswered", "handshake-incomplete", "old-duplicate-syn"},
}

// request is one connect: a socket in SYN-SENT has one address, one port and one first number,
// whatever the address that it asks becomes on the way.
type request struct {
	client tcp.Addr
	port   uint16
	isn    tcp.Seq
}

// reply is what became of a request.
type reply struct {
	asked    endpoint // where its SYN went and got no answer
	from     endpoint // where a SYN,ACK for it came from, which the client reset
	syn      fsm.Step // the first SYN to asked
	far      fsm.Step // the first SYN to from, if the capture has one
	frames   [3]uint64
	resets   uint64
	again    uint64 // the same SYN came again, after a timeout, though its answer was reset
	resetAt  int64
	first    int64
	last     int64
	conns    []uint64
	hosts    dialect
	fate     *fate
	answered bool // a SYN,ACK of from waits for its reset
}

// elsewhere watches connects.
type elsewhere struct{ groups[request, reply] }

func (g *elsewhere) see(c *Case) {
	client := &c.Sides[tcp.Initiator]
	vain := c.Opening == tcp.Unanswered && c.Sides[tcp.Responder].Segments == 0 && client.SYNs > 0
	reset := c.Opening == tcp.Incomplete && client.RSTs > 0 && c.first(c.gotSynAck) == nil
	if !client.ISNKnown || !vain && !reset {
		return
	}
	r := g.at(request{c.Tuple.Src, c.Tuple.SrcPort, client.ISN})
	r.meet(c)
	dst := endpoint{c.Tuple.Dst, c.Tuple.DstPort}
	switch {
	case reset:
		r.takeReset(c, dst)
	case dst == r.from:
		r.takeSteps(c)
	default:
		r.asked = dst
		if syn := c.step(client.FirstSYN.Frame); syn != nil {
			r.syn, r.frames[0] = *syn, c.frame(syn.Frame)
		}
	}
	r.fate.told = r.isElsewhere()
	c.await(r.fate, answerFromElsewhere.Absorbs...)
}

func (r *reply) meet(c *Case) {
	if r.fate == nil {
		r.fate, r.first = new(fate), c.First.Time
	}
	r.first, r.last = min(r.first, c.First.Time), max(r.last, c.Last.Time)
	r.hosts.meet(c)
	if len(r.conns) < maxMembers {
		r.conns = append(r.conns, c.ID)
	}
}

// takeReset takes in a life whose answer the client reset.
func (r *reply) takeReset(c *Case, dst endpoint) {
	if r.from != (endpoint{}) && r.from != dst {
		return // a scanner's: many ports, one number
	}
	r.from = dst
	r.takeSteps(c)
}

// takeSteps goes through what was sent between the client and the address that answers.
func (r *reply) takeSteps(c *Case) {
	isn := c.Sides[tcp.Initiator].ISN
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) && s.Seq == isn:
			if r.far.Frame == 0 {
				r.far = *s
			}
			if r.resetAt != 0 && s.Time-r.resetAt >= minRTO { // sooner than any timer: somebody floods
				r.again++
			}
		case isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) && s.Ack == isn+1:
			r.answered = true
			if r.frames[1] == 0 {
				r.frames[1] = c.frame(s.Frame)
			}
		case isTCP(s, tcp.Initiator, tcp.RST, tcp.ACK) && s.Seq == isn+1 && r.answered:
			r.resets, r.resetAt, r.answered = r.resets+1, s.Time, false
			if r.frames[2] == 0 {
				r.frames[2] = c.frame(s.Frame)
			}
		}
	}
}

// isElsewhere reports whether the client's socket is not where the answer went: the SYN went to
// another address only, or the socket still repeats its SYN after the answer was reset, or the SYN
// to the one address is that to the other one, a hop later.
func (r *reply) isElsewhere() bool {
	asked := r.asked != (endpoint{}) && r.asked != r.from
	stamped := r.syn.Options&r.far.Options&tcp.OptTimestamps != 0
	routed := asked && stamped && r.syn.TSval == r.far.TSval && r.far.TTL < r.syn.TTL
	return r.resets > 0 && (asked && r.far.Frame == 0 || r.again > 0 || routed)
}

func (g *elsewhere) pass(*Config, *plain.Summary) {}

// detour is where connects went and where their answers came from.
type detour struct{ asked, from endpoint }

// finish gives one finding for all connects that went one way.
func (g *elsewhere) finish() []Finding {
	var all groups[detour, detoured]
	for key, r := range g.all {
		if r.fate == nil || !r.fate.told {
			continue
		}
		way := detour{r.asked, r.from}
		if r.asked == r.from {
			way.asked = endpoint{}
		}
		all.at(way).add(key, r)
	}
	var out []Finding
	for way, d := range all.all {
		out = append(out, d.finding(way))
	}
	return out
}

// detoured are connects that went one way.
type detoured struct {
	n, resets, again uint64
	first, last      int64
	example          reply
	key              request
	conns            []uint64
	hosts            dialect
}

func (d *detoured) add(key request, r *reply) {
	if d.n++; d.n == 1 {
		d.example, d.key, d.first = *r, key, r.first
	}
	d.resets, d.again = d.resets+r.resets, d.again+r.again
	d.first, d.last = min(d.first, r.first), max(d.last, r.last)
	d.hosts.join(r.hosts)
	for _, conn := range r.conns {
		if len(d.conns) < maxMembers {
			d.conns = append(d.conns, conn)
		}
	}
}

func (d *detoured) finding(way detour) Finding {
	out := fireGroup(answerFromElsewhere)
	out.Blame = BlamePath
	out.Time, out.Until, out.Conns = d.first, d.last, d.conns
	r, known := &d.example, way.asked != (endpoint{})
	client := endpoint{d.key.client, d.key.port}
	asked := "another address"
	if known {
		asked = way.asked.String()
		out.Title = fmt.Sprintf("%s was asked and %s answered: the translation is not undone on the way back", way.asked, way.from)
		out.Explanation = fmt.Sprintf("The client %s asked %s for a connection (SYN number %d, frame %d). The SYN,ACK came from %s (frame %d) and "+
			"acknowledges that very SYN, number %d. The client has no connection with that address and reset it (frame %d). ", client, way.asked,
			uint32(d.key.isn), r.frames[0], way.from, r.frames[1], uint32(d.key.isn)+1, r.frames[2])
		if r.far.Frame == 0 {
			out.LooksLike = []string{"one host with both addresses, which answers from the wrong one: then its configuration is at fault"}
		}
	} else {
		out.Title = fmt.Sprintf("%s answers clients that asked another address: they reset it and repeat the same SYN", way.from)
		out.Explanation = fmt.Sprintf("%s answered the SYN of %s (number %d) with a SYN,ACK that fits it (frame %d). The client reset that (frame "+
			"%d), and then repeated the very same SYN. A socket that had asked %s would have taken the answer, and one that was closed repeats "+
			"nothing: the socket that asks waits for another address. ", way.from, client, uint32(d.key.isn), r.frames[1], r.frames[2], way.from)
	}
	out.Explanation += fmt.Sprintf("A device on the way to the server changes the address that was asked to %s, and does not change the answer back, "+
		"because the answer does not pass it. So it was %s for %s.", way.from, times(d.resets), count(d.n, "connect"))
	out.Confirm = append([]string{
		fmt.Sprintf("on the server: ip route get %s (does the answer go through the device that translates?)", d.key.client.Netip()),
		fmt.Sprintf("on the client: ss -tn state syn-sent 'sport = :%d' (the address that it asks: %s)", d.key.port, asked),
	}, out.Rule.Confirm...)
	if known {
		out.note("asked", way.asked.String())
	}
	out.note("answered_by", way.from.String())
	out.note("client", d.key.client.Netip().String())
	out.note("connects", d.n)
	out.note("resets", d.resets)
	d.hosts.acts = tcp.Initiator
	out.fit(d.hosts)
	return out
}

// asksTheSame reports whether the client's SYN, whose answer it reset, comes before or after this
// life with the same number: its socket is no scanner's, which would be done, and no health
// check's.
func (c *Case) asksTheSame() bool {
	isn := c.Sides[tcp.Initiator].ISN
	again := c.Next.Known && c.Next.Initiator == tcp.Initiator && c.Next.ISN == isn
	before := c.Former.Known && c.Former.SndNxt[tcp.Initiator] == isn+1
	return c.Opening == tcp.Incomplete && c.Sides[tcp.Initiator].RSTs > 0 && (again || before)
}
