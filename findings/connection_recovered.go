package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var connectionRecovered = &Rule{
	Code:     "connection-recovered",
	Title:    "An outage, after which the same connection went on",
	Group:    GroupLiveness,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "data was repeated without an answer for a while, and then the same connection went on; says how long",
	What: "For a while nothing came back, and one side repeated its data at growing intervals. Then an answer came and the same " +
		"connection went on.",
	Why: "TCP survives outages as long as neither side gives up (tcp_retries2). The repetitions come at doubling intervals, so the " +
		"connection notices only at the next one that the path works again: the stall is up to twice as long as the outage.",
	Confirm: []string{
		"on the sender: nstat -az TcpRetransSegs TcpExtTCPTimeouts",
		"on hosts, switches and routers of the path: link and route changes at that time",
	},
	Do: []string{
		"Find what was down at that time: a link, a route change, a failover, a stopped virtual machine.",
		"Compare with other connections at the same time: one alone points to its endpoint, many to the path.",
	},
	Misreadings: []string{"The application saw no error, only a stall: its own timeouts may have fired."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, several with growing intervals, then normal traffic",
		"Zeek: history T or t",
		"Suricata: SURICATA STREAM excessive retransmissions, from the tenth on",
		"Snort: none",
		"kernel: TcpExtTCPTimeouts",
		"tcptrace: max rexmit time",
	},
	LooksLike: []string{"a peer that was stopped (suspended virtual machine, kernel stall) rather than a broken path: its clock and log tell"},
	RFC:       []string{"RFC 6298 section 5", "RFC 9293 section 3.8.3"},
	Kernel:    []string{"tcp_retransmit_timer", "tcp_rcv_established"},
	Sysctl:    []string{"net.ipv4.tcp_retries2"},
	Counter:   []string{"TcpExtTCPTimeouts", "TcpRetransSegs"},
	Absorbs:   []string{"retransmission-burst", "fin-retransmitted"},
	needs:     hasRetransmission,
	check:     checkConnectionRecovered,
}

func checkConnectionRecovered(c *Case) {
	for s := range tcp.NoSide {
		b := &c.Sides[s].Longest
		opening := c.Sides[s].ISNKnown && b.Seq == c.Sides[s].ISN
		if b.Count < deafAfter || opening || b.FIN || !b.Heard.Seen() || b.Heard.Since(b.First) < outage || !growing(b) || c.wasReset(b.Heard) {
			continue
		}
		if c.Sides[s].SndUna.After(b.Seq) {
			fireRecovered(c, s, b)
		}
	}
}

// wasReset reports whether the segment at m is a reset: an answer, but no recovery.
func (c *Case) wasReset(m fsm.Mark) bool {
	s := c.step(m.Frame)
	return s != nil && s.Flags.Has(tcp.RST)
}

func fireRecovered(c *Case, s tcp.Side, b *fsm.Backoff) {
	d := c.fire()
	d.acts = s
	d.Blame = BlamePath
	d.unsure(Likely)
	d.context(c.step(b.Heard.Frame), "the first answer") // before the repetitions, which may be more than there is room for
	c.showRun(d, s, b)
	d.claim(b.Last.Frame, c.repairedBy(s, b))
	lasted := int64(b.Heard.Since(b.First))
	d.between(b.First.Time, b.Heard.Time)
	d.Title = fmt.Sprintf("%s got no answer from %s for %s, then the connection went on", c.addr(s), c.addr(s.Peer()), dur(lasted))
	d.Explanation = fmt.Sprintf("%s repeated %s %s over %s without an answer. Then %s answered again and the connection went on.",
		upper(c.side(s)), c.repeated(s, b), times(b.Count), dur(int64(b.Last.Since(b.First))), c.addr(s.Peer()))
	d.note("side", s.String())
	d.note("outage", seconds(lasted))
	d.note("repetitions", b.Count)
}

// repairedBy gives the last frame in which side s sent again, one soon after the other, what the
// outage had swallowed.
func (c *Case) repairedBy(s tcp.Side, b *fsm.Backoff) uint64 {
	last := b.Heard
	for i := range c.Steps {
		st := &c.Steps[i]
		if st.From == s && st.Frame > last.Frame && st.Notes.Has(fsm.Retransmission) && st.Time-last.Time <= c.RTT+minRTO {
			last = fsm.Mark{Frame: st.Frame, Time: st.Time}
		}
	}
	return last.Frame
}
