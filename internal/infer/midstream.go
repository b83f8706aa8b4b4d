package infer

import "github.com/lastack/lastack/tcp"

// probedBefore takes the word of a receiver about a connection that the capture picked up in its
// middle. Of a side that has sent nothing but bare ACKs, its next number is taken from those. A
// keep-alive probe is such an ACK, but stands one below SND.NXT (RFC 9293 section 3.8.4). The
// receiver that acknowledges one more shows it. Example: the first record is ACK seq 500, and its
// receiver answers with ack 501: the first record was a probe, and the next number is 501. Without
// this, the answer acknowledges what was never sent, and every probe lies outside the window.
func (p *Pair) probedBefore(from tcp.Side, seg *tcp.Segment) {
	prober := from.Peer()
	s, flow, f := &p.ends[prober], &p.flow[prober], &p.facts[prober]
	if p.opening != tcp.OpeningMidStream || s.ISSKnown || !s.SndKnown || !flow.Known ||
		f.DataSegments > 0 || f.FINs > 0 {
		return
	}
	if !seg.Flags.Has(tcp.ACK) || seg.Flags.Any(tcp.SYN|tcp.RST) || seg.Ack != flow.Nxt+1 ||
		flow.Nxt != s.SndNxt {
		return
	}
	if last := &p.story.last[prober]; last.Seq != flow.Nxt {
		return
	}
	flow.Nxt, flow.Una, s.SndNxt = seg.Ack, seg.Ack, seg.Ack
	s.SndUna = tcp.MaxSeq(s.SndUna, seg.Ack)
}
