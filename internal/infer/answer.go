package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// expectation is a segment that should make its receiver send something.
type expectation struct {
	frame         uint64
	time          int64
	ack, seq, end tcp.Seq // of the segment
	tsval         uint32
	response      tcp.Response
	unsent        bool // it acknowledged unsent data: the challenge shows a SEQ before that
	// the answer is an ACK of the segment's sequence space, not a mere repetition
	covers  bool
	again   bool // it is a retransmission, of nothing new, of what was not acknowledged yet
	refused bool
}

// expectations are the segments that one side has yet to answer, oldest first.
type expectations struct {
	list []expectation
}

const (
	// maxExpect bounds them: only notable segments are waited for. See unacked for the others.
	maxExpect = 8
	// answerWithin is how long an answer that acknowledges nothing new may take, beyond the round
	// trip.
	answerWithin = 1_000_000_000
)

func (x *expectations) clear() { x.list = x.list[:0] }

func (x *expectations) add(e expectation) {
	if len(x.list) >= maxExpect {
		x.list = append(x.list[:0], x.list[1:]...)
	}
	x.list = append(x.list, e)
}

// expects notes what a delivered segment should make its receiver send.
func (p *Pair) expects(env *Env, seg *tcp.Segment, step *fsm.Step) {
	if step.Response == tcp.RespondNone {
		return
	}
	if isAcked(step) && !notable(step) {
		if env.Ring != nil {
			p.unacked[step.From].add(seg)
		}
		return
	}
	p.expect[step.From.Peer()].add(p.expectation(seg, step))
}

// expectation is what is to be waited for after a segment.
func (p *Pair) expectation(seg *tcp.Segment, step *fsm.Step) expectation {
	end := seg.EndSeq()
	if seg.Flags.Has(tcp.SYN | tcp.FIN) {
		end-- // nobody takes a SYN's FIN (tcp_rcv_synsent_state_process)
	}
	return expectation{frame: step.Frame, time: step.Time, ack: seg.Ack, seq: seg.Seq, end: end,
		tsval: p.toEcho(step.From.Peer(), seg), response: step.Response, covers: isAcked(step),
		unsent: step.Reason == tcp.AckUnacceptable, refused: step.Verdict == tcp.Discard,
		again: step.Notes.Has(fsm.Retransmission) && step.Again && step.Len > 0 &&
			!step.Notes.Has(fsm.KeepAlive) &&
			seg.EndSeq().After(p.ends[step.From.Peer()].RcvWup)}
}

// isAcked reports whether what the segment brought is taken and is to be acknowledged.
func isAcked(s *fsm.Step) bool { return s.Verdict == tcp.Accept && s.Response == tcp.RespondAck }

// toEcho gives the timestamp that an answer to a segment echoes if its receiver takes it: its own,
// unless it has none, or acknowledges less than what was acknowledged before, when TS.Recent stays
// what it is (tcp_ack: old_ack).
func (p *Pair) toEcho(to tcp.Side, seg *tcp.Segment) uint32 {
	if !seg.Has(tcp.OptTimestamps) || seg.Flags.Has(tcp.ACK) && seg.Ack.Before(p.flow[to].Una) {
		return p.ends[to].TSRecent
	}
	return seg.TSval
}

// acksUnsent reports whether a segment acknowledges what its receiver cannot have sent. No stack
// sends that as an answer.
func (p *Pair) acksUnsent(from tcp.Side, seg *tcp.Segment) bool {
	flow := &p.flow[from.Peer()]
	return seg.Flags.Has(tcp.ACK) && flow.Known && seg.Ack.After(flow.Nxt) &&
		!p.plausibleGap(from.Peer(), seg)
}

// matchAnswer finds the segments that what a side sends now answers, and tells both.
func (p *Pair) matchAnswer(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	if env.Ring != nil {
		p.tieAcked(env, from, seg)
	}
	x := &p.expect[from]
	kept := x.list[:0]
	plainUsed := false
	for i, e := range x.list {
		if seg.Time-e.time > answerWithin+p.lag[from] && !e.covers {
			continue
		}
		hit := e.answeredBy(seg)
		if e.response == tcp.RespondChallengeAck && (seg.SeqLen() > 0 ||
			seg.Ack.After(p.flow[from.Peer()].Una)) {
			hit = false // a challenge ACK says nothing new
		}
		if e.unsent && e.response == tcp.RespondChallengeAck && !seg.Seq.Before(e.ack) {
			hit = false
		}
		if hit && !e.covers {
			hit = !plainUsed
			plainUsed = true
		}
		if e.response == tcp.RespondRst && p.peek().attempt.on && p.tooSoon(from, seg, e.time) {
			hit = false
		}
		if hit && e.again && p.crossedAgain(env, from, seg, &e) {
			hit = false
		}
		if !hit {
			kept = append(kept, e)
			continue
		}
		if e.again && !e.covers {
			p.neededAfterAll(env, from, seg, &e)
		}
		if !e.covers && len(x.list) == 1 && p.saysAgain(env, from, seg) {
			p.shorten(from, seg.Time-e.time)
		}
		if e.response == tcp.RespondChallengeAck {
			step.Notes |= fsm.ChallengeAck
		}
		p.assume(env, Answered, one(e.frame), func(st *fsm.Step) {
			if e.covers && !sentLater(x.list[i+1:], &e) {
				notLost(st)
			}
			if !p.tooSoon(from, seg, e.time) {
				notPAWS(st, seg, p.profile(from).PAWSSlack)
			}
			tieAnswer(st, seg.Frame)
		})
		if st := p.known(e.frame); st == nil || st.AnsweredBy == seg.Frame {
			step.Answers = e.frame
			if e.refused {
				step.Notes |= fsm.Reply
			}
		}
	}
	x.list = kept
}

