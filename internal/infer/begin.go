package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// begin starts the pair's first life with its first segment.
func (p *Pair) begin(env *Env, seg *tcp.Segment, fromB bool) {
	senderInits, how := direction(env, seg)
	p.start(env, seg, senderInits != fromB, how, 1)
}

// start starts a life. What the first segment proves is set by send and deliver.
func (p *Pair) start(env *Env, seg *tcp.Segment, aIsInit bool, how tcp.DirectionSource,
	number uint32) {
	p.begun = true
	p.aIsInit = aIsInit
	p.number = number
	p.direction = how
	if p.id == 0 {
		p.id = env.NextID()
	}
	p.tuple = seg.Tuple()
	if p.senderIsResponder(seg) {
		p.tuple = p.tuple.Reverse()
	}
	p.stack = [2]fsm.Stack{env.Stacks.Of(p.tuple.Src), env.Stacks.Of(p.tuple.Dst)}
	p.latest = seg.Time
	p.first = fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	p.story.clear()
	p.dirty = true
	if how == tcp.DirectionFromSYN {
		p.ends[tcp.Initiator].State = tcp.Closed
		p.ends[tcp.Responder].State = tcp.Listen
		p.opening = tcp.Unanswered
	}
}

// senderIsResponder reports whether a segment goes from the responder, by the key's order.
func (p *Pair) senderIsResponder(seg *tcp.Segment) bool {
	_, fromB := reassembly.KeyOf(seg)
	return p.side(fromB) == tcp.Responder
}

// direction says whether a segment's sender is the initiator, and how that is known.
func direction(env *Env, seg *tcp.Segment) (senderInits bool, how tcp.DirectionSource) {
	switch {
	case seg.Flags.Has(tcp.SYN | tcp.ACK):
		return false, tcp.DirectionFromSYNACK
	case seg.Flags.Has(tcp.SYN):
		return true, tcp.DirectionFromSYN
	}
	if env.Listens != nil {
		toListener := env.Listens(seg.Dst, seg.DstPort, seg.Frame)
		fromListener := env.Listens(seg.Src, seg.SrcPort, seg.Frame)
		if toListener != fromListener {
			return toListener, tcp.DirectionFromPort
		}
	}
	if s, d := service(seg.SrcPort), service(seg.DstPort); s != d {
		return d, tcp.DirectionFromPort
	}
	if seg.SrcPort != seg.DstPort {
		return seg.SrcPort > seg.DstPort, tcp.DirectionFromPort
	}
	return true, tcp.DirectionFromFirst
}

// service reports whether a port is one that servers listen on by custom: below every system's
// ephemeral range (RFC 6335 section 6 calls 0–1023 system ports and 1024–49151 user ports; Linux
// takes ephemeral ports from 32768 on).
func service(port uint16) bool { return port < 32768 }

// reset makes the pair ready for another life, keeping allocated memory.
func (p *Pair) reset() {
	queue, story, extras := p.queue[:0], p.story, p.extras
	o0, o1 := p.ends[0].OutOfOrder[:0], p.ends[1].OutOfOrder[:0]
	h0, h1 := p.flow[0].Holes[:0], p.flow[1].Holes[:0]
	*p = Pair{queue: queue, story: story, extras: extras, expect: p.expect, unacked: p.unacked,
		early: p.early, releasing: p.releasing}
	p.ends[0].OutOfOrder, p.ends[1].OutOfOrder = o0, o1
	p.flow[0].Holes, p.flow[1].Holes = h0, h1
	for i := range p.expect {
		p.expect[i].clear()
		p.unacked[i].clear()
	}
}

// NewPair makes a pair with room for a short connection.
func NewPair() *Pair {
	return &Pair{story: story{steps: make([]fsm.Step, 0, 16), transitions: make([]fsm.Transition, 0, 12)}}
}

// Reset makes a used pair ready for another four-tuple.
func (p *Pair) Reset() {
	p.early = p.early[:0]
	p.reset()
}
