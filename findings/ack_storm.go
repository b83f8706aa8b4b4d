package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var ackStorm = &Rule{
	Code:     "ack-storm",
	Title:    "Both sides answer each other's unacceptable acknowledgments",
	Group:    GroupValidity,
	Severity: Error,
	Since:    "0.1",
	Summary:  "acknowledgments that neither side accepts go back and forth",
	What: "Both sides refuse the other's acknowledgments and answer each with another one: the two have different ideas of the " +
		"sequence numbers, and nothing ends the exchange but loss.",
	Why: "An unacceptable segment is answered with an acknowledgment (RFC 9293 section 3.10.7.4). If both sides find the other's " +
		"unacceptable, each answer draws the next. Somebody injected data on one side, or a middlebox translates numbers in one " +
		"direction only. Linux's limit of one such answer in 500 ms (tcp_invalid_ratelimit) slows the storm down.",
	Confirm: []string{
		"on both: nstat -az TcpExtTCPACKSkippedSeq TcpExtTCPACKSkippedChallenge TcpExtTCPChallengeACK",
		"capture at both ends and compare the numbers: where do they begin to differ?",
	},
	Do:          []string{"End the connection; find the device that rewrites numbers, or who injects."},
	Misreadings: []string{"The pure ACKs are not keep-alives and not window updates."},
	OtherNames: []string{
		"Wireshark: TCP Dup ACK, hundreds of them",
		"Zeek: none",
		"Suricata: stream.est_invalid_ack when they acknowledge unsent data",
		"Snort: none",
		"kernel: TcpExtTCPACKSkippedSeq",
	},
	LooksLike: []string{"challenge ACKs to a stream of forged segments, of which one side is not in the capture"},
	RFC:       []string{"RFC 9293 section 3.10.7.4", "RFC 5961 section 7"},
	Kernel:    []string{"tcp_send_dupack", "tcp_oow_rate_limited"},
	Sysctl:    []string{"net.ipv4.tcp_invalid_ratelimit"},
	Counter:   []string{"TcpExtTCPACKSkippedSeq", "TcpExtTCPACKSkippedChallenge"},
	Absorbs:   []string{"challenge-ack", "segment-out-of-window", "ack-of-unsent-data"},
	needs:     hasDiscard,
	check:     checkAckStorm,
}

// stormAfter is how many refused acknowledgments of each side make a storm.
const stormAfter = 4

// refusedAck likes a bare acknowledgment that its receiver refused and answered.
func refusedAck(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Len == 0 && !s.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) && s.Verdict == tcp.Discard &&
		(s.Response == tcp.RespondAck || s.Response == tcp.RespondChallengeAck) && !s.Notes.Any(fsm.KeepAlive|fsm.WindowProbe)
}

func checkAckStorm(c *Case) {
	var n [2]int
	for s := range c.all(refusedAck) {
		n[s.From&1]++
	}
	if min(n[0], n[1]) < stormAfter {
		return
	}
	d := c.fire()
	d.Blame = BlameUnknown
	d.unsure(Likely)
	for s := range c.all(refusedAck) {
		d.trigger(s, "acknowledgment that is refused and answered")
		d.claim(s.Frame, max(s.Frame, s.AnsweredBy))
	}
	d.Title = fmt.Sprintf("%s and %s refuse each other's acknowledgments", c.addr(0), c.addr(1))
	d.Explanation = fmt.Sprintf("%s refused %s of the other side and answered them, and had %s of its own refused: the two no longer agree "+
		"on the sequence numbers.", upper(c.side(tcp.Initiator)), count(n[1], "acknowledgment"), count(n[0], "acknowledgment"))
	d.note("from_initiator", n[0])
	d.note("from_responder", n[1])
}
