package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var oneWayCapture = &Rule{
	Code:     "one-way-capture",
	Title:    "Only one direction is in the capture",
	Group:    GroupCapture,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "only one direction of a connection is present, though the other one existed",
	What: "The capture has only what one side sent. Its acknowledgments show that the other side spoke as well, on a way that does " +
		"not pass the capture point.",
	Why: "With asymmetric routes the two directions take different ways. A mirror of one direction of a port, or a filter on one " +
		"address as source, gives the same picture.",
	Confirm: []string{"traceroute from both ends", "the capture filter and the mirror's direction (rx, tx, both)"},
	Do: []string{
		"Capture at one of the two hosts, or on both ways (merge the files: lastack takes several).",
	},
	Misreadings: []string{
		"The silent side is not dead: what it sent is only not here. Most other findings are impossible on such a capture.",
	},
	OtherNames: []string{
		"Wireshark: TCP ACKed unseen segment",
		"Zeek: conn_state SHR, SH or OTH, history of one case only, possible_split_routing",
		"Suricata: stream.3whs_async_wrong_seq; the setting async-oneside",
		"Snort: 129:20 TCP session without 3-way handshake",
		"kernel: none",
	},
	RFC:   []string{"RFC 9293 section 3.4"},
	Once:  true,
	needs: hasOneWay,
	check: checkOneWayCapture,
}

func checkOneWayCapture(c *Case) {
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		if side.Segments == 0 || c.Sides[s.Peer()].Segments > 0 || !c.hearsThePeer(s) {
			continue
		}
		d := c.fire()
		d.Blame = BlameCapture
		d.trigger(c.first(func(st *fsm.Step) bool { return st.From == s && st.Flags.Has(tcp.ACK) }), "acknowledges what is not in the capture")
		d.between(side.First.Time, side.Last.Time)
		d.Title = fmt.Sprintf("Only what %s sent is in the capture", c.addr(s))
		d.Explanation = fmt.Sprintf("The capture has %s from %s and none from %s, though its acknowledgments show that the other side "+
			"spoke as well. What the other side did can only be guessed.", count(side.Segments, "segment"), c.side(s), c.addr(s.Peer()))
		d.note("side", s.String())
		d.note("segments", side.Segments)
	}
}

// hearsThePeer reports whether what side s sent shows that the other side, of which nothing is in
// the capture, was there: it acknowledged a handshake, or its acknowledgments moved on.
func (c *Case) hearsThePeer(s tcp.Side) bool {
	side := &c.Sides[s]
	if side.SYNs > 0 {
		acks := func(st *fsm.Step) bool { return isTCP(st, s, tcp.ACK, tcp.SYN|tcp.RST) } // not only a SYN with another number
		return uint64(side.SYNs)+uint64(side.RSTs) < side.Segments && c.first(acks) != nil
	}
	return side.SYNACKs > 0 || c.first(func(st *fsm.Step) bool {
		return isTCP(st, s, tcp.ACK, tcp.SYN|tcp.RST) && st.Ack != side.RcvNxt
	}) != nil
}
