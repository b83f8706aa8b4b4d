package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var rstInjectionSuspected = &Rule{
	Code:     "rst-injection-suspected",
	Title:    "A reset does not come from whom it says",
	Group:    GroupValidity,
	Severity: Error,
	Since:    "0.1",
	Summary: "a RST whose TTL does not fit its sender, or whose supposed sender goes on as if it had sent none, or accepts the " +
		"very SYN that it refused",
	What: "A reset ended the connection, but it does not look as if the side in whose name it came had sent it. Something on the " +
		"way, a firewall, an intrusion prevention system, a censor or an attacker, most likely made it.",
	Why: "A device that wants to stop a connection sends resets in the name of one or both sides. It has to guess or copy the " +
		"numbers, but its distance is another, so the TTL (hop limit) with which its packet arrives differs from the side's " +
		"other packets; and the real side, which knows nothing of it, goes on sending.",
	Confirm: []string{
		"capture at the host that is said to have sent it: the reset does not leave it, and nstat TcpOutRsts does not rise",
		"compare TTL and IP ID of the reset with the side's segments before it",
		"capture at several points of the way: the first that has the reset is next to its origin",
	},
	Do: []string{
		"Ask who runs the firewalls, intrusion prevention and proxies on the way; the difference in TTL says how many hops away it is.",
		"Encrypting the transport does not help against resets; a tunnel (IPsec, WireGuard) does.",
	},
	Misreadings: []string{
		"\"Connection reset by peer\" names the address in the packet, not who sent it.",
		"A different TTL alone is not proof: routes change, and some hosts send resets with another initial TTL.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST); then TCP Retransmission or data after RST",
		"Zeek: data_after_reset",
		"Suricata: stream.suspected_rst_inject",
		"Snort: 129:8 data sent on stream after TCP reset sent, 129:18 data sent on stream after TCP reset received",
		"kernel: TcpEstabResets on the host that believed it",
	},
	LooksLike: []string{
		"a load balancer or NAT device that legitimately answers for the host: ask for its configuration",
		"a host whose resets have another initial TTL than its other segments (some stacks use 255): test it with a closed port",
	},
	RFC:     []string{"RFC 5961 section 3", "RFC 3360"},
	Kernel:  []string{"tcp_reset", "tcp_v4_send_reset"},
	Counter: []string{"TcpEstabResets", "TcpOutRsts"},
	Absorbs: []string{"reset-mid-stream", "abortive-close", "close-with-unread-data", "data-after-close", "peer-rebooted",
		"fin-into-request"},
	wholly: true,
	needs:  hasRST,
	check:  checkRstInjection,
}

func checkRstInjection(c *Case) {
	if syn, rst := c.refusedAndAccepted(); rst != nil {
		fireRefusedAndAccepted(c, syn, rst)
		return
	}
	rst := c.first(func(s *fsm.Step) bool {
		return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) && s.Verdict == tcp.Reset &&
			(cutsShort(s.ReceiverBefore) && (s.Notes.Has(fsm.Foreign) || c.oddTTL(s)) || c.cutsRequest(s))
	})
	if rst == nil {
		return
	}
	after := c.goesOnBehind(rst)
	if after != nil && c.followsOthers(rst) && c.isOdd(after, rst) {
		return // not the reset is somebody else's, but what came after it
	}
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	d.trigger(rst, "reset that its supposed sender did not send")
	d.claim(rst.Frame, c.Last.Frame)
	d.between(rst.Time, rst.Time)
	d.context(after, "its supposed sender goes on")
	if after == nil && !c.oddTTL(rst) {
		d.unsure(Possible, "its sender itself, which had sent more before than the capture has")
	}
	d.Title = fmt.Sprintf("The reset in the name of %s was probably sent by something else", c.addr(rst.From))
	d.Explanation = fmt.Sprintf("A reset in the name of %s ended the connection at %s. %s", c.side(rst.From), c.addr(rst.From.Peer()),
		c.foreignText(rst, after))
	d.note("side", rst.From.String())
	d.note("ttl", rst.TTL)
	d.note("usual_ttl", c.Sides[rst.From].TTL)
	d.note("ip_id", rst.IPID)
	d.note("sender_goes_on", after != nil)
	c.tellNeighbour(d, rst)
}

// cutsRequest reports whether a reset ended a request in SYN-RECEIVED, and its supposed sender went
// on after that: it completes the handshake that it had just reset.
func (c *Case) cutsRequest(rst *fsm.Step) bool {
	if rst.From != tcp.Initiator || rst.ReceiverBefore != tcp.SynReceived || c.Sides[rst.From].LastSYN.Frame > rst.Frame { // it asked again
		return false
	}
	return c.first(func(s *fsm.Step) bool {
		return s.Frame > rst.Frame && c.gotSynAck(s) && (s.Time-rst.Time > fsm.OvertakenWithin || c.oddTTL(rst))
	}) != nil
}

// oddTTL reports whether a segment came with another TTL than its sender's usual one.
func (c *Case) oddTTL(s *fsm.Step) bool {
	side := &c.Sides[s.From]
	return side.TTL != 0 && s.TTL != side.TTL && side.Segments > uint64(side.RSTs)+1
}

func (c *Case) foreignText(rst, after *fsm.Step) string {
	text := ""
	if c.oddTTL(rst) {
		text = fmt.Sprintf("It came with TTL %d, that side's other segments with %d. ", rst.TTL, c.Sides[rst.From].TTL)
	}
	if after != nil {
		return text + fmt.Sprintf("That side went on %s later as if it had sent none.", dur(after.Time-rst.Time))
	}
	if text == "" {
		return "Its numbers are not that side's."
	}
	return text + "Nothing more of that side is in the capture."
}
