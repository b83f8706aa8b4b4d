package findings

import (
	"fmt"
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// throughBlackHole is what to do about a path that large segments do not pass.
var throughBlackHole = []string{
	"Let ICMP type 3 code 4, \"fragmentation needed\" (ICMPv6 type 2, \"packet too big\"), through to the sender: firewalls on the " +
		"way and on the host.",
	"On the sender: sysctl -w net.ipv4.tcp_mtu_probing=1 finds the size that passes without ICMP (RFC 4821).",
	"On the router before the narrow link: clamp the MSS (nft: tcp option maxseg size set rt mtu).",
}

// toldInRun gives the first ICMP error that quotes what a side sends in a run of retransmissions,
// be it its first transmission before the peer spoke last.
func (c *Case) toldInRun(s tcp.Side, b *fsm.Backoff) *fsm.Step {
	return c.first(func(st *fsm.Step) bool {
		return st.Kind == tcp.KindICMP && st.From == s && (st.Frame > b.First.Frame || st.Seq == b.Seq)
	})
}

// blackHole says of an unresponsive peer what lies on the way to it: a device that has answered
// with ICMP, or one that only large segments do not pass.
func (c *Case) blackHole(d *draft, s tcp.Side, b *fsm.Backoff, told *fsm.Step) {
	again := c.step(b.Last.Frame)
	switch {
	case again == nil:
	case told != nil && tooBig(told) && again.Frame > told.Frame && tooLargeFor(again, told):
		c.deafToTooBig(d, s, told)
	case told != nil:
		d.Blame = BlamePath
		d.Explanation += fmt.Sprintf(" %s answered \"%s\".", told.ICMPFrom.Netip(), icmpText(told))
		d.note("icmp_from", told.ICMPFrom.Netip().String())
	case c.tooLargeAlone(s, b):
		if intervals(b)[0] == 0 { // the peer has spoken since it was sent first
			d.Blame = BlamePath
		}
		d.Advice = slices.Concat(throughBlackHole, d.Advice[:1], d.Advice[2:])
		d.Explanation += fmt.Sprintf(" No segment as large as this one, of %d bytes, was ever acknowledged to it, though the handshake "+
			"had passed: the path may be too narrow for it, and \"fragmentation needed\" not come back (an MTU black hole).", again.Len)
		d.note("large_lost", again.Len)
	}
}

// tooLargeAlone reports whether all that a side sent again in a run was large, and nothing so large
// was ever acknowledged to it. A small segment among them, as a probe of the tail (RFC 8985 section
// 7.3), would have been answered with a SACK.
func (c *Case) tooLargeAlone(s tcp.Side, b *fsm.Backoff) bool {
	again := c.step(b.Last.Frame)
	return again != nil && again.Len > smallSegment && c.Sides[s].ISNKnown && c.Established.Seen() &&
		b.Seq.Sub(c.Sides[s].ISN+1) < int32(again.Len) && c.first(func(st *fsm.Step) bool {
		return isTCP(st, s, 0, tcp.RST|tcp.SYN) && st.Frame >= b.First.Frame && st.Frame <= b.Last.Frame &&
			st.Notes.Has(fsm.Retransmission) && st.Len <= smallSegment
	}) == nil
}

// resized counts the retransmissions of side s of what a router has just said to be too large, in
// segments of the size that it asked for: that is how the MTU of a path is found (RFC 1191 section
// 6.5), and no loss.
func (c *Case) resized(s tcp.Side) uint64 {
	var told *fsm.Step
	n := uint64(0)
	for i := range c.Steps {
		st := &c.Steps[i]
		switch {
		case st.Kind == tcp.KindICMP && st.From == s && tooBig(st):
			told = st
		case told != nil && st.From == s && st.Notes.Has(fsm.Retransmission) && st.Time-told.Time <= c.RTT+minRTO && !tooLargeFor(st, told):
			n++
		}
	}
	return n
}

// tooBig reports whether an ICMP error is "fragmentation needed" (RFC 1191 section 4) or "packet
// too big" (RFC 8201).
func tooBig(s *fsm.Step) bool {
	if s.ICMPFrom.Netip().Is4() {
		return s.ICMPType == 3 && s.ICMPCode == 4
	}
	return s.ICMPType == 2
}

// tooLargeFor reports whether a segment exceeds the next hop's MTU that an ICMP error says. Old
// routers do not say it.
func tooLargeFor(s, told *fsm.Step) bool {
	headers := uint32(40)
	if !told.ICMPFrom.Netip().Is4() {
		headers = 60
	}
	return told.ICMPMTU == 0 || s.Len+headers > told.ICMPMTU
}

// deafToTooBig tells the story of a sender that goes on with segments that a router has said to be
// too large.
func (c *Case) deafToTooBig(d *draft, s tcp.Side, told *fsm.Step) {
	messages := 0
	for st := range c.all(func(st *fsm.Step) bool { return st.Kind == tcp.KindICMP && st.From == s && tooBig(st) }) {
		d.trigger(st, icmpText(st))
		messages++
	}
	mtu := ""
	if told.ICMPMTU != 0 {
		mtu = fmt.Sprintf(", MTU %d", told.ICMPMTU)
		d.note("mtu", told.ICMPMTU)
	}
	d.Blame = BlamePath
	whether := "the messages do not reach it, or it ignores them"
	if c.Vantage == tcp.NearInitiator && s == tcp.Initiator || c.Vantage == tcp.NearResponder && s == tcp.Responder {
		d.Blame = BlameSide(s)
		whether = "the messages reach its host, where a filter drops them or its TCP ignores them"
	}
	from := told.ICMPFrom.Netip()
	d.Title = fmt.Sprintf("%s goes on sending %s what is too large for the path: \"%s\" from %s%s", c.addr(s), c.addr(s.Peer()),
		tooBigName(told), from, mtu)
	d.Explanation += fmt.Sprintf(" Its segments are too large for the way: %s answered %s with \"%s\"%s. It went on with segments "+
		"of the same size: %s.", from, times(messages), icmpText(told), mtu, whether)
	d.Advice = throughBlackHole
	d.LooksLike = nil
	d.unsure(Likely, "a peer that is gone as well: see whether a smaller segment is answered")
	d.note("icmp_from", from.String())
	d.note("icmp_errors", messages)
}

func tooBigName(s *fsm.Step) string {
	if s.ICMPFrom.Netip().Is4() {
		return "fragmentation needed"
	}
	return "packet too big"
}
