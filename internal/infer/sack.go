package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// dsack gives the block of a duplicate SACK: the first block, when it lies below the ACK or inside
// the second one (RFC 2883 section 4). It says that its sender received those bytes a second time.
func dsack(seg *tcp.Segment) (tcp.SACKBlock, bool) {
	if seg.SACKCount == 0 || !seg.Flags.Has(tcp.ACK) {
		return tcp.SACKBlock{}, false
	}
	b := seg.SACK[0]
	if b.Right.AtOrBefore(seg.Ack) {
		return b, true
	}
	if seg.SACKCount > 1 {
		outer := seg.SACK[1]
		return b, outer.Left.AtOrBefore(b.Left) && b.Right.AtOrBefore(outer.Right)
	}
	return tcp.SACKBlock{}, false
}

// settleSACK learns from selective acknowledgments which segments reached their sender: one
// received twice was a duplicate there, and what lies between the ACK and the blocks was lost
// beyond the capture point.
func (p *Pair) settleSACK(env *Env, from tcp.Side, seg *tcp.Segment) {
	if b, ok := dsack(seg); ok {
		p.receivedTwice(env, from, seg, b)
		return
	}
	if !p.holeShown(from, seg) {
		return
	}
	p.resetBelow(env, from, seg.Ack)
	if p.lag[from] < minLag {
		return
	}
	low := seg.SACK[0].Left
	for _, b := range seg.SACK[:seg.SACKCount] {
		if b.Left.Before(low) {
			low = b.Left
		}
		p.assume(env, SelectivelyAcked, dataTo(from, seg.Time, b.Left, b.Right), func(st *fsm.Step) {
			if st.Verdict == tcp.Accept && st.Len > 0 {
				st.Verdict, st.Reason = tcp.Queue, tcp.OutOfOrder
				st.Notes |= fsm.ReceiverLags
			}
		})
	}
	p.extra().hole[from] = tcp.Range{From: seg.Ack, To: low}
}

// resetBelow: a side says that it waits for what stands in a hole. What came out of order it had
// acknowledged at once (RFC 5681 section 4.2), so that a RST below the hole which followed that was
// outside its window (tcp_sequence: rcv_wup), and gets no challenge.
func (p *Pair) resetBelow(env *Env, side tcp.Side, hole tcp.Seq) {
	x, first := &p.expect[side], int64(0)
	x.list = slices.DeleteFunc(x.list, func(e expectation) bool {
		st := p.known(e.frame)
		if e.response != tcp.RespondChallengeAck || st == nil || !notExactBelow(st, hole) {
			return false
		}
		if first == 0 {
			first = e.time
		}
		return true
	})
	if first == 0 {
		return
	}
	p.assume(env, SelectivelyAcked, allTo(side, first), func(st *fsm.Step) {
		if notExactBelow(st, hole) {
			st.Reason, st.Response = tcp.OutOfWindow, tcp.RespondNone
		}
	})
}

// notExactBelow reports whether a RST was refused for its number only, and ends below another
// number.
func notExactBelow(s *fsm.Step, seq tcp.Seq) bool {
	return s.Verdict == tcp.Discard && s.Reason == tcp.RstNotExact && s.AnsweredBy == 0 &&
		s.EndSeq().Before(seq)
}

// receivedTwice: a side reports that it received some bytes a second time. If the first
// transmission had been taken for lost, it was only late, and is what came second; else the
// retransmission is.
func (p *Pair) receivedTwice(env *Env, from tcp.Side, seg *tcp.Segment, b tcp.SACKBlock) {
	if p.duplicateWaits(from, seg, b) {
		return
	}
	repeat := p.repeats(from, b)
	// a part of it had come before
	partly := repeat != nil && !exactly(repeat, b) || p.overlapped(from, seg, b)
	if !p.lateAmong(env, p.kept(), from, seg, b) && !p.firstCameLast(env, p.kept(), from, seg, b) &&
		!partly {
		p.countSpurious(from, b)
		p.twiceAmong(env, p.kept(), from, seg, b, repeat)
	}
	if ring, ok := p.held(env); ok && !p.lateAmong(env, ring, from, seg, b) &&
		!p.firstCameLast(env, ring, from, seg, b) && !partly {
		p.twiceAmong(env, ring, from, seg, b, repeat)
	}
}

