package findings

import "fmt"

var midStream = &Rule{
	Code:     "mid-stream",
	Title:    "The capture starts inside the connection",
	Group:    GroupCapture,
	Severity: Info,
	Since:    "0.1",
	Summary:  "the connection was open before the capture began, or its opening was lost",
	What:     "The first segment of the connection in the capture is not part of its opening.",
	Why: "Without the handshake the initial sequence numbers, the window scale and the timestamps' use are not known: sequence " +
		"numbers are shown as they are on the wire, windows cannot be scaled, and some verdicts stay unknown.",
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

func checkMidStream(c *Case) {
	d := c.fire()
	d.Blame = BlameCapture
	d.trigger(c.step(c.First.Frame), "first segment in the capture")
	d.between(c.First.Time, c.First.Time)
	d.Title = "The capture starts inside the connection"
	d.Explanation = fmt.Sprintf("The connection between %s and %s was open before its first segment in the capture, frame %d. Its "+
		"sequence numbers are shown as they are on the wire. Who opened it is known from: %s.", c.addr(0), c.addr(1), c.First.Frame,
		c.Direction)
	d.note("direction_from", c.Direction.String())
}
