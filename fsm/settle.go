package fsm

import "github.com/lastack/lastack/tcp"

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
func late(s *Socket, seg *tcp.Segment) bool {
	if s.tsSent && seg.Has(tcp.OptTimestamps) && tcp.TSBefore(seg.TSval, s.lastTSval) {
		return true
	}
	other := seg.Flags.Has(tcp.SYN) && (!s.issKnown || seg.Seq != s.iss)
	return s.rcvKnown && seg.Flags.Has(tcp.ACK) && !other && seg.Ack.Before(s.rcvWup)
}

// alien reports whether the numbers of a segment cannot be its supposed sender's: it begins before
// what that one began with, or acknowledges what its peer sends before it began. Whoever sent it,
// it proves nothing.
func (p *Pair) alien(from tcp.Side, seg *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	early := seg.Seq.Before(s.iss)
	if !early && !seg.Ack.AtOrBefore(peer.iss) {
		return false // as nearly always
	}
	if !s.synSeen || !peer.synSeen || !s.state.Synchronized() && s.state != tcp.Closed {
		return false
	}
	return early && p.facts[from].Bytes < halfSpace ||
		seg.Flags.Has(tcp.ACK) && !seg.Flags.Has(tcp.SYN) && seg.Ack.AtOrBefore(peer.iss) &&
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
	if !s.rcvKnown {
		s.rcvKnown, s.rcvNxt, s.rcvWup, s.edge = true, seg.Ack, seg.Ack, seg.Ack
	}
	if peer.finSent && seg.Ack.After(peer.finSeq) {
		p.proveFINAcked(from)
	}
	switch {
	case seg.Ack.After(s.rcvNxt):
		p.crossedRepeat(env, from, seg)
		p.tookRefused(env, from, seg)
		s.advance(seg.Ack)
		if peer.finSent && seg.Ack.After(peer.finSeq) {
			s.finAt, s.finKnown = peer.finSeq, true
		}
		p.provedFIN(env, from)
	case seg.Ack.Before(s.rcvNxt):
		less = p.rollBack(env, from, seg)
	}
	s.rcvWup = seg.Ack
	if edge := seg.Ack + tcp.Seq(s.scaled(seg)); !s.edgeKnown || edge.After(s.edge) {
		s.edge, s.edgeKnown = edge, true
	}
	p.confirm(from, ReceivedSYN, ReceivedSYNACK)
	if s.finRcvd && peer.finSent && seg.Ack.After(peer.finSeq) {
		p.confirm(from, ReceivedFIN, ReceivedFINACK, ReceivedACK)
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
	if t == nil || t.Frame != fin || t.Cause != ReceivedFIN {
		return
	}
	from, to := t.From, t.To
	for i := range p.story.transitions { // with its ACK it may have done more
		if did := &p.story.transitions[i]; did.Side == side && did.Frame == fin && !did.Withdrawn {
			from = did.From
			break
		}
	}
	p.revise(env, fin, func(st *Step) {
		if st.Notes.Any(Withdrew|ReceiverLags) && st.Verdict != tcp.Discard &&
			st.ReceiverAfter != to {
			st.ReceiverBefore, st.ReceiverAfter = from, to
			st.Notes &^= Withdrew
		}
	})
}

// openingAck reports whether a segment's ACK says nothing of the present life: it answers another
// SYN than this life's.
func (p *Pair) openingAck(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return peer.state == tcp.SynSent && peer.issKnown && (seg.Ack.AtOrBefore(peer.iss) ||
		seg.Ack.After(peer.sndNxt))
}

// proveFINAcked: a side that has its peer's FIN also has what that FIN acknowledged, its own FIN
// perhaps.
func (p *Pair) proveFINAcked(side tcp.Side) {
	s, peer := &p.ends[side], &p.ends[side.Peer()]
	if !s.finSent || s.finAcked() || peer.finAck != s.finSeq+1 {
		return
	}
	s.sndUna = peer.finAck
	p.move(side, rcvACKFIN, p.facts[side.Peer()].LastFIN, tcp.Confirmed, ReceivedACK)
}

// rollBack handles an ACK below what the model thinks the side has: some of it is still on its way,
// or was lost. It reports whether that is sure.
func (p *Pair) rollBack(env *Env, from tcp.Side, seg *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	if s.finRcvd && peer.finSent && seg.Ack.AtOrBefore(peer.finSeq) {
		p.withdrawFIN(env, from)
	}
	if !p.holeShown(from, seg) || p.fills[from.Peer()].onWay(seg, p.lag[from]) {
		return false
	}
	sent := s.rcvNxt
	s.rcvNxt = seg.Ack
	for i := range seg.SACKCount {
		b := seg.SACK[i]
		if b.Left.After(seg.Ack) && b.Right.AtOrBefore(sent) {
			s.ooo.Add(b.Left, sent)
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
	if !seg.Flags.Has(tcp.ACK) || seg.TSecr == 0 || !s.tsKnown || s.state == tcp.SynSent {
		return
	}
	if seg.TSecr != s.tsRecent && !p.echoUnsent(from, seg) && !p.echoCrossed(from, seg) {
		s.tsRecent, s.tsRecentAt = seg.TSecr, seg.Time
	}
}

// echoCrossed reports whether an echo is older than TS.Recent because its segment was sent before
// what set that had come: it carries data, or acknowledges some, so that a timer or an earlier
// segment may have made its sender send it. What answers at once echoes what it answers.
func (p *Pair) echoCrossed(from tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[from]
	return tcp.TSBefore(seg.TSecr, s.tsRecent) && seg.Time-s.tsRecentAt < p.lag[from]+timerSlack &&
		(seg.SeqLen() > 0 || seg.Ack.After(p.flow[from.Peer()].Una))
}

// echoUnsent reports whether a segment echoes a timestamp that the peer has not sent yet.
func (p *Pair) echoUnsent(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	return !peer.tsSent || tcp.TSBefore(peer.lastTSval, seg.TSecr)
}
