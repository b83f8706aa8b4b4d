package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var resetMidStream = &Rule{
	Code:     "reset-mid-stream",
	Title:    "A reset ended an open connection",
	Group:    GroupClosing,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a valid RST ends an established connection and no narrower finding fits",
	What:     "A connection that was open was cut by a reset that its receiver had to believe.",
	Why: "A reset whose sequence number is exactly the next one expected ends a connection at once (RFC 9293 section 3.10.7.4, " +
		"RFC 5961 section 3; tcp_reset). It can come from the peer's application, from a peer that no longer knows the " +
		"connection, or from a device on the way that sends it in the peer's name.",
	Confirm: []string{
		"on the host that is said to have sent it: nstat -az TcpOutRsts TcpExtTCPAbortOnClose TcpExtTCPAbortOnData",
		"capture at both ends: if the RST does not leave its sender's host, something on the way made it",
		"on the receiver: nstat -az TcpEstabResets",
	},
	Do: []string{
		"Look at what the segment just before the reset asked for, and at the log of the side that sent it.",
		"Compare the reset's TTL and IP ID with the same side's other segments.",
	},
	Misreadings: []string{
		"A RST is not always an error, and not every RST on the wire resets anything.",
		"\"Connection reset by peer\" names the address in the packet, not who sent it.",
	},
	OtherNames: []string{
		"Wireshark: Connection reset (RST)",
		"Zeek: conn_state RSTO or RSTR",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: ECONNRESET, TcpEstabResets, tracepoint tcp:tcp_receive_reset",
	},
	LooksLike: []string{
		"a middlebox that sends the reset in this side's name: compare TTL and IP ID, capture at its host",
		"a host that lost the connection: its uptime tells",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.4", "RFC 5961 section 3"},
	Kernel:  []string{"tcp_validate_incoming", "tcp_reset"},
	Counter: []string{"TcpEstabResets", "TcpOutRsts"},
	wholly:  true,
	needs:   hasRST,
	check:   checkResetMidStream,
}

func checkResetMidStream(c *Case) {
	rst := c.first(func(s *fsm.Step) bool {
		return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) && s.Verdict == tcp.Reset && cutsShort(s.ReceiverBefore) &&
			!c.repeatsFarewell(s) && !c.answersAfterFIN(s)
	})
	if rst == nil {
		return
	}
	victim := rst.From.Peer()
	d := c.fire()
	d.acts = rst.From.Peer()
	d.Blame = BlameSide(rst.From)
	d.unsure(Likely)
	before := c.lastBefore(rst)
	d.context(before, "what came before it")
	d.trigger(rst, "the reset")
	d.between(rst.Time, rst.Time)
	d.Title = fmt.Sprintf("A reset from %s ended the connection", c.addr(rst.From))
	d.Explanation = fmt.Sprintf("A reset in the name of %s reached %s in %s and ended the connection, %s after it had begun. %s",
		c.side(rst.From), c.addr(victim), rst.ReceiverBefore, dur(rst.Time-c.First.Time), c.beforeText(rst, before))
	d.note("side", rst.From.String())
	d.note("age", seconds(rst.Time-c.First.Time))
	d.note("ttl", rst.TTL)
	d.note("usual_ttl", c.Sides[rst.From].TTL)
	if fin := c.finished(rst); fin != nil && c.goneBefore(rst) && !rst.Flags.Has(tcp.ACK) {
		d.Severity, d.Blame = Notice, BlameUnknown
		d.Title = fmt.Sprintf("%s no longer had the connection when %s closed", c.addr(rst.From), c.addr(victim))
		d.Explanation = fmt.Sprintf("After %s of silence %s closed, and its FIN was answered with a reset of the kind that a host sends "+
			"that does not know the connection. It had ended on that side before: something reset it there that is not in the capture, "+
			"such as a NAT device on the way, or its host restarted. All data that was sent had been acknowledged; what it meant to send "+
			"after that is lost.", dur(c.MaxIdle), c.side(victim))
	}
	if side := &c.Sides[rst.From]; c.MidStream && side.Segments == uint64(side.RSTs) {
		d.Severity, d.Blame = Notice, BlameUnknown
		d.Title = fmt.Sprintf("%s answers with resets: it does not have the connection", c.addr(rst.From))
		d.Explanation = fmt.Sprintf("All that the capture has of %s are resets. They answer what %s sends to a connection that began "+
			"before the capture, or whose other direction is not in it. How the connection ended does not show.", c.side(rst.From),
			c.side(victim))
	}
}

// answersAfterFIN reports whether a reset without ACK comes from a side that had sent its FIN: it
// has closed, and answers what comes late. What is lost by that, data-after-close tells.
func (c *Case) answersAfterFIN(rst *fsm.Step) bool {
	return !rst.Flags.Has(tcp.ACK) && c.ownFIN(rst) != nil
}

// lastBefore gives the segment that the reset answers, else the last notable one before it.
func (c *Case) lastBefore(rst *fsm.Step) *fsm.Step {
	if s := c.step(rst.Answers); s != nil {
		return s
	}
	var last *fsm.Step
	for i := range c.Steps {
		if s := &c.Steps[i]; s.Frame < rst.Frame {
			last = s
		}
	}
	return last
}

func (c *Case) beforeText(rst, before *fsm.Step) string {
	switch {
	case before == nil:
		return "What came before it is not in the capture."
	case rst.Answers == before.Frame:
		return fmt.Sprintf("It answered %s from %s, %s after that passed.", segmentText(before), c.addr(before.From),
			dur(rst.Time-before.Time))
	}
	return fmt.Sprintf("The notable segment before it, in frame %d, was %s earlier.", c.frame(before.Frame), dur(rst.Time-before.Time))
}