// firstCameLast decides which of two transmissions was the one that came a second time: the first,
// if the repetition was taken, which shows in its timestamp, that became TS.Recent (RFC 7323
// section 4.3). But the last segment of all changes TS.Recent even when it comes again
// (tcp_sequence). It reports whether it was the first.
func (p *Pair) firstCameLast(env *Env, among view, to tcp.Side, seg *tcp.Segment,
	b tcp.SACKBlock) (came bool) {
	if !seg.Has(tcp.OptTimestamps) {
		return false
	}
	var again fsm.Step
	among.inRange(to, seg.Time, b.Left, b.Right, func(st *fsm.Step) {
		if st.Notes.Has(fsm.Retransmission) && exactly(st, b) && st.Frame > again.Frame {
			again = *st
		}
	})
	if again.Frame == 0 || again.Verdict != tcp.Accept && again.Verdict != tcp.Queue ||
		again.TSval != seg.TSecr {
		return false
	}
	beyond := false
	among.inRange(to, seg.Time, b.Right, b.Right+fsm.LargestWindow, func(st *fsm.Step) {
		beyond = beyond ||
			st.Frame < again.Frame
	})
	among.inRange(to, seg.Time, b.Left, b.Right, func(st *fsm.Step) {
		if beyond && exactly(st, b) && st.Frame < again.Frame && (st.Verdict == tcp.Accept ||
			st.Verdict == tcp.Queue) &&
			tcp.TSBefore(st.TSval, again.TSval) {
			came = true
			p.decide(env, WhichTransmission, st, func(st *fsm.Step) {
				p.refuseLate(to, st)
				st.AnsweredBy = seg.Frame
			})
		}
	})
	return came
}

// refuseLate makes a step one that came to a side when it had all of it.
func (p *Pair) refuseLate(to tcp.Side, st *fsm.Step) {
	st.Notes = st.Notes&^fsm.Lost | fsm.ReceiverLags
	st.Verdict, st.Reason, st.Response = tcp.Duplicate, tcp.OldData, tcp.RespondAck
	if r := &p.ends[to]; r.TSKnown && st.Options&tcp.OptTimestamps != 0 &&
		int32(r.TSRecent-st.TSval) > p.profile(to).PAWSSlack {
		st.Verdict, st.Reason = tcp.Discard, tcp.PAWS
	}
}

// lateAmong reports whether a block that came twice at a side had been taken for lost, and takes
// that back: it was late, and too late.
func (p *Pair) lateAmong(env *Env, among view, to tcp.Side, seg *tcp.Segment,
	b tcp.SACKBlock) (late bool) {
	among.inRange(to, seg.Time, b.Left, b.Right, func(st *fsm.Step) {
		if !st.Notes.Has(fsm.Lost) || st.Notes.Has(fsm.Retransmission) {
			return
		}
		late = true
		p.decide(env, WhichTransmission, st, func(st *fsm.Step) {
			p.refuseLate(to, st)
			st.AnsweredBy = seg.Frame
		})
	})
	return late
}

// twiceAmong: the retransmission of a block is what came twice at a side; repeat, if it is known.
func (p *Pair) twiceAmong(env *Env, among view, to tcp.Side, seg *tcp.Segment, b tcp.SACKBlock,
	repeat *fsm.Step) {
	among.inRange(to, seg.Time, b.Left, b.Right, func(st *fsm.Step) {
		if st.Verdict == tcp.Accept && st.Notes.Has(fsm.Retransmission) && !st.Flags.Has(tcp.SYN) &&
			(repeat == nil || st.Frame == repeat.Frame) {
			p.decide(env, WhichTransmission, st, func(st *fsm.Step) {
				st.Verdict, st.Reason, st.Response = tcp.Duplicate, tcp.OldData, tcp.RespondAck
				st.Notes |= fsm.Spurious | fsm.ReceiverLags
				st.AnsweredBy = seg.Frame
			})
		}
	})
}

// covers reports whether a block lies within a segment, and exactly whether it is the segment's.
func covers(st *fsm.Step, b tcp.SACKBlock) bool {
	return st.Seq.AtOrBefore(b.Left) && st.EndSeq().AtOrAfter(b.Right)
}

