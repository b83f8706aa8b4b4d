package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// longWay is from when a way is so long that what hosts take for themselves does not matter, ns.
const longWay = 5_000_000

// crossedAgain reports whether an ACK came too soon to be of a retransmission: it crossed it, and
// is of an earlier transmission. The retransmission then found its receiver with everything, and is
// answered later.
func (p *Pair) crossedAgain(env *Env, from tcp.Side, seg *tcp.Segment, e *expectation) bool {
	way := p.way[from]
	crossed := way >= longWay && seg.Time-e.time < way/3
	if seg.Has(tcp.OptTimestamps) { // it echoes what came last in order (RFC 7323 section 4.3)
		crossed = tcp.TSBefore(seg.TSecr, e.tsval)
	}
	if !e.covers || p.lag[from] < minLag || way < minLag || !crossed || ofPart(seg, e) {
		return false
	}
	e.covers = false
	needless := p.known(e.frame)
	if needless == nil || needless.Verdict != tcp.Accept {
		return true
	}
	left, right := needless.Seq, needless.EndSeq()
	p.assume(env, WhichTransmission, one(e.frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.Duplicate, tcp.OldData, tcp.RespondAck
		st.Notes |= fsm.Spurious | fsm.ReceiverLags
	})
	p.assume(env, WhichTransmission, dataTo(from, seg.Time, left, right), func(st *fsm.Step) {
		if st.Notes.Has(fsm.Lost) && st.Frame < e.frame { // it was only late
			acceptAfterAll(st)
			st.Notes &^= fsm.Lost
			st.Response, st.AnsweredBy = tcp.RespondAck, seg.Frame
		}
	})
	return true
}

// ofPart reports whether an ACK says that a part of the segment that is expected to be answered had
// come before, and takes all of it: that is the answer (RFC 2883 section 4, tcp_dsack_set).
func ofPart(seg *tcp.Segment, e *expectation) bool {
	b, twice := dsack(seg)
	return twice && b.Left == e.seq && b.Right.Before(e.end) && seg.Ack.AtOrAfter(e.end)
}

// lateOriginal: a side repeats its ACK though nothing that is known of calls for it: nothing is
// outstanding, and its window has not doubled, which alone makes an ACK worth sending
// (__tcp_cleanup_rbuf). So something came that it refused: a first transmission that was taken for
// lost.
func (p *Pair) lateOriginal(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	last, flow := &p.story.last[from], &p.flow[from.Peer()]
	if !step.Notes.Has(fsm.DuplicateAck) || step.Answers != 0 ||
		p.profile(from).ACKsNewWindow != fsm.ACKsDoubledWindow || p.lag[from] < minLag ||
		flow.Nxt != flow.Una ||
		last.Ack != seg.Ack || step.Window >= 2*last.Window || p.facts[from].SACKOK ||
		seg.Seq != p.ends[from].SndNxt {
		return
	}
	if st := p.lostAmong(env, p.kept(), from, seg); st != nil {
		step.Answers = st.Frame
	}
	if ring, ok := p.held(env); ok {
		p.lostAmong(env, ring, from, seg)
	}
}

// lostAmong gives the first segment to a side that was taken for lost, as one that came late and
// was refused.
func (p *Pair) lostAmong(env *Env, among view, to tcp.Side, ack *tcp.Segment) (late *fsm.Step) {
	among.since(ack.Time-reviseWithin, func(st *fsm.Step) {
		if st.From != to && st.Notes.Has(fsm.Lost) && st.Len > 0 && st.EndSeq().AtOrBefore(ack.Ack) &&
			st.Verdict == tcp.VerdictUnknown {
			late = st
		}
	})
	if late == nil {
		return nil
	}
	p.decide(env, WhichTransmission, late, func(st *fsm.Step) {
		p.refuseLate(to, st)
		st.AnsweredBy = ack.Frame
	})
	return late
}

// neededAfterAll: a retransmission was taken to be of what its receiver had, but the ACK that
// answers it reports nothing received twice, as a receiver does that agreed on SACK (RFC 2883,
// tcp_dsack_set). So it was needed, and the transmission before it was lost. What a near side had
// is known without that.
func (p *Pair) neededAfterAll(env *Env, from tcp.Side, seg *tcp.Segment, e *expectation) {
	if p.lag[from] < minLag || seg.SACKCount > 0 || !p.facts[from].SACKOK ||
		!p.profile(from).ReportsDSACK || seg.Ack.Before(e.end) {
		return
	}
	needed := p.known(e.frame)
	if needed == nil || seg.Has(tcp.OptTimestamps) && seg.TSecr != needed.TSval ||
		needed.Verdict != tcp.Duplicate || needed.Reason != tcp.OldData ||
		needed.Notes.Has(fsm.ReceiverLags) {
		return
	}
	left, right := needed.Seq, needed.EndSeq()
	p.assume(env, WhichTransmission, one(e.frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondAck
		st.Notes = st.Notes&^fsm.Spurious | fsm.ReceiverLags
	})
	p.assume(env, WhichTransmission, dataTo(from, seg.Time, left, right), func(st *fsm.Step) {
		if st.Frame != e.frame && st.Verdict == tcp.Accept {
			st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
			st.Notes |= fsm.Lost
		}
	})
}
