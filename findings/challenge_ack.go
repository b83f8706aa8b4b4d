package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var challengeAck = &Rule{
	Code:     "challenge-ack",
	Title:    "A segment was refused and challenged",
	Group:    GroupValidity,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "an ACK answers a RST that is not exact, a SYN on a live connection, or an impossible acknowledgment",
	What: "A side received a reset, a SYN or an acknowledgment that it could not believe. It did not act on it, but sent an " +
		"acknowledgment of where it stands, so that a real peer can answer properly and a forger cannot.",
	Why: "RFC 5961 protects connections against blind attacks: a RST in the window but not exactly at the next number expected " +
		"(section 3), a SYN whatever its number (section 4), and an acknowledgment of data never sent or far too old (section " +
		"5) get a challenge ACK (tcp_send_challenge_ack). Linux limits it to one in 500 ms for a connection " +
		"(tcp_invalid_ratelimit), and can limit the host's total (tcp_challenge_ack_limit).",
	Confirm: []string{
		"on the side that challenged: nstat -az TcpExtTCPChallengeACK TcpExtTCPSYNChallenge TcpExtTCPACKSkippedChallenge",
		"on the peer: did its host send the refused segment? capture there",
	},
	Do: []string{
		"Find who sent the refused segment: a middlebox, a host that lost the connection, or somebody guessing numbers.",
		"Compare TTL and IP ID of the refused segment with the peer's other segments.",
	},
	Misreadings: []string{
		"The challenge ACK is not a duplicate ACK and says nothing about loss.",
		"A reset that was challenged did not reset anything: the connection goes on.",
	},
	OtherNames: []string{
		"Wireshark: TCP Dup ACK; Connection reset (RST); then (suspected) retransmission",
		"Zeek: conn_state RSTO or RSTR and data_after_reset for a RST, active_connection_reuse for a SYN",
		"Suricata: stream.est_syn_resend_diff_seq, stream.rst_invalid_ack, stream.est_invalid_ack",
		"Snort: 129:15 reset outside window; 129:1 SYN on established session",
		"kernel: TcpExtTCPChallengeACK, TcpExtTCPSYNChallenge; drop reasons TCP_INVALID_SYN, TCP_ACK_UNSENT_DATA, TCP_TOO_OLD_ACK",
		"nf_conntrack: challenge ACK, in its invalid log",
	},
	RFC:     []string{"RFC 5961 section 3", "RFC 5961 section 4", "RFC 5961 section 5", "RFC 9293 section 3.10.7.4"},
	Kernel:  []string{"tcp_validate_incoming", "tcp_ack", "tcp_send_challenge_ack"},
	Sysctl:  []string{"net.ipv4.tcp_invalid_ratelimit", "net.ipv4.tcp_challenge_ack_limit"},
	Counter: []string{"TcpExtTCPChallengeACK", "TcpExtTCPSYNChallenge", "TcpExtTCPACKSkippedChallenge"},
	Absorbs: []string{"rst-out-of-window", "ack-of-unsent-data", "segment-out-of-window", "fin-retransmitted"},
	differs: true,
	needs:   hasChallenge,
	wholly:  true,
	check:   checkChallengeAck,
}

// challenged says what kind of segment a challenge ACK answers.
type challenged struct {
	key, name, long string
	match           func(*fsm.Step) bool
}

var challengedKinds = []challenged{
	{"rst", "a reset", "a reset inside the receive window but not exactly at the next number expected",
		func(s *fsm.Step) bool { return s.Flags.Has(tcp.RST) }},
	{"syn", "a SYN", "a SYN on a connection that is open",
		func(s *fsm.Step) bool { return s.Flags.Has(tcp.SYN) && s.Reason == tcp.SynInWindow }},
	{"ack-of-unsent-data", "an acknowledgment of data never sent", "an acknowledgment of data that was never sent",
		func(s *fsm.Step) bool { return s.Reason == tcp.AckUnacceptable }},
	{"ack-too-old", "a far too old acknowledgment", "an acknowledgment older than a whole window",
		func(s *fsm.Step) bool { return s.Reason == tcp.OldAck }},
}

func checkChallengeAck(c *Case) {
	for i := range challengedKinds {
		fireChallenge(c, &challengedKinds[i])
	}
}

// challengeFor likes a challenge ACK and gives the segment that it answers. A handshake segment
// that comes again is answered so too, and that is no challenge to anybody.
func (c *Case) challengeFor(ack *fsm.Step) *fsm.Step {
	if !ack.Notes.Has(fsm.ChallengeAck) || ack.Len > 0 || ack.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) {
		return nil
	}
	s := c.step(ack.Answers)
	if s == nil || s.Flags.Has(tcp.SYN) && s.Seq == c.Sides[s.From].ISN && !s.Notes.Has(fsm.NewSYN) {
		return nil
	}
	if acksUnsent(s) && !ack.Seq.Before(s.Ack) { // what was acknowledged had been sent by then, and is not in the capture
		return nil
	}
	return s
}

func fireChallenge(c *Case, kind *challenged) {
	var d *draft
	n := uint32(0)
	var refused, last *fsm.Step
	for i := range c.Steps {
		ack := &c.Steps[i]
		s := c.challengeFor(ack)
		if s == nil || !kind.match(s) {
			continue
		}
		if d == nil {
			d = c.fire()
			refused = s
		}
		n++
		last = ack
		d.trigger(s, "refused: "+kind.name)
		d.trigger(ack, "challenge ACK")
	}
	if d == nil {
		return
	}
	survived := c.goesOnAfter(last)
	d.Blame = BlameUnknown
	d.between(refused.Time, last.Time)
	d.Title = fmt.Sprintf("%s refused %s from %s and challenged it", c.addr(last.From), kind.name, c.addr(refused.From))
	d.Explanation = fmt.Sprintf("%s received %s (%s) in %s, and answered with a challenge ACK in place of believing it. %s",
		upper(c.side(last.From)), kind.long, c.refusedNumbers(refused), refused.ReceiverBefore,
		outcome(survived, "The connection went on.", "Nothing more of the connection is in the capture, or it ended by a reset."))
	d.note("trigger", kind.key)
	d.note("count", n)
	d.note("survived", survived)
}

// refusedNumbers gives the number that was refused and the one that would have done.
func (c *Case) refusedNumbers(s *fsm.Step) string {
	if s.Reason == tcp.AckUnacceptable || s.Reason == tcp.OldAck {
		return fmt.Sprintf("acknowledging %s, where %s to %s is possible", c.seq(s.From.Peer(), s.Ack),
			c.seq(s.From.Peer(), s.Wanted.SndUna), c.seq(s.From.Peer(), s.Wanted.SndNxt))
	}
	return fmt.Sprintf("number %s, next expected %s", c.seq(s.From, s.Seq), c.seq(s.From, s.Wanted.RcvNxt))
}

// goesOnAfter reports whether the connection lived on: something other than a reset came after the
// step, and no reset ended it.
func (c *Case) goesOnAfter(last *fsm.Step) bool {
	return c.Last.Frame > last.Frame && c.first(func(s *fsm.Step) bool { return s.Verdict == tcp.Reset }) == nil
}