func exactly(st *fsm.Step, b tcp.SACKBlock) bool { return st.Seq == b.Left && st.EndSeq() == b.Right }

// repeats gives the newest segment to a near side that holds a block, which is the one that came
// twice; nil if the side is far, so that newer ones may be under way.
func (p *Pair) repeats(to tcp.Side, b tcp.SACKBlock) *fsm.Step {
	if p.lag[to] >= minLag {
		return nil
	}
	holds := func(st *fsm.Step) bool {
		return st.From != to && st.SeqLen() > 0 && !st.Flags.Any(tcp.SYN|tcp.RST) && covers(st, b)
	}
	if last := &p.story.last[to.Peer()]; holds(last) {
		return last
	}
	for i := len(p.story.steps) - 1; i >= 0; i-- {
		if st := &p.story.steps[i]; holds(st) {
			return st
		}
	}
	return nil
}

// overlapped reports whether an ACK is the first of a segment of which the block is a part: that
// part had come before (RFC 2883 section 4).
func (p *Pair) overlapped(to tcp.Side, ack *tcp.Segment, b tcp.SACKBlock) bool {
	st := &p.story.last[to.Peer()]
	return st.SeqLen() > 0 && covers(st, b) && !exactly(st, b) && st.EndSeq().AtOrBefore(ack.Ack) &&
		st.EndSeq().After(p.ends[to].RcvWup)
}

// duplicateWaits reports whether a segment that was judged a duplicate at a side, or too old,
// explains its report and has not been answered yet.
func (p *Pair) duplicateWaits(to tcp.Side, seg *tcp.Segment, b tcp.SACKBlock) bool {
	waits := func(st *fsm.Step) bool {
		old := st.Verdict == tcp.Duplicate || st.Verdict == tcp.Discard && st.Reason == tcp.PAWS
		return st.From != to && old && st.AnsweredBy == 0 && st.Time <= seg.Time &&
			reports(seg, b, st.Seq, st.EndSeq())
	}
	if waits(&p.story.last[to.Peer()]) {
		return true
	}
	for i := len(p.story.steps) - 1; i >= 0; i-- {
		if waits(&p.story.steps[i]) {
			return true
		}
	}
	return false
}

// reports reports whether the block of a duplicate SACK is of a segment from seq up to end. What
// goes beyond RCV.NXT is reported up to there (tcp_send_dupack).
func reports(ack *tcp.Segment, b tcp.SACKBlock, seq, end tcp.Seq) bool {
	return b.Left == seq && (b.Right == end || b.Right == ack.Ack && end.After(b.Right))
}

// countSpurious counts the retransmissions to a side that it reports to have had already.
func (p *Pair) countSpurious(to tcp.Side, b tcp.SACKBlock) {
	for i := range p.story.steps {
		st := &p.story.steps[i]
		if st.From != to && st.Notes.Has(fsm.Retransmission) && !st.Notes.Has(fsm.Spurious) &&
			st.Verdict == tcp.Accept &&
			st.Seq.AtOrAfter(b.Left) && st.EndSeq().AtOrBefore(b.Right) {
			p.facts[st.From].Spurious++
		}
	}
}

// loseOriginal: a retransmission of what the receiver had shown to miss. The first transmission
// passed the capture point and was lost beyond it.
func (p *Pair) loseOriginal(env *Env, to tcp.Side, seg *tcp.Segment) {
	hole := p.peek().hole[to]
	if hole.From == hole.To || seg.Seq.Before(hole.From) || seg.EndSeq().After(hole.To) {
		return
	}
	p.lost(env, to, seg)
}

// lost takes what a segment repeats to have been lost beyond the capture point.
func (p *Pair) lost(env *Env, to tcp.Side, seg *tcp.Segment) {
	p.assume(env, RepeatedSoLost, dataTo(to, seg.Time, seg.Seq, seg.EndSeq()), func(st *fsm.Step) {
		if (st.Verdict == tcp.Accept || st.Verdict == tcp.Queue) && st.Frame != seg.Frame {
			st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
			st.Notes |= fsm.Lost
		}
	})
}
