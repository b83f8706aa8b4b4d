package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var oldDuplicateSyn = &Rule{
	Code:     "old-duplicate-syn",
	Title:    "The server answered an old duplicate of a SYN",
	Group:    GroupOpening,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "a SYN,ACK acknowledges another SYN than the client's; the client resets it and the newer attempt goes on",
	What: "The server answered a connection request that is not the client's present one: an old duplicate that the network " +
		"had held back. The client saw that the acknowledgment was not for its request and reset it.",
	Why: "This is the case that the three-way handshake was made for (RFC 9293 figure 9): in SYN-SENT an acknowledgment that " +
		"does not fit the SYN is answered with a reset whose sequence number is that acknowledgment (RFC 9293 section " +
		"3.10.7.3; tcp_rcv_synsent_state_process). The reset takes the server back to LISTEN, and the present SYN, or its " +
		"repetition, opens the connection.",
	Confirm: []string{
		"on the server: nstat -az TcpExtEmbryonicRsts (a reset in SYN-RECEIVED)",
		"on both: capture, and compare the acknowledgment number of the SYN,ACK with the client's initial sequence number",
	},
	Do: []string{
		"Nothing, when it happens once: TCP has dealt with it.",
		"When it happens often, look for a device that duplicates or delays packets, or that answers SYNs on the server's behalf.",
	},
	Misreadings: []string{
		"The client's reset does not mean that the client refuses the connection: it refuses one answer.",
	},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused; RST after SYN, ACK",
		"Zeek: SYN_seq_jump, bad_SYN_ack",
		"Suricata: stream.3whs_synack_with_wrong_ack",
		"Snort: 129:13 4-way handshake detected",
		"kernel: drop reason TCP_INVALID_ACK_SEQUENCE, TcpExtEmbryonicRsts",
	},
	LooksLike: []string{"a middlebox that rewrites sequence numbers on one direction only: then every connect fails so"},
	RFC:       []string{"RFC 9293 section 3.5 figure 9", "RFC 9293 section 3.10.7.3"},
	Kernel:    []string{"tcp_rcv_synsent_state_process", "tcp_v4_send_reset", "tcp_check_req"},
	Counter:   []string{"TcpExtEmbryonicRsts", "TcpOutRsts"},
	Absorbs: []string{"handshake-incomplete", "syn-retransmitted", "syn-ack-retransmitted", "reset-mid-stream",
		"challenge-ack", "rst-out-of-window"},
	needs: hasRST,
	check: checkOldDuplicateSyn,
}

func checkOldDuplicateSyn(c *Case) {
	wrong := c.first(answersOldSYN)
	if wrong == nil && c.opensAnew() {
		wrong = c.step(c.Sides[tcp.Responder].FirstSYNACK.Frame)
	}
	if wrong == nil {
		return
	}
	rst := c.first(func(s *fsm.Step) bool {
		return isTCP(s, wrong.From.Peer(), tcp.RST, 0) && s.Frame > wrong.Frame && s.Seq == wrong.Ack
	})
	if rst != nil {
		fireOldDuplicateSyn(c, wrong, rst)
	}
}

// answersOldSYN likes a SYN,ACK that acknowledges another SYN than the client's present one.
func answersOldSYN(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.SYN|tcp.ACK) && s.ReceiverBefore == tcp.SynSent &&
		s.Verdict == tcp.Discard && s.Reason == tcp.AckUnacceptable
}

// opensAnew reports whether this life is the old SYN's own, as the server sees it: answered, reset
// by the client, and then the client's present SYN, which a client's first timeouts bring within
// seconds, opens another.
func (c *Case) opensAnew() bool {
	return c.Opening == tcp.Incomplete && c.Next.Known && c.Next.Initiator == tcp.Initiator && !c.asksTheSame() &&
		c.Next.SYN.Time-c.Last.Time < presentSYNWithin && !c.openedLater()
}

// openedLater reports whether the next SYN's number tells that its socket was opened only when the
// SYN was sent. Linux's numbers of one four-tuple go up by one in 64 ns (secure_tcp_seq).
func (c *Case) openedLater() bool {
	const tick, slack = 64, 5_000_000
	first := &c.Sides[tcp.Initiator]
	passed, went := c.Next.FirstSYN.Time-first.FirstSYN.Time, int64(uint32(c.Next.ISN-first.ISN))*tick
	return went > passed-slack && went < passed+slack && c.Next.FirstSYN.Time > c.Last.Time+2*slack
}

// presentSYNFrames is how many frames later the repetitions of the present SYN can come that the
// wrong answer caused.
const presentSYNFrames = 1000

// presentSYNWithin is Linux's second SYN timeout with room for a round trip.
const presentSYNWithin = 3e9

func fireOldDuplicateSyn(c *Case, wrong, rst *fsm.Step) {
	client := wrong.From.Peer()
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	if rst.Time-c.First.Time <= recordsApart && c.Opening == tcp.Incomplete {
		d.unsure(Possible, recordedLate)
	}
	d.context(c.first(func(s *fsm.Step) bool {
		return isTCP(s, client, tcp.SYN, tcp.ACK) && s.Seq == wrong.Ack-1 && s.Frame < wrong.Frame
	}), "the old SYN")
	d.context(c.step(c.Sides[client].FirstSYN.Frame), "the client's present SYN")
	d.trigger(wrong, "SYN,ACK for another SYN")
	d.trigger(rst, "the client's reset, numbered as that acknowledgment")
	established := c.Established
	d.claim(c.First.Frame, max(rst.Frame, established.Frame))
	if c.Next.Known {
		d.carry = span{rst.Frame, rst.Frame + presentSYNFrames}
	}
	present, goesOn := c.Sides[client].ISN, established.Seen()
	if present == wrong.Ack-1 {
		present, goesOn = c.Next.ISN, true
	}
	d.Title = fmt.Sprintf("%s answered an old SYN of %s", c.addr(wrong.From), c.addr(client))
	d.Explanation = fmt.Sprintf("%s acknowledged number %d, but the client's present SYN is number %d: the answer was to an older "+
		"request. The client reset it %s later. %s", upper(c.side(wrong.From)), uint32(wrong.Ack), uint32(present),
		dur(rst.Time-wrong.Time), outcome(goesOn, "Then the present attempt went on.",
			"The present attempt did not complete in this capture."))
	d.note("acknowledged", uint32(wrong.Ack))
	d.note("syn", uint32(present))
	d.note("goes_on", goesOn)
}

// outcome gives one of two sentences.
func outcome(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}
