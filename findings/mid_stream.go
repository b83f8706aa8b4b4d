package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var midStream = &Rule{
	Code:     "mid-stream",
	Title:    "The capture starts inside the connection",
	Group:    GroupCapture,
	Severity: Info,
	Since:    "0.1",
	Summary:  "the connection was open before the capture began, or its opening was lost",
	What:     "The first segment of the connection in the capture is not part of its opening.",
	Why: "Without the handshake the initial sequence numbers, the window scale and the timestamps' use are not known: texts have " +
		"the sequence numbers of the wire, diagrams count from the first ones seen, windows cannot be scaled, and some verdicts stay unknown.",
	Confirm:     []string{"compare the connection's start (ss -ti on the host) with the capture's"},
	Do:          []string{"Start the capture before the connection, if the opening matters."},
	Misreadings: []string{"A window that looks very small may only be unscaled."},
	OtherNames: []string{
		"Wireshark: TCP Previous segment not captured, window scaling factor -1 (unknown)",
		"Zeek: conn_state OTH, history without S",
		"Suricata: midstream pickup",
		"Snort: 129:20 TCP session without 3-way handshake",
		"kernel: none",
	},
	RFC:   []string{"RFC 7323 section 2.2"},
	Once:  true,
	needs: hasMidStream,
	check: checkMidStream,
}

// openerFrom says what tells who opened a connection whose SYN the capture does not have.
var openerFrom = [...]string{
	tcp.DirectionFromSYN:    "a later SYN",
	tcp.DirectionFromSYNACK: "the SYN,ACK",
	tcp.DirectionFromPort:   "the port numbers",
	tcp.DirectionFromFirst:  "who was seen first",
}

func checkMidStream(c *Case) {
	d := c.fire()
	d.Blame = BlameCapture
	d.trigger(c.step(c.First.Frame), "first segment in the capture")
	d.between(c.First.Time, c.First.Time)
	d.Title = "The capture starts inside the connection"
	d.Explanation = fmt.Sprintf("The connection between %s and %s was open before its first segment in the capture, frame %d. Its "+
		"initial sequence numbers are not known, and who opened it is taken from %s.", c.addr(0), c.addr(1), c.frame(c.First.Frame),
		openerFrom[c.Direction])
	d.note("direction_from", c.Direction.String())
}