// sentLater reports whether one of the expectations that come after e is of another transmission of
// the same data.
func sentLater(after []expectation, e *expectation) bool {
	return slices.ContainsFunc(after, func(later expectation) bool {
		return later.covers &&
			later.seq == e.seq
	})
}

// tieAnswer ties a segment to its answer. One that by now is taken to be lost, or dropped without a
// word, has none, though a later transmission of it is answered.
func tieAnswer(s *fsm.Step, frame uint64) {
	if s.Response != tcp.RespondNone {
		s.AnsweredBy = frame
	}
}

// notLost: a segment that was taken to be ignored before the handshake was complete is
// acknowledged.
func notLost(s *fsm.Step) {
	if s.Notes.Has(fsm.Lost) && s.ReceiverBefore == tcp.SynReceived {
		s.Notes &^= fsm.Lost
		s.Verdict, s.Reason, s.Response = tcp.Accept, tcp.NoReason, tcp.RespondAck
	}
}

// notPAWS: the answer to a segment that was taken to be refused for its timestamp echoes one that
// is no newer. That is TS.Recent (RFC 7323 section 4.3), so the segment passed the check (section
// 5.3), and what it brought was old, or waits.
func notPAWS(s *fsm.Step, answer *tcp.Segment, window int32) {
	if s.Reason != tcp.PAWS || s.SeqLen() == 0 || s.Flags.Has(tcp.SYN) ||
		!s.ReceiverBefore.Synchronized() || s.ReceiverBefore == tcp.TimeWait ||
		!answer.Has(tcp.OptTimestamps) {
		return
	}
	// at half the space apart either may be the newer
	if newer := int32(answer.TSecr - s.TSval); newer > window || newer < -halfSpace/2 {
		return
	}
	switch {
	case s.Seq.After(answer.Ack):
		s.Verdict, s.Reason = tcp.Queue, tcp.OutOfOrder
	case s.EndSeq().AtOrBefore(answer.Ack):
		s.Verdict, s.Reason = tcp.Duplicate, tcp.OldData
	default:
		return
	}
	s.Notes |= fsm.ReceiverLags
	s.Response = tcp.RespondAck
}

// answeredBy reports whether seg is the answer that e waits for.
func (e *expectation) answeredBy(seg *tcp.Segment) bool {
	f := seg.Flags
	switch e.response {
	case tcp.RespondRst:
		return f.Has(tcp.RST) && (f.Has(tcp.ACK) && seg.Ack == e.end || !f.Has(tcp.ACK) &&
			seg.Seq == e.ack)
	case tcp.RespondSynAck:
		return f.Has(tcp.SYN|tcp.ACK) && seg.Ack.AtOrBefore(e.end)
	case tcp.RespondAck, tcp.RespondChallengeAck:
		if e.covers {
			return f.Has(tcp.ACK) && !f.Has(tcp.RST) && seg.Ack.AtOrAfter(e.end)
		}
		return f.Has(tcp.ACK) && !f.Any(tcp.RST|tcp.SYN) && !e.elsewhere(seg)
	case tcp.RespondNone:
	}
	return false
}

// saysAgain reports whether what a side sends is its last ACK once more, which a stack sends only
// when something asks for it: the same number, a window that has not doubled, which alone makes an
// ACK worth sending (__tcp_cleanup_rbuf), and no report of what came twice.
func (p *Pair) saysAgain(env *Env, from tcp.Side, seg *tcp.Segment) bool {
	s, last := &p.ends[from], &p.story.last[from]
	if seg.Kind != tcp.KindTCP || seg.Flags != tcp.ACK || seg.Len > 0 ||
		seg.Seq != p.flow[from].Nxt || !last.Flags.Has(tcp.ACK) ||
		seg.Ack != last.Ack || s.RcvNxt != seg.Ack {
		return false
	}
	if now := s.Scaled(seg); now != last.Window &&
		(p.profile(from).ACKsNewWindow != fsm.ACKsDoubledWindow || now >= 2*last.Window) {
		return false
	}
	_, twice := dsack(seg)
	return !twice
}

// elsewhere reports whether an ACK says that it answers other data: the first block of its SACK
// option has the segment that triggered it (RFC 2018 section 4, RFC 2883 section 4).
func (e *expectation) elsewhere(seg *tcp.Segment) bool {
	if seg.SACKCount == 0 || e.seq == e.end || e.response != tcp.RespondAck {
		return false
	}
	b := seg.SACK[0]
	return b.Right.AtOrBefore(e.seq) || e.end.AtOrBefore(b.Left)
}
