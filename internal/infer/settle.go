package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// settle takes from a segment what it proves about its sender's past: what had reached it, and what
// had not. It runs before the segment itself is taken in. It reports whether its sender has less
// than was thought.
func (p *Pair) settle(env *Env, from tcp.Side, seg *tcp.Segment) (less bool) {
	if p.alien(from, seg) {
		return false
	}
	p.probedBefore(from, seg)
	p.deliverProved(env, from, seg)
	s := &p.ends[from]
	if seg.Flags.Has(tcp.RST) {
		p.refuseBeyond(env, from, seg)
		return false
	}
	if late(s, seg) {
		return false
	}
	p.undoubt(env, from, seg)
	p.disproveReset(env, from, seg)
	p.disproveHandshake(env, from, seg)
	p.disproveFINAcked(env, from, seg)
	p.resolveBeyond(env, from, seg)
	p.disproveSent(env, from, seg)
	p.disproveSentFIN(env, from, seg)
	if seg.SACKCount > 0 {
		p.settleSACK(env, from, seg)
	}
	if seg.Flags.Has(tcp.ACK) && p.believable(env, from, seg) {
		p.completedAfterAll(env, from, seg)
		less = p.settleAck(env, from, seg)
	}
	if seg.Has(tcp.OptTimestamps) {
		p.settleEcho(from, seg)
	}
	return less
}

// late reports whether a segment was sent before others of its sender that have been seen: it
// proves nothing new. So was the SYN,ACK of a side that has acknowledged more: only a request
// repeats it, and that takes no data (tcp_check_req).
func late(s *fsm.Socket, seg *tcp.Segment) bool {
	if s.TSSent && seg.Has(tcp.OptTimestamps) && tcp.TSBefore(seg.TSval, s.LastTSval) {
		return true
	}
	other := seg.Flags.Has(tcp.SYN) && (!s.ISSKnown || seg.Seq != s.ISS)
	return s.RcvKnown && seg.Flags.Has(tcp.ACK) && !other && seg.Ack.Before(s.RcvWup)
}

// alien reports whether the numbers of a segment cannot be its supposed sender's: it begins before
// what that one began with, or acknowledges what its peer sends before it began. Whoever sent it,
// it proves nothing.
func (p *Pair) alien(from tcp.Side, seg *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	early := seg.Seq.Before(s.ISS)
	if !early && !seg.Ack.AtOrBefore(peer.ISS) {
		return false // as nearly always
	}
	if !s.SYNSeen || !peer.SYNSeen || !s.State.Synchronized() && s.State != tcp.Closed {
		return false
	}
	return early && p.facts[from].Bytes < halfSpace ||
		seg.Flags.Has(tcp.ACK) && !seg.Flags.Has(tcp.SYN) && seg.Ack.AtOrBefore(peer.ISS) &&
			p.facts[from.Peer()].Bytes < halfSpace
}

// halfSpace is how many bytes a side may have sent for its first number still to be before all
// others (RFC 9293 section 3.4).
const halfSpace = 1 << 30

// settleAck learns the sender's RCV.NXT, receive window and what it had received, and reports
// whether that is less than was thought.
func (p *Pair) settleAck(env *Env, from tcp.Side, seg *tcp.Segment) (less bool) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if p.openingAck(from, seg) {
		return false
	}
	if !s.RcvKnown {
		s.RcvKnown, s.RcvNxt, s.RcvWup, s.Edge = true, seg.Ack, seg.Ack, seg.Ack
	}
	if peer.FINSent && seg.Ack.After(peer.FINSeq) {
		p.proveFINAcked(from)
	}
	switch {
	case seg.Ack.After(s.RcvNxt):
		p.crossedRepeat(env, from, seg)
		p.tookRefused(env, from, seg)
		s.Advance(seg.Ack)
		if peer.FINSent && seg.Ack.After(peer.FINSeq) {
			s.FINAt, s.FINKnown = peer.FINSeq, true
		}
		p.provedFIN(env, from)
	case seg.Ack.Before(s.RcvNxt):
		less = p.rollBack(env, from, seg)
	}
	s.RcvWup = seg.Ack
	if edge := seg.Ack + tcp.Seq(s.Scaled(seg)); !s.EdgeKnown || edge.After(s.Edge) {
		s.Edge, s.EdgeKnown = edge, true
	}
	p.confirm(from, fsm.ReceivedSYN, fsm.ReceivedSYNACK)
	if s.FINRcvd && peer.FINSent && seg.Ack.After(peer.FINSeq) {
		p.confirm(from, fsm.ReceivedFIN, fsm.ReceivedFINACK, fsm.ReceivedACK)
	}
	return less
}

