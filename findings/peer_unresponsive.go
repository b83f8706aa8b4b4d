package findings

import (
	"fmt"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var peerUnresponsive = &Rule{
	Code:     "peer-unresponsive",
	Title:    "The peer no longer answers",
	Group:    GroupLiveness,
	Severity: Error,
	Since:    "0.1",
	Summary:  "data or a FIN is repeated at growing intervals and nothing comes back; says when Linux would give up",
	What: "One side sent something and repeated it at growing intervals, and nothing at all came back: the peer or the path to " +
		"it is gone.",
	Why: "Unacknowledged data is repeated after the retransmission timeout, which doubles each time from 200 ms at the least to " +
		"120 s at the most on Linux (RFC 6298 section 5.5; tcp_retransmit_timer). Linux gives up after tcp_retries2 times, 15 " +
		"by default: 924.6 s with the shortest timeout, about 15 minutes. A socket that its program has closed gives up " +
		"sooner (tcp_orphan_retries). Only then does the application learn of it (\"Connection timed out\").",
	Confirm: []string{
		"on the sender: ss -tnoi (timer:(on,…,COUNT), unacked, backoff)",
		"on the sender: nstat -az TcpRetransSegs TcpExtTCPTimeouts TcpExtTCPAbortOnTimeout",
		"ping and traceroute to the peer; ip neigh on the last router",
	},
	Do: []string{
		"Find out whether the peer's host is up, and capture there: do the repetitions arrive?",
		"If small segments pass and large ones do not, look for a path MTU black hole (blocked ICMP, tunnels): let ICMP type 3 code 4 " +
			"(ICMPv6 type 2) through, set net.ipv4.tcp_mtu_probing=1, or clamp the MSS.",
		"If the application must notice sooner, set TCP_USER_TIMEOUT rather than lowering tcp_retries2 for the whole host.",
	},
	Misreadings: []string{
		"Retransmissions without any answer are not congestion: a congested path still delivers something.",
		"Keep-alive does not help while data is unacknowledged: the retransmission timer rules then.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, again and again",
		"Zeek: conn_state S1 or OTH without an end; history with T or t",
		"Suricata: SURICATA STREAM excessive retransmissions, from the tenth on",
		"Snort: none",
		"kernel: TcpExtTCPTimeouts, TcpExtTCPAbortOnTimeout, ETIMEDOUT",
		"tcptrace: rexmt data pkts",
	},
	LooksLike: []string{
		"a path that only drops large packets (MTU black hole): compare the lengths with those that passed before",
		"answers that do not pass the capture point: capture at the sender",
	},
	RFC:     []string{"RFC 6298 section 5", "RFC 9293 section 3.8.3", "RFC 1191 section 4", "RFC 2923 section 2.1"},
	Kernel:  []string{"tcp_retransmit_timer", "tcp_write_timeout", "retransmits_timed_out"},
	Sysctl:  []string{"net.ipv4.tcp_retries2", "net.ipv4.tcp_orphan_retries", "net.ipv4.tcp_mtu_probing"},
	Counter: []string{"TcpExtTCPTimeouts", "TcpExtTCPAbortOnTimeout", "TcpRetransSegs"},
	Absorbs: []string{"fin-unacknowledged", "close-wait-leak", "retransmission-burst"},
	needs:   hasRetransmission,
	check:   checkPeerUnresponsive,
}

// deafAfter is how many unanswered repetitions it takes to call a peer unresponsive: with Linux's
// shortest timeout they span 1.4 s.
const deafAfter = 3

func checkPeerUnresponsive(c *Case) {
	if !c.over() || c.Next.Known {
		return
	}
	if c.OneWay {
		checkOneSided(c)
		return
	}
	for s := range tcp.NoSide {
		side, peer := &c.Sides[s], &c.Sides[s.Peer()]
		b := &side.Backoff
		unheard := !b.Heard.Seen() && peer.Last.Time <= b.First.Time
		if !unheard {
			b = &side.Longest
		}
		opening := side.ISNKnown && b.Seq == side.ISN
		if b.Count >= deafAfter && !opening && (unheard || c.passedBy(s, b)) && growing(b) && peer.Segments > 0 {
			firePeerUnresponsive(c, s, b)
		}
	}
}

// checkOneSided looks at a capture of one direction: that nobody acknowledges there tells nothing,
// but a timer that backs off does, with the same data three times or more, and that the sender sent
// nothing after it.
func checkOneSided(c *Case) {
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		b := &side.Backoff
		if !c.MidStream || b.Heard.Seen() || b.FIN || b.Count < deafAfter || side.LastData.Frame != b.Last.Frame || !backsOff(b) {
			continue
		}
		firePeerUnresponsive(c, s, b)
		c.drafts[len(c.drafts)-1].unsure(Likely, "a capture of one direction only: then the repetitions say that the acknowledgments did not "+
			"come back, by whatever way")
	}
}

