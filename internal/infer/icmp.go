package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// icmp takes an ICMP error in that quotes a segment of this connection. fromB says which way the
// quoted segment went.
func (p *Pair) icmp(env *Env, seg *tcp.Segment, fromB bool) {
	if !p.begun {
		return
	}
	from := p.side(fromB) // the sender of the quoted segment, and so the receiver of the error
	e := &p.ends[from]
	p.icmpErrors++
	step := fsm.Step{Time: seg.Time, Frame: seg.Frame, Seq: seg.Seq, From: from, Kind: tcp.KindICMP,
		ICMPType: seg.ICMPType,
		ICMPCode: seg.ICMPCode, ICMPMTU: seg.ICMPMTU, ICMPFrom: seg.ICMPFrom, SenderBefore: e.State, TTL: seg.TTL,
		ReceiverBefore: p.ends[from.Peer()].State, ReceiverAfter: p.ends[from.Peer()].State, Verdict: tcp.Accept}
	m := fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	// tcp_v4_err and tcp_v6_err: an unreachable that quotes the SYN ends SYN-SENT at once (the
	// kernel's RFC 1122 section 4.2.3.9 with no soft errors there); in a synchronized state it is
	// only remembered.
	if e.State == tcp.SynSent && unreachable(seg) && (!e.ISSKnown || seg.Seq == e.ISS) {
		p.opening = tcp.Unreachable
		p.move(from, fsm.RcvRST, m, tcp.Inferred, fsm.ReceivedICMP)
	}
	step.SenderAfter = e.State
	if seg.Time >= p.latest {
		p.keepTime(seg)
	}
	p.commitICMP(env, &step)
}

// commitICMP keeps the step without making it the side's last segment.
func (p *Pair) commitICMP(_ *Env, step *fsm.Step) {
	p.story.add(step)
	p.dirty = true
}

// unreachable reports whether an ICMP error ends a connection attempt. For IPv4 (tcp_v4_err):
// destination unreachable of any code but fragmentation needed, time exceeded, parameter problem
// (RFC 792). For IPv6 (tcp_v6_err): all errors but packet too big (RFC 4443).
func unreachable(seg *tcp.Segment) bool {
	if seg.IPv6 {
		return seg.ICMPType != 2
	}
	return seg.ICMPType == 3 && seg.ICMPCode != 4 || seg.ICMPType == 11 || seg.ICMPType == 12
}
