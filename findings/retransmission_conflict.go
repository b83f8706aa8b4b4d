package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var retransmissionConflict = &Rule{
	Code:     "retransmission-conflict",
	Title:    "The same sequence numbers carried different bytes",
	Group:    GroupValidity,
	Severity: Error,
	Since:    "0.1",
	Summary:  "two transmissions of the same sequence numbers carry different bytes",
	What:     "A segment was sent again with other contents than the first time. Which of the two the receiver took depends on which arrived.",
	Why: "TCP keeps what it sent until it is acknowledged and repeats exactly that (RFC 9293 section 3.8.1). Different bytes " +
		"come from somebody who injects data, to get past an inspection system that reads the other copy, from a middlebox that " +
		"rewrites contents, or from faulty memory in between that recomputes the checksum. A receiver never compares: Linux keeps what " +
		"came first (tcp_data_queue drops what it has, tcp_data_queue_ofo what it holds out of order).",
	Confirm: []string{
		"capture at both ends: did the sender send both?",
		"compare TTL and IP ID of the two segments",
	},
	Do:          []string{"Find who sent the second version; treat the contents of the connection as not trustworthy until then."},
	Misreadings: []string{"A retransmission that starts elsewhere or is longer is ordinary; only different bytes for the same numbers are not."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission (the contents are not compared)",
		"Zeek: rexmit_inconsistency",
		"Suricata: stream.reassembly_overlap_different_data",
		"Snort: none",
		"kernel: none",
	},
	LooksLike: []string{"a device that rewrites payload (an application gateway) and did so only once"},
	RFC:       []string{"RFC 9293 section 3.8.1", "RFC 9293 section 3.4"},
	Kernel:    []string{"tcp_data_queue", "tcp_data_queue_ofo", "tcp_retransmit_skb"},
	needs:     hasDifferentBytes,
	check:     checkRetransmissionConflict,
}

// hasOtherBytes likes a segment that carries numbers again with other contents.
func hasOtherBytes(s *fsm.Step) bool { return s.Notes.Has(fsm.DifferentBytes) }

func checkRetransmissionConflict(c *Case) {
	odd := c.first(hasOtherBytes)
	if odd == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameUnknown
	d.unsure(Likely)
	before := c.first(func(s *fsm.Step) bool {
		return isTCP(s, odd.From, 0, tcp.SYN|tcp.RST) && s.Seq == odd.Seq && s.Len == odd.Len && s.Frame < odd.Frame
	})
	d.context(before, "sent before")
	n := 0
	for s := range c.all(hasOtherBytes) {
		d.trigger(s, "the same numbers, other bytes")
		n++
	}
	d.Title = fmt.Sprintf("%s sent sequence number %s again with other bytes", c.addr(odd.From), c.seq(odd.From, odd.Seq))
	d.Explanation = fmt.Sprintf("Frame %d in the name of %s carries %s from number %s on that were sent before with other contents.",
		c.frame(odd.Frame), c.side(odd.From), count(odd.Len, "byte"), c.seq(odd.From, odd.Seq))
	if before != nil {
		d.Explanation += fmt.Sprintf(" Frame %d sent them, %s earlier.", c.frame(before.Frame), dur(odd.Time-before.Time))
	}
	d.note("count", n)
	d.note("seq", uint32(odd.Seq))
	d.note("ttl", odd.TTL)
	d.note("usual_ttl", c.Sides[odd.From].TTL)
}