// backsOff reports whether each interval of a run is at least one and a half times the one before,
// as those of a timer that doubles (RFC 6298 section 5.5), and the last is a second or more.
func backsOff(b *fsm.Backoff) bool {
	in := intervals(b)
	for i := 1; i < len(in); i++ {
		if in[i]*2 < in[i-1]*3 {
			return false
		}
	}
	return in[len(in)-1] >= 1e9
}

// passedBy reports whether what was sent in a run of retransmissions was never acknowledged, though
// the peer spoke again: the way is open for others.
func (c *Case) passedBy(s tcp.Side, b *fsm.Backoff) bool {
	return b.Heard.Seen() && !b.FIN && !c.Sides[s].SndUna.After(b.Seq) && !c.wasReset(b.Heard) && c.tooLargeAlone(s, b)
}

// intervals gives those of a run that are known.
func intervals(b *fsm.Backoff) []int64 { return b.Intervals[:min(int(b.Count), len(b.Intervals))] }

// growing reports whether a run of retransmissions backs off as a timer does: its last interval is
// at least one and a half times its first, and it takes a second or more in all.
func growing(b *fsm.Backoff) bool {
	in := intervals(b)
	return in[len(in)-1]*2 >= in[0]*3 && b.Last.Since(b.First) >= 1e9
}

func firePeerUnresponsive(c *Case, s tcp.Side, b *fsm.Backoff) {
	d := c.fire()
	d.acts = s
	d.Blame = BlameUnknown
	looksLike := d.Rule.LooksLike
	if again := c.step(b.Last.Frame); again != nil && again.Len <= smallSegment {
		looksLike = looksLike[1:] // it is not too large for any path
	}
	d.unsure(Likely, looksLike...)
	told := c.toldInRun(s, b)
	if told != nil {
		d.context(told, icmpText(told)) // before the many repetitions, which may be more than there is room for
	}
	c.showRun(d, s, b)
	var series []string
	for _, in := range intervals(b) {
		if in >= aTimeout { // shorter ones are within a burst
			series = append(series, fmt.Sprintf("%.3g", seconds(in)))
		}
	}
	spread := ", after " + strings.Join(series, ", ") + " s"
	switch {
	case len(series) == 0:
		spread = ""
	case intervals(b)[0] < aTimeout: // 0: the run begins with a repetition, since the peer spoke after the first transmission
		spread = ", " + strings.Join(series, ", ") + " s apart"
	}
	lasted := b.Last.Since(b.First)
	givesUp, limit := c.givesUp(c.profile(s), c.host(s).Retries2)
	d.Title = fmt.Sprintf("%s no longer answers %s: %s in %s", c.addr(s.Peer()), c.addr(s), count(b.Count, "repetition"),
		dur(int64(lasted)))
	d.Explanation = fmt.Sprintf("%s sent %s and repeated that %s%s; nothing came back from %s.%s", upper(c.side(s)),
		c.repeated(s, b), times(b.Count), spread, c.addr(s.Peer()), givesUp)
	if b.Heard.Seen() {
		d.Blame = BlamePath
		d.Title = fmt.Sprintf("%s never acknowledged what %s sent: %s in %s", c.addr(s.Peer()), c.addr(s), count(b.Count, "repetition"),
			dur(int64(lasted)))
		d.Explanation += fmt.Sprintf(" After %s it spoke again, but did not acknowledge that.", dur(int64(b.Heard.Since(b.First))))
		d.context(c.step(b.Heard.Frame), "the peer speaks, and has not received it")
	}
	d.between(b.First.Time, c.Now)
	d.note("side", s.String())
	d.note("repetitions", b.Count)
	d.note("lasted", lasted.Seconds())
	if limit > 0 {
		d.note("gives_up_after", seconds(limit))
	}
	c.blackHole(d, s, b, told)
}

// aTimeout is what no timer of a stack is below, ns: half of Linux's TCP_RTO_MIN, and half of the 200
// ms of delayed ACKs that others allow for.
const aTimeout = 100e6

// giveUpAfter is how long a host keeps trying that sends data again n times, beginning with its
// shortest retransmission timeout: that doubles up to the greatest, if there is one (Linux
// tcp_model_timeout, with tcp_retries2 at n).
func giveUpAfter(n int, rto, greatest time.Duration) int64 {
	total := time.Duration(0)
	for range n + 1 {
		total += rto
		if rto *= 2; greatest > 0 {
			rto = min(rto, greatest)
		}
	}
	return int64(total)
}
