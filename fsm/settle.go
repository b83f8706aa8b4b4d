package fsm

import "github.com/lastack/lastack/tcp"

// aliveAfter is how long after a RST was taken to have ended a side a segment of that side may still be one that it sent before.
const aliveAfter = 150_000_000

// settle takes from a segment what it proves about its sender's past: what had reached it, and what had not. It runs before the
// segment itself is taken in.
func (p *Pair) settle(env *Env, from tcp.Side, seg *tcp.Segment) {
	p.deliverProved(env, from, seg)
	s := &p.ends[from]
	if seg.Flags.Has(tcp.RST) || late(s, seg) {
		return
	}
	p.disproveReset(env, from, seg)
	p.disproveHandshake(env, from, seg)
	p.disproveFINAcked(env, from, seg)
	p.resolveBeyond(env, from, seg)
	p.disproveSent(env, from, seg)
	if seg.SACKCount > 0 {
		p.settleSACK(env, from, seg)
	}
	if seg.Flags.Has(tcp.ACK) && p.believable(env, from, seg) {
		p.settleAck(env, from, seg)
	}
	if seg.Has(tcp.OptTimestamps) {
		p.settleEcho(from, seg)
	}
}

// late reports whether a segment was sent before others of its sender that have been seen: it proves nothing new.
func late(s *endpoint, seg *tcp.Segment) bool {
	if s.tsSent && seg.Has(tcp.OptTimestamps) && tcp.TSBefore(seg.TSval, s.lastTSval) {
		return true
	}
	return s.rcvKnown && seg.Flags.Has(tcp.ACK) && !seg.Flags.Has(tcp.SYN) && seg.Ack.Before(s.rcvWup)
}

// again reports whether a segment is a transmission of its own, not a copy that the network made of an earlier one: the sender's
// timestamp clock went on, or without one, time enough passed for a retransmission timeout (Linux TCP_RTO_MIN 200 ms).
func again(s *endpoint, seg *tcp.Segment, before Mark) bool {
	if s.tsSent && seg.Has(tcp.OptTimestamps) {
		return tcp.TSBefore(s.lastTSval, seg.TSval)
	}
	return seg.Time-before.Time > 150_000_000
}

// disproveReset: a side that goes on sending was not ended by the RST that it was taken to have received, which never arrived or
// was not valid there; nor did it send the RST that bears its name.
func (p *Pair) disproveReset(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	t := p.lastTransition(from)
	if s.state != tcp.Closed || t == nil || seg.Flags.Has(tcp.SYN) {
		return
	}
	frame := t.Frame
	switch t.Cause {
	case ReceivedRST:
		if seg.Time-t.Time < p.lag[from]+aliveAfter || !p.withdraw(env, from) {
			return
		}
		p.revise(env, frame, func(st *Step) {
			st.Notes |= Lost
			st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
		})
	case SentRST:
		since := t.Time
		if p.withdraw(env, from) {
			p.revise(env, frame, func(st *Step) { st.Notes |= Foreign })
			p.reopen(env, from, since)
		}
	case LostState, DataAfterClose:
		p.acquit(env, from, t)
	}
}

// acquit restores what was said of a segment that the side was taken to have reset: the RST was somebody else's.
func (p *Pair) acquit(env *Env, from tcp.Side, t *Transition) {
	was := p.peek().blamed[from]
	if was.Frame != t.Frame || was.Frame == 0 {
		return
	}
	t.Withdrawn = true
	p.ends[from].state = t.From
	var rst uint64
	p.revise(env, was.Frame, func(st *Step) {
		rst = max(rst, st.AnsweredBy)
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = was.Verdict, was.Reason, was.Response, 0
		st.ReceiverBefore, st.ReceiverAfter = was.ReceiverBefore, was.ReceiverAfter
	})
	p.revise(env, rst, func(r *Step) {
		r.Notes = r.Notes&^FromFormerPeer | Foreign
		r.Answers = 0
		r.SenderBefore, r.SenderAfter = t.From, t.From
	})
}