// provedFIN lets a side take its peer's FIN that it acknowledges. It may have been refused, or
// taken back, because the side sent something that was under way already, or that an ACK made it
// send before it looked at the FIN (tcp_ack, tcp_xmit_recovery).
func (p *Pair) provedFIN(env *Env, side tcp.Side) {
	p.takeFIN(side, tcp.Confirmed)
	fin := p.facts[side.Peer()].LastFIN.Frame
	t := p.lastTransition(side)
	if t == nil || t.Frame != fin || t.Cause != fsm.ReceivedFIN {
		return
	}
	from, to := t.From, t.To
	for i := range p.story.transitions { // with its ACK it may have done more
		if did := &p.story.transitions[i]; did.Side == side && did.Frame == fin && !did.Withdrawn {
			from = did.From
			break
		}
	}
	p.assume(env, TakenAfterAll, one(fin), func(st *fsm.Step) {
		if st.Notes.Any(fsm.Withdrew|fsm.ReceiverLags) && st.Verdict != tcp.Discard &&
			st.ReceiverAfter != to {
			st.ReceiverBefore, st.ReceiverAfter = from, to
			st.Notes &^= fsm.Withdrew
		}
	})
}

// openingAck reports whether a segment's ACK says nothing of the present life: it answers another
// SYN than this life's.
func (p *Pair) openingAck(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return peer.State == tcp.SynSent && peer.ISSKnown && (seg.Ack.AtOrBefore(peer.ISS) ||
		seg.Ack.After(peer.SndNxt))
}

// proveFINAcked: a side that has its peer's FIN also has what that FIN acknowledged, its own FIN
// perhaps.
func (p *Pair) proveFINAcked(side tcp.Side) {
	s, peer := &p.ends[side], &p.ends[side.Peer()]
	if !s.FINSent || s.FINAcked() || peer.FINAck != s.FINSeq+1 {
		return
	}
	s.SndUna = peer.FINAck
	p.move(side, fsm.RcvACKFIN, p.facts[side.Peer()].LastFIN, tcp.Confirmed, fsm.ReceivedACK)
}

// rollBack handles an ACK below what the model thinks the side has: some of it is still on its way,
// or was lost. It reports whether that is sure.
func (p *Pair) rollBack(env *Env, from tcp.Side, seg *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if s.FINRcvd && peer.FINSent && seg.Ack.AtOrBefore(peer.FINSeq) {
		p.withdrawFIN(env, from)
	}
	if !p.holeShown(from, seg) || p.fills[from.Peer()].onWay(seg, p.lag[from]) {
		return false
	}
	sent := s.RcvNxt
	s.RcvNxt = seg.Ack
	for i := range seg.SACKCount {
		b := seg.SACK[i]
		if b.Left.After(seg.Ack) && b.Right.AtOrBefore(sent) {
			s.OutOfOrder.Add(b.Left, sent)
		}
	}
	return true
}

// holeShown reports whether an ACK says that data is missing at its sender: it selectively
// acknowledges what lies beyond.
func (p *Pair) holeShown(from tcp.Side, seg *tcp.Segment) bool {
	for i := range seg.SACKCount {
		if seg.SACK[i].Left.After(seg.Ack) {
			return true
		}
	}
	return false
}

// settleEcho learns TS.Recent: a side echoes it in every segment (RFC 7323 section 4.3).
func (p *Pair) settleEcho(from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if !seg.Flags.Has(tcp.ACK) || seg.TSecr == 0 || !s.TSKnown || s.State == tcp.SynSent {
		return
	}
	if seg.TSecr != s.TSRecent && !p.echoUnsent(from, seg) && !p.echoCrossed(from, seg) {
		s.TSRecent, s.TSRecentAt = seg.TSecr, seg.Time
	}
}

// echoCrossed reports whether an echo is older than TS.Recent because its segment was sent before
// what set that had come: it carries data, or acknowledges some, so that a timer or an earlier
// segment may have made its sender send it. What answers at once echoes what it answers.
func (p *Pair) echoCrossed(from tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[from]
	return tcp.TSBefore(seg.TSecr, s.TSRecent) && seg.Time-s.TSRecentAt < p.lag[from]+timerSlack &&
		(seg.SeqLen() > 0 || seg.Ack.After(p.flow[from.Peer()].Una))
}

// echoUnsent reports whether a segment echoes a timestamp that the peer has not sent yet.
func (p *Pair) echoUnsent(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return !peer.TSSent || tcp.TSBefore(peer.LastTSval, seg.TSecr)
}
