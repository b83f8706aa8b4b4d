package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var retransmissionBurst = &Rule{
	Code:     "retransmission-burst",
	Title:    "Much of the data had to be sent again",
	Group:    GroupLiveness,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "loss on an otherwise healthy connection above a threshold (2 % of the data segments)",
	What:     "A noticeable share of the data segments had to be sent again, on a connection that otherwise works.",
	Why: "A segment that is not acknowledged in time, or that selective acknowledgments show to be missing, is sent again " +
		"(RFC 6298, RFC 6675, RFC 8985). Every loss also halves, roughly, the sender's rate, so a few percent of loss cost most of " +
		"the throughput of a long path.",
	Confirm: []string{
		"on the sender: ss -ti (retrans, lost); nstat -az TcpRetransSegs TcpExtTCPLostRetransmit TcpExtTCPSackRecovery",
		"on interfaces of the path: ip -s link, ethtool -S (drops, errors), queue drops (tc -s qdisc)",
	},
	Do: []string{
		"Find where packets are dropped: interface errors, full queues, policers, duplex or cable faults.",
		"Compare captures at both ends: the segment that leaves one and does not reach the other is lost in between.",
	},
	Misreadings: []string{
		"Retransmissions that the receiver already had (spurious ones) are not counted: reordering or late answers cause them, not loss.",
		"A copy that the capture recorded twice is no retransmission.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, TCP Fast Retransmission, TCP Dup ACK",
		"Zeek: history T and t",
		"Suricata: SURICATA STREAM excessive retransmissions",
		"Snort: none",
		"kernel: TcpRetransSegs, TcpExtTCPFastRetrans",
		"tcptrace: rexmt data pkts",
	},
	LooksLike: []string{"a sender whose timer is too short for the path: then the receiver answers with D-SACK"},
	RFC:       []string{"RFC 6298 section 5", "RFC 6675", "RFC 8985"},
	Kernel:    []string{"tcp_fastretrans_alert", "tcp_rack_detect_loss", "tcp_retransmit_timer"},
	Counter:   []string{"TcpRetransSegs", "TcpExtTCPFastRetrans", "TcpExtTCPSackRecovery", "TcpExtTCPTimeouts"},
	needs:     hasRetransmission,
	wholly:    true,
	check:     checkRetransmissionBurst,
}

const (
	lossPercent   = 2 // of the data segments
	fewestRepeats = 3 // fewer say nothing about a rate
)

func checkRetransmissionBurst(c *Case) {
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		needless := max(side.Spurious, c.needless(s)) + c.resized(s) + c.toNobody(s) + c.refusedBefore(s) + c.overlapping(s)
		if side.Retransmitted < needless+fewestRepeats || side.DataSegments == 0 {
			continue
		}
		lost := side.Retransmitted - needless
		if lost*100 < side.DataSegments*lossPercent || side.Backoff.Count > 0 && !side.Backoff.Heard.Seen() || c.bareRepeats(s) {
			continue
		}
		fireRetransmissionBurst(c, s, lost)
	}
}

// needless counts the retransmissions of side s of what its peer already had.
func (c *Case) needless(s tcp.Side) uint64 {
	n := uint64(0)
	for i := range c.Steps {
		if st := &c.Steps[i]; st.From == s && st.Notes.Has(fsm.Retransmission) && (st.Notes.Has(fsm.Spurious) || st.Verdict == tcp.Duplicate) {
			n++
		}
	}
	return n
}

// overlapping counts the segments of side s that begin with what was sent before and go on with new
// data: no timer sends such ones in a row.
func (c *Case) overlapping(s tcp.Side) uint64 {
	n := uint64(0)
	for i := range c.Steps {
		if st := &c.Steps[i]; st.From == s && st.Notes.Has(fsm.Retransmission) && !st.Again && st.Verdict != tcp.Duplicate {
			n++
		}
	}
	return n
}

// toNobody counts the retransmissions of side s that met no connection any more: what came there
// first was refused as well, so they tell of no loss.
func (c *Case) toNobody(s tcp.Side) uint64 {
	n := uint64(0)
	for i := range c.Steps {
		if st := &c.Steps[i]; st.From == s && neededAgain(st) && st.Reason == tcp.NoConnection {
			n++
		}
	}
	return n
}

