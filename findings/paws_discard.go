package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var pawsDiscard = &Rule{
	Code:     "paws-discard",
	Title:    "A segment was discarded for its old timestamp",
	Group:    GroupTimestamps,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a TSval older than TS.Recent: discarded (PAWS); a late original of a retransmitted segment is harmless and a notice",
	What: "A segment's timestamp was older than the newest one that its receiver had accepted, so the receiver took it for an old " +
		"duplicate, dropped it and acknowledged what it had.",
	Why: "PAWS protects against wrapped sequence numbers (RFC 7323 section 5.3; tcp_paws_discard): timestamps of one side never " +
		"go back within a connection. A late original whose retransmission came first is dropped so without any harm. New " +
		"data that is dropped so means that the sender's clock value went back: another host behind the same address, a " +
		"middlebox that rewrites timestamps, or a forged segment.",
	Confirm: []string{
		"on the receiver: nstat -az TcpExtPAWSEstab TcpExtPAWSTimewait TcpExtTCPACKSkippedPAWS",
		"on both: sysctl net.ipv4.tcp_timestamps; capture at the sender and compare the TSval",
	},
	Do: []string{
		"A harmless late original: nothing; look for reordering if there are many.",
		"If new data was dropped, compare the TSval at both ends of the path to find what changes it.",
	},
	Misreadings: []string{
		"The answering ACK looks like a duplicate ACK, but nothing was lost on the network.",
		"Turning timestamps off gives up round trip measurement and PAWS, and hides the cause.",
	},
	OtherNames: []string{
		"Wireshark: TCP Dup ACK, TCP Out-Of-Order",
		"Zeek: none",
		"Suricata: stream.pkt_invalid_timestamp",
		"Snort: 129:4 TCP timestamp is outside of PAWS window",
		"kernel: TcpExtPAWSEstab, drop reason TCP_RFC7323_PAWS",
	},
	LooksLike: []string{"a timestamp that a segment which the capture lost had already moved on"},
	RFC:       []string{"RFC 7323 section 5.3"},
	Kernel:    []string{"tcp_validate_incoming", "tcp_paws_discard", "tcp_disordered_ack"},
	Sysctl:    []string{"net.ipv4.tcp_timestamps"},
	Counter:   []string{"TcpExtPAWSEstab", "TcpExtTCPACKSkippedPAWS"},
	Absorbs:   []string{"segment-out-of-window", "challenge-ack"},
	wholly:    true,
	differs:   true,
	needs:     hasPAWS | hasDiscard,
	check:     checkPawsDiscard,
}

// pawsRefused likes a segment other than a SYN that PAWS dropped.
func pawsRefused(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Verdict == tcp.Discard && s.Reason == tcp.PAWS && !s.Flags.Has(tcp.SYN)
}

// harmlessPAWS reports whether the receiver lost nothing by dropping s: it already had all of it.
func harmlessPAWS(s *fsm.Step) bool {
	return s.Len == 0 && !s.Flags.Has(tcp.FIN) || s.Wanted.Known && s.EndSeq().AtOrBefore(s.Wanted.RcvNxt)
}

// maybeInOrder reports whether s may have come before the segment that moved TS.Recent on, and have
// been recorded after it: its timestamp, at a tick a millisecond, is not much older, or the network
// may have held both up and they were recorded together.
func (c *Case) maybeInOrder(s *fsm.Step) bool {
	const heldUp = 200
	behind := int32(s.Wanted.TSRecent - s.TSval)
	newer := func(n *fsm.Step) bool { return justNewer(n, s) }
	return behind <= recordsApart/1e6 || behind <= heldUp && c.first(newer) != nil
}

// justNewer reports whether n moved TS.Recent on, and stands so shortly before s that the records of
// the two may be in the wrong order.
func justNewer(n, s *fsm.Step) bool {
	return n.From == s.From && n.Frame < s.Frame && n.TSval == s.Wanted.TSRecent &&
		s.Time-n.Time <= recordsApart
}

// swapped reports whether s was sent before the segment that moved TS.Recent on, and stands right
// after it in the capture: its sender counts its packets. Two queues of a card do that; a bare ACK
// that is dropped for it, if it is at all, is of no use by then.
func (c *Case) swapped(s *fsm.Step) bool {
	return c.first(func(n *fsm.Step) bool {
		before, counted := tcp.CountedBefore(s.IPID, n.IPID)
		return justNewer(n, s) && n.IPID != 0 && before && counted
	}) != nil
}

func checkPawsDiscard(c *Case) {
	firePAWS(c, false)
	firePAWS(c, true)
}

func firePAWS(c *Case, harmless bool) {
	first := c.first(func(s *fsm.Step) bool { return pawsRefused(s) && harmlessPAWS(s) == harmless })
	if first == nil {
		return
	}
	d := c.fire()
	n := 0
	for i := range c.Steps {
		s := &c.Steps[i]
		if pawsRefused(s) && harmlessPAWS(s) == harmless {
			d.trigger(s, "segment with an old timestamp")
			d.context(c.answer(s), "acknowledgment")
			n++
		}
	}
	d.Blame, d.Severity = BlamePath, Notice
	d.Advice = d.Rule.Do[:1]
	after := "It already had all of that segment: it was late, and nothing was lost."
	if !harmless {
		d.Blame, d.Severity = BlameSide(first.From), Warning
		d.Advice = d.Rule.Do[1:]
		after = "What it carried was new and was not taken."
	}
	behind := first.Wanted.TSRecent - first.TSval
	if c.maybeInOrder(first) || c.soonAfterFormer(first) {
		d.unsure(Possible, recordedLate)
		d.Blame = BlameUnknown
	}
	if harmless && c.swapped(first) {
		d.Severity = Info
	}
	d.Title = fmt.Sprintf("%s dropped %s of %s: its timestamp is %d too old", c.addr(first.From.Peer()), segmentText(first),
		c.addr(first.From), behind)
	d.Explanation = fmt.Sprintf("%s sent a segment with timestamp %d, but %s had already seen %d and dropped it in %s. %s",
		upper(c.side(first.From)), first.TSval, c.addr(first.From.Peer()), first.Wanted.TSRecent, first.ReceiverBefore, after)
	d.note("count", n)
	d.note("harmless", harmless)
	d.note("state", first.ReceiverBefore.String())
	d.note("tsval", first.TSval)
	d.note("ts_recent", first.Wanted.TSRecent)
}
