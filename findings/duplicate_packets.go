package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
)

var duplicatePackets = &Rule{
	Code:     "duplicate-packets",
	Title:    "Packets are recorded more than once",
	Group:    GroupCapture,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "the same packet is in the capture more than once; copies are left out of the analysis",
	What: "The capture has several records of one and the same packet. lastack leaves the copies out, so that they do not pass for " +
		"retransmissions. Copies that are further apart than 20 ms, from files whose clocks differ, or tagged and untagged from -i any on a " +
		"host with VLANs, are not left out: they show as a connection of their own, and so does a connection that is recorded before and after its " +
		"addresses are translated. What is found of both is said of one.",
	Why: "A mirror of several ports or VLANs records a packet where it enters and where it leaves; tcpdump -i any records it on " +
		"each interface that it passes (bridge, bond, VLAN, veth). Copies have the same IP identification and bytes, a hop limit " +
		"that is the same or one lower for each router, and come within microseconds. A retransmission is a new packet.",
	Confirm: []string{
		"editcap -d FILE OUT, and compare the packet counts",
		"the mirror's configuration: both directions of both ports?",
	},
	Do: []string{"Mirror one port or one direction only, or capture on one interface instead of any."},
	Misreadings: []string{
		"These are not retransmissions and not a network that duplicates packets.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, TCP Dup ACK, TCP Out-Of-Order on every packet",
		"Zeek: history T and t",
		"Suricata: SURICATA STREAM excessive retransmissions",
		"Snort: none",
		"kernel: none",
		"tcptrace: rexmt data pkts",
	},
	RFC:    []string{"RFC 6864 section 4"},
	Kernel: []string{"dev_queue_xmit_nit", "__netif_receive_skb_core"},
	Once:   true,
	needs:  hasCopies,
	check:  checkDuplicatePackets,
}

func checkDuplicatePackets(c *Case) {
	switch {
	case bothSides(c.Life):
		fireBothSides(c)
		return
	case c.Copies == 0:
		fireRecordedAgain(c)
		return
	}
	first := c.step(c.CopyOf)
	if first == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameCapture
	d.trigger(first, "first record of the packet")
	d.trigger(secondRecord(first, c.FirstCopy), "second record of the same packet")
	d.between(first.Time, c.Last.Time)
	d.Title = fmt.Sprintf("%s of this connection recorded again", count(c.Copies, "packet"))
	d.Explanation = fmt.Sprintf("Between %s and %s, the capture has %s more than once: frame %d is frame %d again, after %s. What came "+
		"again was left out.", c.addr(0), c.addr(1), count(c.Copies, "packet"), c.frame(c.FirstCopy.Frame),
		c.frame(first.Frame), dur(c.FirstCopy.Time-first.Time))
	d.note("copies", c.Copies)
}

// secondRecord gives what a second record shows of a packet: what the first one does, with no
// change of state.
func secondRecord(first *fsm.Step, at fsm.Mark) *fsm.Step {
	s := *first
	s.Frame, s.Time = at.Frame, at.Time
	s.SenderBefore, s.ReceiverBefore = s.SenderAfter, s.ReceiverAfter
	return &s
}