// refusedBefore counts the retransmissions of side s of what its peer had received and refused
// before, for its timestamp, its place or its checksum: that arrived, so it tells of no loss on the
// way.
func (c *Case) refusedBefore(s tcp.Side) uint64 {
	n := uint64(0)
	for i := range c.Steps {
		st := &c.Steps[i]
		if st.From != s || st.Len == 0 || !neededAgain(st) || st.Reason == tcp.NoConnection {
			continue
		}
		refused := c.first(func(e *fsm.Step) bool {
			return e.From == s && e.Len > 0 && refusedUnread(e) && e.Frame < st.Frame && e.Seq.AtOrBefore(st.Seq) && e.EndSeq().After(st.Seq)
		})
		if refused != nil {
			n++
		}
	}
	return n
}

// refusedUnread reports whether a connected socket refused a segment for its numbers, its timestamp
// or its checksum.
func refusedUnread(s *fsm.Step) bool {
	switch s.Reason {
	case tcp.OutOfWindow, tcp.PAWS, tcp.TimestampEcho, tcp.AckUnacceptable, tcp.BadChecksum:
		return s.Verdict == tcp.Discard
	}
	return false
}

// neededAgain reports whether a segment is a retransmission of what its receiver did not have.
func neededAgain(st *fsm.Step) bool {
	return st.Notes.Has(fsm.Retransmission) && !st.Notes.Has(fsm.Spurious)
}

// bareRepeats reports whether what side s repeated were only its SYN, SYN,ACK or FIN, which have
// findings of their own.
func (c *Case) bareRepeats(s tcp.Side) bool { return c.Sides[s].RetransmittedBytes == 0 }

func fireRetransmissionBurst(c *Case, s tcp.Side, lost uint64) {
	side := &c.Sides[s]
	share := 100 * float64(lost) / float64(side.DataSegments)
	d := c.fire()
	d.acts = s
	d.Blame = BlamePath
	d.unsure(Likely)
	if c.MidStream || side.MissingBytes > 0 {
		d.unsure(Possible, "what was sent again had arrived, and the capture lacks what tells so")
	}
	if side.OutOfOrder >= lost/2 && side.OutOfOrder > 0 {
		d.unsure(Possible, "segments that the network, or the capture, put out of order")
	}
	if c.Copies > 0 {
		d.unsure(Possible, "second records of the same packets, of which this capture has some, that came too late to be told from retransmissions")
	}
	for i := range c.Steps {
		if st := &c.Steps[i]; st.From == s && st.Len > 0 && neededAgain(st) && st.Reason != tcp.NoConnection {
			d.trigger(st, "sent again")
		}
	}
	d.between(side.FirstData.Time, side.LastData.Time)
	d.Title = fmt.Sprintf("%s sent %.1f %% of its data segments again", c.addr(s), share)
	d.Explanation = fmt.Sprintf("Of the %s of %s, %d had to be sent again: %.1f %%. They were lost on the way, before or after the "+
		"capture point.", count(side.DataSegments, "data segment"), c.side(s), lost, share)
	if c.onOneHost() {
		d.Blame = BlameSide(s.Peer())
		d.Explanation = fmt.Sprintf("Of the %s of %s, %d had to be sent again: %.1f %%. Both ends are one host, where nothing is lost on the "+
			"way: %s did not take them. Its queue was full, or the host's own filter dropped them.", count(side.DataSegments, "data segment"),
			c.side(s), lost, share, c.side(s.Peer()))
		d.Advice = []string{"Look at the host's own counters: nstat -az TcpExtTCPRcvQDrop TcpExtListenOverflows TcpExtTCPBacklogDrop, and at its " +
			"packet filter for the loopback interface."}
	}
	d.note("side", s.String())
	d.note("data_segments", side.DataSegments)
	d.note("retransmitted", lost)
	d.note("spurious", side.Spurious)
	d.note("percent", share)
}
