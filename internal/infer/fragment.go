package infer

import "github.com/lastack/lastack/tcp"

// fragment is the first fragment of a segment that IP has cut up (RFC 791 section 3.2, RFC 8200
// section 4.5): it has the header and some of the data, and the rest of the data is in fragments
// without a header. How long the segment is shows in what comes after.
type fragment struct {
	on    bool
	frame uint64
	end   tcp.Seq // after what the first fragment carries, which is all that was seen of its sender
}

// maxPacket is the longest IP packet, bytes: no segment is longer.
const maxPacket = 1<<16 - 1

// noteFragment remembers the first fragment of a segment that goes beyond all that its sender sent
// before.
func (p *Pair) noteFragment(from tcp.Side, seg *tcp.Segment) {
	if seg.Cut&tcp.CutFragment != 0 && seg.Len > 0 && !seg.Flags.Any(tcp.SYN|tcp.RST) &&
		seg.EndSeq() == p.flow[from].Nxt {
		p.extra().fragment[from] = fragment{on: true, frame: seg.Frame, end: seg.EndSeq()}
	}
}

// growFragments: what a side sends next, and what its peer acknowledges, tells how long the segment
// was.
func (p *Pair) growFragments(from tcp.Side, seg *tcp.Segment) {
	if !p.hasExtras || seg.Flags.Any(tcp.SYN|tcp.RST) {
		return
	}
	p.growFragment(from, seg.Seq)
	if seg.Flags.Has(tcp.ACK) {
		p.growFragment(from.Peer(), seg.Ack)
	}
}

// growFragment lets a side's segment that was cut up end at a number, if that lies beyond what was
// seen of the side, and not too far.
func (p *Pair) growFragment(from tcp.Side, end tcp.Seq) {
	f, flow := &p.extras.fragment[from], &p.flow[from]
	rest := uint32(end - f.end)
	if !f.on || flow.Nxt != f.end || !end.After(f.end) || rest > maxPacket {
		return
	}
	f.on = false
	s, r := &p.ends[from], &p.ends[from.Peer()]
	flow.Nxt, s.SndNxt = end, tcp.MaxSeq(s.SndNxt, end)
	p.facts[from].Bytes += uint64(rest)
	if s.FINSent && s.FINSeq+1 == f.end {
		s.FINSeq = end - 1
	}
	if r.FINKnown && r.FINAt+1 == f.end {
		r.FINAt = end - 1
	}
	if r.RcvKnown && r.RcvNxt == f.end {
		p.ends[from.Peer()].Advance(end)
	}
	for i := range p.queue {
		if q := &p.queue[i]; q.step.Frame == f.frame {
			q.seg.Len += rest
		}
	}
}
