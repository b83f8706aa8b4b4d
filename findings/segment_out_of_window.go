package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var segmentOutOfWindow = &Rule{
	Code:     "segment-out-of-window",
	Title:    "A segment lay outside the receive window",
	Group:    GroupValidity,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a segment with nothing inside the receive window, answered with an ACK (not a plain retransmission)",
	What:     "A segment came that lies wholly outside what its receiver expects. It was dropped, and answered with an acknowledgment.",
	Why: "A segment is acceptable only if some of it lies in the receive window; any other is dropped and answered with an " +
		"acknowledgment of what is expected (RFC 9293 section 3.10.7.4; tcp_sequence, tcp_send_dupack). A sender that keeps to " +
		"the protocol never sends one, apart from retransmissions and probes: this one is forged, from another connection, or " +
		"from a sender or middlebox that got its numbers wrong.",
	Confirm: []string{
		"on the receiver: nstat -az TcpExtTCPACKSkippedSeq; tracepoint skb:kfree_skb with reason TCP_INVALID_SEQUENCE or TCP_OVERWINDOW",
		"on the sender's host: capture; does this segment leave it, with these numbers?",
	},
	Do: []string{
		"Compare the segment's TTL and IP ID with its sender's others: another origin shows there.",
		"Look for a middlebox that rewrites sequence numbers and lost its state.",
	},
	Misreadings: []string{"The answering ACK is not a sign of loss, though it looks like a duplicate ACK."},
	OtherNames: []string{
		"Wireshark: TCP Previous segment not captured, TCP Spurious Retransmission, TCP Window Full, TCP Dup ACK",
		"Zeek: none; TCP_seq_underflow_or_misorder only when it lies before the first number",
		"Suricata: stream.est_packet_out_of_window",
		"Snort: none; its stream_tcp statistics count invalid_seq_num",
		"kernel: drop reasons TCP_INVALID_SEQUENCE, TCP_OVERWINDOW, TCP_OLD_SEQUENCE",
		"nf_conntrack: SEQ is over the upper bound, in its invalid log",
	},
	LooksLike: []string{
		"a receive window that grew in a segment that the capture lost",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.4"},
	Kernel:  []string{"tcp_sequence", "tcp_send_dupack"},
	Counter: []string{"TcpExtTCPACKSkippedSeq"},
	wholly:  true,
	differs: true,
	needs:   hasDiscard,
	check:   checkSegmentOutOfWindow,
}

// ordinaryOld are the notes of segments that lie outside the window and are meant to.
const ordinaryOld = fsm.Retransmission | fsm.Spurious | fsm.KeepAlive | fsm.KeepAliveAnswer | fsm.WindowProbe |
	fsm.LateOriginal | fsm.PastOwnFIN

// strangeSegment likes a segment outside the window that neither a retransmission nor reordering
// explains.
func (c *Case) strangeSegment(s *fsm.Step) bool {
	if s.Kind != tcp.KindTCP || s.Flags.Any(tcp.SYN|tcp.RST) || s.Verdict != tcp.Discard || s.Reason != tcp.OutOfWindow ||
		!s.Wanted.Known || s.Notes.Any(ordinaryOld) {
		return false
	}
	if s.EndSeq().After(s.Wanted.RcvNxt) { // beyond the right edge
		return c.knowsScale() && !c.tookAfterAll(s) && (c.answer(s) != nil || !c.lossy())
	}
	sender := &c.Sides[s.From]
	return sender.ISNKnown && s.Seq.Before(sender.ISN) // never sent in this life: not late, not sent again
}

// tookAfterAll reports whether the receiver acknowledged a segment that was not sent again: then
// its window was larger than the capture tells, which lost the segment that opened it, or recorded
// it late.
func (c *Case) tookAfterAll(s *fsm.Step) bool {
	return c.Sides[s.From.Peer()].RcvNxt.AtOrAfter(s.EndSeq()) && c.first(func(again *fsm.Step) bool {
		return again.Frame > s.Frame && again.From == s.From && again.Seq.Before(s.EndSeq()) && again.EndSeq().AtOrAfter(s.EndSeq())
	}) == nil
}

// lossy reports whether the capture misses something of the connection, or seems to.
func (c *Case) lossy() bool {
	return c.Sides[0].MissingBytes+c.Sides[1].MissingBytes > 0 || c.first(acksUnsent) != nil
}

// knowsScale reports whether the windows' sizes are known: the scale is in the two SYNs and nowhere
// else.
func (c *Case) knowsScale() bool {
	for i := range c.Sides {
		if s := &c.Sides[i]; s.SYNs == 0 && s.SYNACKs == 0 {
			return false
		}
	}
	return true
}

func checkSegmentOutOfWindow(c *Case) {
	first := c.first(c.strangeSegment)
	if first == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameUnknown
	if c.Sides[0].MissingBytes+c.Sides[1].MissingBytes > 0 {
		d.unsure(Likely)
	}
	n, answered := 0, false
	for s := range c.all(c.strangeSegment) {
		d.trigger(s, "segment outside the window")
		d.context(c.answer(s), "acknowledgment of what is expected")
		answered = answered || c.answer(s) != nil
		n++
	}
	if !answered {
		d.unsure(Possible, "a segment that was taken: the capture lost what had opened the window, or what came between")
	}
	off := first.Seq.Sub(first.Wanted.RcvNxt)
	d.Title = fmt.Sprintf("%s refused a segment outside its receive window", c.addr(first.From.Peer()))
	d.Explanation = fmt.Sprintf("%s in the name of %s came with number %s, but %s expected %s and took up to %d bytes from there: it "+
		"is %s. It was dropped.", upper(segmentText(first)), c.side(first.From), c.seq(first.From, first.Seq),
		c.addr(first.From.Peer()), c.seq(first.From, first.Wanted.RcvNxt), first.Wanted.RcvWnd, offText(off, first.Wanted.RcvWnd))
	d.note("count", n)
	d.note("seq", uint32(first.Seq))
	d.note("rcv_nxt", uint32(first.Wanted.RcvNxt))
	d.note("rcv_wnd", first.Wanted.RcvWnd)
}
