package infer

import (
	"slices"

	"github.com/lastack/lastack/tcp"
)

// Records of the two directions may be in the wrong order: a mirror port or two receive queues
// write one direction late. An ACK then stands before what it acknowledges. Such a segment is held
// until that turns up, and what came between with it, and they are taken in the order in which they
// can have been sent. If it does not turn up soon they are taken as they were recorded.

// earlySegment is one that waits for what should have been recorded before it.
type earlySegment struct {
	seg   tcp.Segment
	fromB bool
}

const (
	// maxEarly bounds the segments of one pair that are held.
	maxEarly = 64
	// keptEarly is for how many of them memory is kept.
	keptEarly = 8
)

// hold keeps a segment, and takes in what need not wait.
func (p *Pair) hold(env *Env, seg *tcp.Segment, fromB bool) {
	p.steadiness = steadyUnknown
	if env.Ring != nil && seg.Kind == tcp.KindTCP {
		env.Ring.Reserve(p, seg.Frame, seg.Time)
		env.Ring.Await(seg.Frame)
	}
	p.early = append(p.early, earlySegment{*seg, fromB})
	p.release(env, seg.Time)
}

// release takes in the held segments that need not wait any longer at a time, in ns.
func (p *Pair) release(env *Env, now int64) {
	if p.releasing || len(p.early) == 0 {
		return
	}
	p.releasing = true
	for len(p.early) > 0 {
		i := p.nextEarly(env, now)
		if i < 0 {
			break
		}
		if i > 0 {
			p.disordered++
		}
		h := p.early[i]
		p.early = slices.Delete(p.early, i, i+1)
		env.Ring.fill(p, h.seg.Frame, func() { p.observe(env, &h.seg, h.fromB) })
	}
	p.releasing = false
	if len(p.early) == 0 && cap(p.early) > keptEarly {
		p.early = nil
	}
}

// nextEarly gives the place of the held segment that is to be taken in next, -1 if none is.
func (p *Pair) nextEarly(env *Env, now int64) int {
	first := &p.early[0]
	if !p.premature(&first.seg, first.fromB) {
		return 0
	}
	other, explained, late := -1, false, int64(disorder)
	for i := range p.early {
		h := &p.early[i]
		if h.fromB == first.fromB {
			continue
		}
		if other < 0 {
			other = i
		}
		if r := &h.seg; !explained && r.Flags&(tcp.RST|tcp.ACK) == tcp.RST &&
			r.Seq == first.seg.Ack {
			// it is refused (tcp_v4_send_reset), before what its sender sends next: one direction's
			// records are in order
			return 0
		}
		if !explained && p.asksFor(env, &first.seg, &h.seg, h.fromB) {
			return 0 // it is challenged, as above
		}
		if !explained && h.seg.Kind == tcp.KindTCP && acknowledgedBefore(first.seg.Seq, &h.seg) {
			return 0 // its sender had not seen what came before what it acknowledges
		}
		// of a FIN, or of one more than was sent: the number proves little
		if first.seg.Ack == p.flow[p.side(h.fromB)].Nxt+1 {
			late = min(late, p.lateAtMost(&h.seg, h.fromB))
		}
		explained = explained || h.seg.Time-first.seg.Time <= late &&
			p.acknowledges(&first.seg, &h.seg, h.fromB)
	}
	switch {
	case explained && !p.premature(&p.early[other].seg, p.early[other].fromB):
		return other
	case explained, len(p.early) >= maxEarly, now-first.seg.Time > disorder:
		return 0
	}
	return -1
}

// premature reports whether a segment acknowledges what its receiver was not seen to send, though
// the capture is not known to miss any of that.
func (p *Pair) premature(seg *tcp.Segment, fromB bool) bool {
	if !p.begun || seg.Flags&(tcp.ACK|tcp.SYN|tcp.RST) != tcp.ACK || seg.Kind != tcp.KindTCP {
		return false
	}
	from := p.side(fromB)
	s, flow := &p.ends[from], &p.flow[from.Peer()]
	if flow.Known && !seg.Ack.After(flow.Nxt) || p.opening == tcp.OpeningMidStream || s.Former ||
		p.peek().attempt.on ||
		p.facts[0].MissingBytes+p.facts[1].MissingBytes > 0 || over(s.State) &&
		s.State != tcp.TimeWait {
		return false
	}
	return flow.Known || s.State == tcp.SynSent
}

// asksFor reports whether first, an ACK of what was not seen to be sent, made its receiver say the
// same again: a stack repeats its ACK only when it is asked to (RFC 9293 section 3.10.7.4, fourth
// and fifth), and nothing else did. Then first had come before its receiver sent on.
func (p *Pair) asksFor(env *Env, first, again *tcp.Segment, fromB bool) bool {
	from := p.side(fromB)
	return p.saysAgain(env, from, again) && len(p.expect[from].list)+len(p.queue) == 0 &&
		!p.tooSoon(from, again, first.Time)
}

// acknowledges reports whether a segment recorded before another may be the ACK of it: of all of
// it, or, where the capture has several segments as one, of some of those; and with an echo of its
// timestamp if there was nothing else to echo.
func (p *Pair) acknowledges(ack, seg *tcp.Segment, fromB bool) bool {
	from := p.side(fromB)
	flow := &p.flow[from]
	b := beyond{seq: ack.Seq, ack: ack.Ack, echo: ack.TSecr, echoes: ack.Has(tcp.OptTimestamps),
		una: flow.Una, nxt: flow.Nxt}
	return seg.Kind == tcp.KindTCP && !seg.Flags.Has(tcp.RST) && p.explains(from, seg, &b)
}

// lateAtMost gives how late a side's records can be, ns, as one shows that acknowledges all that
// its peer had sent before: it was not sent before that was recorded.
func (p *Pair) lateAtMost(seg *tcp.Segment, fromB bool) int64 {
	const slack = 1_000_000 // which records of one direction may differ in
	peer := p.side(fromB).Peer()
	sent := p.ends[peer].FreshAt
	if !sent.Seen() || seg.Flags&(tcp.ACK|tcp.SYN|tcp.RST) != tcp.ACK ||
		seg.Ack != p.flow[peer].Nxt {
		return disorder
	}
	return seg.Time - sent.Time + slack
}
