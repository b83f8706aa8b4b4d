package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var sackOutOfRange = &Rule{
	Code:     "sack-out-of-range",
	Title:    "SACK blocks are of data that was never sent",
	Group:    GroupLiveness,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "SACK blocks outside the sequence space of the connection: a middlebox shifts numbers",
	What: "One side acknowledged data selectively, by numbers that are nowhere near those of its acknowledgment. The peer never sent such " +
		"data.",
	Why: "A firewall that replaces initial sequence numbers by others (\"sequence number randomization\") must shift every number of the " +
		"connection: SEQ, ACK, and the SACK blocks in the options (RFC 2018 section 3). If it forgets the option, the sender gets blocks of " +
		"data that it never sent, and ignores them (tcp_is_sackblock_valid): it does not know what is missing, may not even count the duplicate " +
		"ACKs, and waits for the timeout after each loss.",
	Confirm: []string{
		"on the sender: nstat -az TcpExtTCPSACKDiscard TcpExtTCPTimeouts",
		"capture on both sides of the firewall: ACK and SACK blocks are shifted by the same on the receiver's side, not on the sender's",
	},
	Do: []string{
		"Turn sequence number randomization off on the firewall (for Cisco ASA and FWSM: set connection random-sequence-number disable), " +
			"or update it: hosts choose unpredictable numbers themselves (RFC 6528).",
		"Until then: net.ipv4.tcp_sack=0 on one end, so that fast retransmit works by duplicate ACKs.",
	},
	Misreadings: []string{
		"The receiver is not at fault: in front of the firewall its blocks are right.",
		"A slow transfer with long pauses after each loss is not the congestion control's fault here.",
	},
	OtherNames: []string{
		"Wireshark: SACK blocks (SLE, SRE) with large relative numbers; no expert entry",
		"Zeek: none",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtTCPSACKDiscard",
	},
	LooksLike: []string{"a receiver with a broken TCP: capture beside it"},
	RFC:       []string{"RFC 2018 section 3", "RFC 6528"},
	Kernel:    []string{"tcp_is_sackblock_valid", "tcp_sacktag_write_queue"},
	Sysctl:    []string{"net.ipv4.tcp_sack"},
	Counter:   []string{"TcpExtTCPSACKDiscard", "TcpExtTCPTimeouts"},
	Absorbs:   []string{"retransmission-burst", "connection-recovered"},
	wholly:    true,
	needs:     hasStraySACK,
	check:     checkSACKOutOfRange,
}

func checkSACKOutOfRange(c *Case) {
	for s := range tcp.NoSide {
		x := &c.Sides[s].StraySACK
		if x.Count < fewestRepeats {
			continue
		}
		sender := s.Peer()
		d := c.fire()
		d.acts = sender
		d.Blame = BlamePath
		d.unsure(Likely)
		d.trigger(c.step(x.First.Frame), "SACK of what was never sent")
		d.claim(c.First.Frame, c.Last.Frame) // whatever was lost, the sender was told wrong
		d.between(x.First.Time, c.Sides[s].Last.Time)
		d.Title = fmt.Sprintf("%s selectively acknowledges what %s never sent: %s", c.addr(s), c.addr(sender), count(x.Count, "segment"))
		d.Explanation = fmt.Sprintf("The first of them, in frame %d, acknowledges up to number %s, and selectively from %s on. That is %d away, and "+
			"outside every window that %s has offered. Something on the way shifts the connection's numbers, but not those in the SACK option. %s "+
			"ignores such blocks and learns of each loss only by its timer.", c.frame(x.First.Frame), c.seq(sender, x.Ack), c.seq(sender, x.Left),
			x.Left.Sub(x.Ack), c.addr(s), upper(c.side(sender)))
		d.note("side", s.String())
		d.note("segments", x.Count)
		d.note("ack", uint32(x.Ack))
		d.note("sack", uint32(x.Left))
	}
}
