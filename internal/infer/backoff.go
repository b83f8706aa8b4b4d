package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// countBackoff follows a run of retransmissions during which the peer is silent.
func (p *Pair) countBackoff(from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	p.heard(from.Peer(), step, m)
	if seg.Flags.Has(tcp.RST) || seg.SeqLen() == 0 || step.Notes.Any(fsm.KeepAlive|fsm.NewSYN) {
		return
	}
	if !step.Notes.Has(fsm.Retransmission) {
		p.ends[from].FreshAt = m
		return
	}
	b := &p.extra().backoff[from]
	bareFIN := seg.Len == 0 && seg.Flags.Has(tcp.FIN)
	if b.Heard.Seen() || b.Count == 0 {
		first := p.firstSent(from, m)
		if first.Time < p.facts[from.Peer()].Last.Time || p.silently(first.Frame) {
			first = m // sent before the peer spoke last; or nothing that it would have answered
		}
		timeout, again := int64(0), b.Count > 0 && b.Seq == seg.Seq
		if again {
			timeout = max(b.Timeout, m.Time-b.Last.Time)
		}
		*b = fsm.Backoff{Seq: seg.Seq, First: first, Last: first, FIN: true, Timeout: timeout,
			Again: again}
	}
	b.FIN = b.FIN && bareFIN
	if seg.Seq.Before(b.Seq) { // a probe of the tail came first
		b.Seq = seg.Seq
	}
	if int(b.Count) < len(b.Intervals) {
		b.Intervals[b.Count] = m.Time - b.Last.Time
	}
	switch b.Count {
	case 0:
		b.Since = b.First.Time
	case b.Quiet:
		b.Since = m.Time
	}
	b.Timeout = max(b.Timeout, m.Time-b.Last.Time)
	b.Count++
	b.Last = m
}

// heard ends a side's run of retransmissions: its peer said something.
func (p *Pair) heard(side tcp.Side, step *fsm.Step, m fsm.Mark) {
	b := p.peek().backoff[side]
	if b.Count == 0 || b.Heard.Seen() {
		return
	}
	x := p.extras
	x.backoff[side].Heard = m
	if longest := &x.longest[side]; b.Last.Since(b.First) > longest.Last.Since(longest.First) {
		*longest = x.backoff[side]
		p.exhibit(longest.First.Frame)
		p.exhibit(longest.Last.Frame)
		step.Notes |= fsm.Exhibit
	}
}

// firstSent gives the first transmission of what a segment repeats: known for the newest data, else
// the newest data stands for it.
func (p *Pair) firstSent(from tcp.Side, m fsm.Mark) fsm.Mark {
	if s := &p.ends[from]; s.FreshAt.Seen() {
		return s.FreshAt
	}
	return m
}

// countProbes follows a run of keep-alive probes and its answer.
func (p *Pair) countProbes(from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	if step.Notes.Has(fsm.KeepAlive) {
		k := &p.extra().keep[from]
		if k.Count == 0 {
			k.First = m
			k.IdleBefore = m.Time - p.last.Time
		} else {
			k.Interval = m.Time - k.Last.Time
		}
		k.Count++
		k.Last = m
		return
	}
	if !p.hasExtras || seg.Flags.Has(tcp.RST) {
		return
	}
	keep := &p.extras.keep
	keep[from] = fsm.Probes{}
	if keep[from.Peer()].Count > 0 {
		if seg.SeqLen() == 0 && seg.Flags.Has(tcp.ACK) {
			step.Notes |= fsm.KeepAliveAnswer
		}
		keep[from.Peer()] = fsm.Probes{}
	}
}