// disproveHandshake: a repeated SYN or SYN,ACK shows that what should have stopped it did not arrive.
func (p *Pair) disproveHandshake(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if s.state != tcp.Established || !seg.Flags.Has(tcp.SYN) || !s.issKnown || seg.Seq != s.iss {
		return
	}
	facts := &p.facts[from]
	before := facts.LastSYN
	if seg.Flags.Has(tcp.ACK) {
		before = facts.LastSYNACK
	}
	if !before.Seen() {
		return // a SYN,ACK of a simultaneous open, the first
	}
	if again(s, seg, before) || seg.Flags.Has(tcp.ACK) && seg.IPID == 0 {
		lag := p.lag[from] + p.lag[from]/4 // it may have crossed what it seems to disprove
		if t := p.lastTransition(from); t != nil && t.Certainty == tcp.Inferred && seg.Time-t.Time >= lag {
			frame, since := t.Frame, t.Time
			p.withdraw(env, from)
			if seg.Flags.Has(tcp.ACK) {
				p.handshakeIgnored(env, from, since)
			} else {
				p.revise(env, frame, func(st *Step) { st.Notes |= Lost })
			}
		}
	}
}

// disproveFINAcked: a FIN sent again shows that the acknowledgment of it did not arrive.
func (p *Pair) disproveFINAcked(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if !seg.Flags.Has(tcp.FIN) || !s.finAcked() || seg.EndSeq() != s.finSeq+1 || !again(s, seg, p.facts[from].LastFIN) {
		return
	}
	finAgain := false
	for s.state == tcp.FinWait2 || s.state == tcp.TimeWait || s.state == tcp.Closed {
		t := p.lastTransition(from)
		if t == nil {
			break
		}
		frame := t.Frame
		if t.Cause == ReceivedFIN {
			finAgain = true
		}
		if !p.withdraw(env, from) {
			break
		}
		p.revise(env, frame, func(st *Step) { st.Notes |= Lost })
	}
	s.sndUna = s.finSeq
	if peer := &p.ends[from.Peer()]; finAgain && peer.finSent && seg.Ack.AtOrBefore(peer.finSeq) {
		s.finRcvd, s.finKnown = false, false
		s.rcvNxt = peer.finSeq
	} else if finAgain && seg.Ack == s.rcvNxt { // it had the peer's FIN all the same
		p.move(from, rcvFIN, p.facts[from.Peer()].LastFIN, tcp.Confirmed, ReceivedFIN)
	}
}

// settleAck learns the sender's RCV.NXT, receive window and what it had received.
func (p *Pair) settleAck(env *Env, from tcp.Side, seg *tcp.Segment) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if p.openingAck(from, seg) {
		return
	}
	if !s.rcvKnown {
		s.rcvKnown, s.rcvNxt, s.rcvWup, s.edge = true, seg.Ack, seg.Ack, seg.Ack
	}
	if peer.finSent && seg.Ack.After(peer.finSeq) {
		p.proveFINAcked(from)
	}
	switch {
	case seg.Ack.After(s.rcvNxt):
		p.advance(from, seg.Ack)
		if peer.finSent && seg.Ack.After(peer.finSeq) {
			s.finAt, s.finKnown = peer.finSeq, true
		}
		p.takeFIN(from, tcp.Confirmed)
	case seg.Ack.Before(s.rcvNxt):
		p.rollBack(env, from, seg)
	}
	s.rcvWup = seg.Ack
	if edge := seg.Ack + tcp.Seq(s.scaled(seg)); !s.edgeKnown || edge.After(s.edge) {
		s.edge, s.edgeKnown = edge, true
	}
	p.confirm(from, ReceivedSYN, ReceivedSYNACK)
	if s.finRcvd && peer.finSent && seg.Ack.After(peer.finSeq) {
		p.confirm(from, ReceivedFIN, ReceivedFINACK, ReceivedACK)
	}
}

// openingAck reports whether a segment's ACK says nothing of the present life: it answers another SYN than this life's.
func (p *Pair) openingAck(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return peer.state == tcp.SynSent && peer.issKnown && (seg.Ack.AtOrBefore(peer.iss) || seg.Ack.After(peer.sndNxt))
}

// proveFINAcked: a side that has its peer's FIN also has what that FIN acknowledged, its own FIN perhaps.
func (p *Pair) proveFINAcked(side tcp.Side) {
	s, peer := &p.ends[side], &p.ends[side.Peer()]
	if !s.finSent || s.finAcked() || !peer.finAck.After(s.finSeq) {
		return
	}
	s.sndUna = peer.finAck
	p.move(side, rcvACKFIN, p.facts[side.Peer()].LastFIN, tcp.Confirmed, ReceivedACK)
}

