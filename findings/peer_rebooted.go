package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var peerRebooted = &Rule{
	Code:     "peer-rebooted",
	Title:    "The peer came back without the connection",
	Group:    GroupLiveness,
	Severity: Error,
	Since:    "0.1",
	Summary:  "after silence, a retransmission is answered with RST by a host that no longer knows the connection",
	What: "The peer did not answer for a while; then it answered a repeated segment with a reset, because it no longer knew the " +
		"connection.",
	Why: "A host that restarts forgets its connections without a word. When a segment of one arrives it finds no socket and " +
		"answers with a reset that takes its number from the segment's acknowledgment (RFC 9293 section 3.10.7.1, section " +
		"3.5.1; tcp_v4_send_reset).",
	Confirm: []string{
		"on the peer: uptime; journalctl --list-boots; the start time of the service or container",
		"behind a virtual address or load balancer: was there a failover at that time?",
	},
	Do: []string{
		"Find out why the host, container or load balancer restarted or failed over.",
		"Let the application open a new connection after a reset; nothing can be done about the old one.",
	},
	Misreadings: []string{"The reset is no refusal by the application: nobody there ever saw the segment."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, then Connection reset (RST)",
		"Zeek: conn_state RSTO or RSTR, history with T or t",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: ECONNRESET, TcpEstabResets",
	},
	LooksLike: []string{
		"a failover to another host behind the same address: ask the load balancer or cluster manager",
		"a firewall that lost its state and resets: compare the reset's TTL with the peer's other segments",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.1", "RFC 9293 section 3.5.1"},
	Kernel:  []string{"tcp_v4_send_reset", "tcp_reset"},
	Counter: []string{"TcpEstabResets", "TcpOutRsts"},
	Absorbs: []string{"reset-mid-stream", "retransmission-burst", "idle-timeout-suspected", "data-after-close"},
	wholly:  true,
	needs:   hasRST | hasRetransmission,
	check:   checkPeerRebooted,
}

// outage is from when an unanswered retransmission means more than a lost segment.
const outage = 1e9

func checkPeerRebooted(c *Case) {
	rst := c.first(func(s *fsm.Step) bool {
		return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) && !s.Flags.Has(tcp.ACK) && s.Verdict == tcp.Reset &&
			cutsShort(s.ReceiverBefore) && !c.Sides[s.From&1].FirstFIN.Seen()
	})
	if rst == nil || c.oddTTL(rst) {
		return
	}
	asked := c.step(rst.Answers)
	if asked == nil || !asked.Notes.Has(fsm.Retransmission) {
		return
	}
	run := &c.Sides[asked.From].Backoff
	silent := rst.Time - run.First.Time
	if run.First.Frame == 0 || run.First.Frame >= rst.Frame || silent < outage {
		return
	}
	d := c.fire()
	d.Blame = BlameSide(rst.From)
	d.unsure(Likely)
	d.context(c.step(run.First.Frame), "sent first")
	d.context(asked, "sent again")
	d.trigger(rst, "reset by a host that does not know the connection")
	d.claim(run.First.Frame, c.Last.Frame)
	d.between(run.First.Time, rst.Time)
	d.Title = fmt.Sprintf("%s came back without the connection after %s of silence", c.addr(rst.From), dur(silent))
	d.Explanation = fmt.Sprintf("%s repeated %s %s, for %s, without an answer. The next answer of %s was a reset of the kind that a "+
		"host sends that does not know the connection: it had restarted, or another took over its address.", upper(c.side(asked.From)),
		c.repeated(asked.From, run), times(run.Count), dur(silent), c.addr(rst.From))
	d.note("side", rst.From.String())
	d.note("silent", seconds(silent))
	d.note("repetitions", run.Count)
}
