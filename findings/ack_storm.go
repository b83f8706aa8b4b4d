package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var ackStorm = &Rule{
	Code:     "ack-storm",
	Title:    "Both sides answer each other's segments without end, and accept none",
	Group:    GroupValidity,
	Severity: Error,
	Since:    "0.1",
	Summary:  "acknowledgments that neither side accepts, or resets and challenge ACKs, go back and forth",
	What: "Both sides refuse the other's acknowledgments and answer each with another one: the two have different ideas of the " +
		"sequence numbers, and nothing ends the exchange but loss. Or one side answers each challenge ACK with one more reset that " +
		"is not exact, and the other each such reset with one more challenge ACK.",
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
	Absorbs:   []string{"challenge-ack", "segment-out-of-window", "ack-of-unsent-data", "rst-out-of-window"},
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
		checkResetStorm(c)
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

// resetStormAfter is how many resets in a row, each drawn by the acknowledgment that answered the
// one before, make a storm. A host that forgot a connection needs one.
const resetStormAfter = 8

// checkResetStorm looks for resets that are refused with an acknowledgment each, which draws the
// next reset. RFC 5961 section 3.2 ends that: the reset that answers a challenge ACK takes its
// number from it, and is exact. A host that takes another number never ends it.
func checkResetStorm(c *Case) {
	for s := range tcp.NoSide {
		side, peer := &c.Sides[s], &c.Sides[s.Peer()]
		if side.RSTsAgain < resetStormAfter {
			continue
		}
		refused := func(st *fsm.Step) bool {
			return isTCP(st, s, tcp.RST, tcp.SYN) && st.Verdict == tcp.Discard && st.Reason != tcp.NoConnection
		}
		first := c.first(refused)
		if first == nil || peer.LastData.Frame > first.Frame { // data draws resets, too
			continue
		}
		fireResetStorm(c, first, refused)
		return
	}
}

func fireResetStorm(c *Case, first *fsm.Step, refused func(*fsm.Step) bool) {
	side := &c.Sides[first.From]
	last, n := first, 0
	d := c.fire()
	d.acts = first.From
	d.Blame = BlameSide(first.From)
	d.unsure(Likely, "a stream of forged resets in this side's name: compare TTL and IP ID with its other segments")
	for s := range c.all(refused) {
		d.trigger(s, "reset that is refused")
		d.context(c.answer(s), "challenge ACK, which draws the next reset")
		last = s
		n++
	}
	d.claim(first.Frame, c.Last.Frame)
	d.between(first.Time, last.Time)
	times := max(n, int(side.RSTsAgain))
	d.Title = fmt.Sprintf("%s and %s answer each other without end: resets and challenge ACKs", c.addr(first.From),
		c.addr(first.From.Peer()))
	d.Explanation = fmt.Sprintf("%s sent %s within %s, with number %s where %s was expected. %s refused each and answered with an "+
		"acknowledgment that says which number it expects, and each of those drew the next reset. A reset that answers an acknowledgment "+
		"must take its number from that; then the first would have ended the connection.", upper(c.side(first.From)),
		count(times, "reset"), dur(last.Time-first.Time), c.seq(first.From, first.Seq), c.seq(first.From, first.Wanted.RcvNxt),
		c.addr(first.From.Peer()))
	d.note("resets", times)
}
