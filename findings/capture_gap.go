package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var captureGap = &Rule{
	Code:     "capture-gap",
	Title:    "The capture lost packets",
	Group:    GroupCapture,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "segments that were sent and acknowledged are not in the capture: the capture lost them, not the network",
	What: "Bytes were acknowledged that were never seen being sent. They arrived at the receiver, so the network delivered them; " +
		"the capture does not have them.",
	Why: "An acknowledgment proves that everything before it arrived. A capture program that cannot keep up loses packets in " +
		"the kernel's ring buffer (tpacket_rcv counts them); a mirror port loses them when its link is full; and a second path around the capture point " +
		"does the same.",
	Confirm: []string{
		"the last lines of tcpdump: packets dropped by kernel; capinfos FILE for pcapng drop counts",
		"on the switch: the mirror port's output drops",
	},
	Do: []string{
		"Capture with a filter, a smaller snap length and a larger buffer (tcpdump -B 65536), and write to a fast disk.",
		"Check for asymmetric routes or link bundles, of which only one member was captured.",
	},
	Misreadings: []string{
		"This is no packet loss on the network: lost segments are retransmitted, these were not.",
	},
	OtherNames: []string{
		"Wireshark: TCP Previous segment not captured; TCP ACKed unseen segment",
		"Zeek: missed_bytes, history g and G, content_gap",
		"Suricata: stream.reassembly_seq_gap, stream.est_invalid_ack",
		"Snort: none; its stream_tcp statistics count gaps",
		"kernel: none; tcpdump says how many packets were dropped by kernel",
		"tcptrace: missed data",
	},
	RFC:    []string{"RFC 9293 section 3.4"},
	Kernel: []string{"tpacket_rcv", "packet_rcv"},
	Once:   true,
	needs:  hasMissing,
	check:  checkCaptureGap,
}

func checkCaptureGap(c *Case) {
	if c.OneWay {
		return
	}
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		if side.MissingBytes == 0 {
			continue
		}
		d := c.fire()
		d.Blame = BlameCapture
		d.trigger(c.step(side.Missing.Frame), "acknowledges bytes that are not in the capture")
		d.between(side.Missing.Time, c.Last.Time)
		d.Title = fmt.Sprintf("The capture misses %s that %s sent", count(side.MissingBytes, "byte"), c.addr(s))
		d.Explanation = fmt.Sprintf("%s acknowledged %s of %s that are not in the capture, first in frame %d. They arrived, so it was "+
			"the capture that lost them.", upper(c.side(s.Peer())), count(side.MissingBytes, "byte"), c.addr(s), c.frame(side.Missing.Frame))
		d.note("side", s.String())
		d.note("missing_bytes", side.MissingBytes)
	}
}
