package infer

import "github.com/lastack/lastack/tcp"

// nearby is how far a segment's number may be from the one that the other direction shows: what is
// under way, on a fast path with large windows. Two connections are not so near to each other in
// both numbers, but for one pair in some hundred thousand.
const nearby = 8 << 20

// Fits reports whether a segment can be the first of its direction of the pair's life, of which
// only the other direction has been recorded: its numbers are what that other direction asks for.
// fromB says that it goes from the canonical key's B to its A.
func (p *Pair) Fits(seg *tcp.Segment, fromB bool) bool {
	if !p.begun {
		return false
	}
	from := p.side(fromB)
	if seg.Kind == tcp.KindICMP { // it quotes what the recorded side sent
		sent := &p.flow[from]
		return p.facts[from].Segments > 0 && p.facts[from.Peer()].Segments == 0 && sent.Known &&
			closeBy(seg.Seq, sent.Nxt) && !seg.Seq.After(sent.Nxt)
	}
	peer := from.Peer()
	for i := range p.early {
		if p.early[i].fromB == fromB {
			return false
		}
	}
	if p.facts[from].Segments > 0 || p.facts[peer].Segments == 0 || p.number > 1 {
		return false
	}
	if seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN { // recorded after the SYN,ACK that answers it
		return p.facts[peer].SYNACKs > 0 && p.flow[from].Una == seg.Seq+1
	}
	if !p.flow[from].Known {
		return p.answersSYN(seg, peer)
	}
	return p.fitsAck(seg, peer) && closeBy(seg.Seq, p.flow[from].Una)
}

// fitsAck reports whether a segment acknowledges what the peer has sent. Only a reset may
// acknowledge nothing.
func (p *Pair) fitsAck(seg *tcp.Segment, peer tcp.Side) bool {
	sent := &p.flow[peer]
	switch {
	case !seg.Flags.Has(tcp.ACK):
		return seg.Flags.Has(tcp.RST)
	case !sent.Known:
		return false
	case p.ends[peer].ISSKnown && p.ends[peer].ISS.AtOrAfter(seg.Ack):
		return false
	}
	return closeBy(seg.Ack, sent.Nxt)
}

// answersSYN reports whether a segment answers the SYN of a peer that has acknowledged nothing: its
// number alone has to do, and does so exactly.
func (p *Pair) answersSYN(seg *tcp.Segment, peer tcp.Side) bool {
	return seg.Flags.Has(tcp.ACK) && seg.Flags.Any(tcp.SYN|tcp.RST) && p.ends[peer].ISSKnown &&
		seg.Ack.After(p.ends[peer].ISS) &&
		!seg.Ack.After(p.flow[peer].Nxt)
}

func closeBy(a, b tcp.Seq) bool {
	d := int32(a - b)
	return -nearby < d && d < nearby
}
