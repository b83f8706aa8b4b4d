package fsm

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// sample times one segment of a side until its acknowledgment passes: the way from the capture point to the other side and back, and
// however long that side thought about it.
type sample struct {
	end  tcp.Seq
	time int64
	on   bool
}

// startSample times a segment of new data, if none is being timed. A retransmission spoils the one that is (Karn's rule, RFC 6298
// section 3).
func (p *Pair) startSample(from tcp.Side, seg *tcp.Segment, place reassembly.Placement) {
	s := &p.samples[from]
	switch {
	case place.Again > 0 || place.Filled > 0:
		s.on = false
	case place.New > 0 && !s.on:
		*s = sample{end: seg.EndSeq(), time: seg.Time, on: true}
	}
}

// endSample takes the measured way to an acknowledging side, if it is the shortest so far.
func (p *Pair) endSample(acker tcp.Side, seg *tcp.Segment) {
	s := &p.samples[acker.Peer()]
	if !s.on || seg.Ack.Before(s.end) {
		return
	}
	s.on = false
	if d := seg.Time - s.time; d >= 0 && (p.way[acker] == 0 || d < p.way[acker]) {
		p.way[acker] = d
		if p.lag[acker] > d {
			p.lag[acker] = d
		}
	}
}