// advance takes a side's RCV.NXT forward and drops what the out-of-order queue holds below it.
func (p *Pair) advance(side tcp.Side, to tcp.Seq) {
	s := &p.ends[side]
	s.rcvNxt = to
	for len(s.ooo) > 0 && s.ooo[0].From.AtOrBefore(s.rcvNxt) {
		s.rcvNxt = tcp.MaxSeq(s.rcvNxt, s.ooo[0].To)
		s.ooo = append(s.ooo[:0], s.ooo[1:]...)
	}
}

// rollBack handles an ACK below what the model thinks the side has: some of it is still on its way, or was lost.
func (p *Pair) rollBack(env *Env, from tcp.Side, seg *tcp.Segment) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if s.finRcvd && peer.finSent && seg.Ack.AtOrBefore(peer.finSeq) {
		p.withdrawFIN(env, from)
	}
	if !p.holeShown(from, seg) {
		return
	}
	sent := s.rcvNxt
	s.rcvNxt = seg.Ack
	for i := range seg.SACKCount {
		b := seg.SACK[i]
		if b.Left.After(seg.Ack) && b.Right.AtOrBefore(sent) {
			s.ooo.Add(b.Left, sent)
		}
	}
}

// holeShown reports whether an ACK says that data is missing at its sender: it selectively acknowledges what lies beyond.
func (p *Pair) holeShown(from tcp.Side, seg *tcp.Segment) bool {
	for i := range seg.SACKCount {
		if seg.SACK[i].Left.After(seg.Ack) {
			return true
		}
	}
	return false
}

// withdrawFIN: the side's own segment does not acknowledge the peer's FIN, which therefore had not reached it.
func (p *Pair) withdrawFIN(env *Env, from tcp.Side) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	t := p.lastTransition(from)
	if t == nil || t.Cause != ReceivedFIN && t.Cause != ReceivedFINACK || !p.withdraw(env, from) {
		return
	}
	s.finRcvd = false
	s.rcvNxt = peer.finSeq
}

// disproveFIN: the peer's FIN goes unanswered time and again, so it was not received: a stack acknowledges a FIN at once.
func (p *Pair) disproveFIN(env *Env, side tcp.Side) {
	t := p.lastTransition(side)
	if t == nil || t.Certainty != tcp.Inferred || t.Cause != ReceivedFIN && t.Cause != ReceivedFINACK {
		return
	}
	frame := t.Frame
	p.withdrawFIN(env, side)
	p.revise(env, frame, func(st *Step) {
		st.Notes |= Lost
		st.Verdict, st.Reason, st.Response = tcp.VerdictUnknown, tcp.NotCaptured, tcp.RespondNone
	})
}

// settleEcho learns TS.Recent: a side echoes it in every segment (RFC 7323 section 4.3).
func (p *Pair) settleEcho(from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if !seg.Flags.Has(tcp.ACK) || seg.TSecr == 0 || !s.tsKnown || s.state == tcp.SynSent {
		return
	}
	if seg.TSecr != s.tsRecent && !p.echoUnsent(from, seg) {
		s.tsRecent, s.tsRecentAt = seg.TSecr, seg.Time
	}
}

// echoUnsent reports whether a segment echoes a timestamp that the peer has not sent yet.
func (p *Pair) echoUnsent(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return !peer.tsSent || tcp.TSBefore(peer.lastTSval, seg.TSecr)
}

// reopen takes back that segments met no socket at a side that proves to have been alive.
func (p *Pair) reopen(env *Env, side tcp.Side, since int64) {
	state := p.ends[side].state
	change := func(st *Step) {
		if st.From == side || st.Time < since || st.Verdict != tcp.Discard || st.Reason != tcp.NoConnection || st.AnsweredBy != 0 {
			return
		}
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondNone
		st.ReceiverBefore, st.ReceiverAfter = state, state
	}
	for i := range p.story.steps {
		change(&p.story.steps[i])
	}
	if env.Ring != nil {
		env.Ring.eachSince(since, change, p.id)
	}
}
