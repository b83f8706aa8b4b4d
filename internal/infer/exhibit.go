package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Findings about the capture, and those about segments that were sent again, are proved by segments
// that did nothing unusual themselves when they passed. What proves them is kept all the same, as
// long as it is at hand when it turns out to.

// exhibit keeps the step of a frame for a finding to show, and reports whether it was at hand.
func (p *Pair) exhibit(frame uint64) bool {
	if frame == 0 {
		return false
	}
	if i := p.underWay(frame); i >= 0 {
		p.queue[i].step.Notes |= fsm.Exhibit
		return true
	}
	st := p.known(frame)
	if st != nil {
		p.story.keep(st).Notes |= fsm.Exhibit
	}
	return st != nil
}

// underWay gives the place in the queue of a frame that has not been delivered, -1 if it is not
// there.
func (p *Pair) underWay(frame uint64) int {
	return slices.IndexFunc(p.queue, func(f flight) bool { return f.step.Frame == frame })
}

// showCopy notes which packet a second record is of, if the first one is at hand.
func (p *Pair) showCopy(from tcp.Side, seg *tcp.Segment) {
	if first := p.recordedFirst(from, seg); p.exhibit(first) {
		p.firstCopy, p.copyOf = fsm.Mark{Frame: seg.Frame, Time: seg.Time}, first
		p.dirty = true
	}
}

// recordedFirst gives the frame of the first record of a packet that was recorded twice, 0 if it is
// not at hand.
func (p *Pair) recordedFirst(from tcp.Side, seg *tcp.Segment) uint64 {
	same := func(st *fsm.Step) bool {
		return st.From == from && st.Kind == tcp.KindTCP && st.Seq == seg.Seq &&
			st.Ack == seg.Ack && st.Len == seg.Len && st.Flags == seg.Flags &&
			st.TSval == seg.TSval && st.TSecr == seg.TSecr && st.IPID == seg.IPID
	}
	for i := len(p.queue) - 1; i >= 0; i-- {
		if st := &p.queue[i].step; same(st) {
			return st.Frame
		}
	}
	if last := &p.story.last[from]; last.Frame != 0 && same(last) {
		return last.Frame
	}
	for i := len(p.story.steps) - 1; i >= 0; i-- {
		if st := &p.story.steps[i]; same(st) {
			return st.Frame
		}
	}
	return 0
}

// wentBack counts a record whose time is before that of an earlier one, and reports whether it is
// to show that: the first one does, and then one that went back twice as far, so that they are few.
func (p *Pair) wentBack(m fsm.Mark, by int64) bool {
	p.backInTime++
	p.backMost = max(p.backMost, by)
	if by <= 2*p.back.By {
		return false
	}
	p.back = fsm.Backward{Mark: m, By: by, After: p.last.Frame}
	p.exhibit(p.last.Frame)
	return true
}

// keepFirst keeps the first transmission of what a side sends again: the one that is being timed,
// or the last that the side sent.
func (p *Pair) keepFirst(from tcp.Side, again *tcp.Segment) {
	if s := &p.samples[from]; s.frame != 0 && s.seq == again.Seq && p.underWay(s.frame) < 0 {
		p.timed(from)
	} else if last := &p.story.last[from]; last.Frame != 0 && last.Seq == again.Seq &&
		last.SeqLen() > 0 {
		p.story.keep(last)
	}
}
