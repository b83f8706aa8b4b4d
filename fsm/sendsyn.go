package fsm

import "github.com/lastack/lastack/tcp"

// sendSYN: an active open (RFC 9293 section 3.10.1), a repeated SYN, or a SYN of an attempt at a
// new life.
func (p *Pair) sendSYN(env *Env, from tcp.Side, seg *tcp.Segment, step *Step, m Mark) {
	s := &p.ends[from]
	if a := &p.peek().attempt; a.on && a.from == from && seg.Seq == a.isn {
		step.Notes |= NewSYN
		return
	}
	if s.stray || p.anew(from, seg) { // what answered an old SYN is gone
		p.set(from, tcp.Closed, m, tcp.Confirmed, LostState)
		*s = Socket{state: tcp.Closed, offered: s.offered, ooo: s.ooo[:0]}
	}
	if !s.issKnown {
		if s.former { // what was taken for an old socket was none
			if p.lastTransition(from) != nil {
				p.set(from, tcp.Closed, m, tcp.Confirmed, LostState)
			}
			*s = Socket{state: tcp.Closed, offered: s.offered, ooo: s.ooo[:0]}
		}
		s.begins(seg)
		p.flow[from].Start(seg.Seq) // whatever went before was of no connection
		p.synOptions(from, seg)
	} else if !s.synSeen && seg.Seq == s.iss { // its number is known from the SYN,ACK, recorded before it
		p.synOptions(from, seg)
	}
	crossed := s.state == tcp.Listen && p.lastTransition(from) == nil
	if crossed { // simultaneous open: what was taken for a listener opens itself
		s.state = tcp.Closed
	}
	p.move(from, sndSYN, m, tcp.Observed, SentSYN)
	if crossed {
		step.SenderBefore = tcp.Closed
		p.opening = tcp.SimultaneousOpen
		p.keepShift(env)
	}
	if seg.Len > 0 {
		step.Notes |= SynData
	}
}

// anew reports whether a side sends a SYN with another number than that of a SYN,ACK that its peer,
// in SYN-SENT, has refused.
func (p *Pair) anew(from tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[from]
	return from == tcp.Responder && s.issKnown && s.iss != seg.Seq &&
		p.ends[from.Peer()].state == tcp.SynSent
}

// landCrossedSYN lets the initiator's SYN arrive again: it was taken to have met a listener, but
// what is there is in SYN-SENT itself (RFC 9293 section 3.5, figure 7).
func (p *Pair) landCrossedSYN(env *Env, side tcp.Side) {
	r, s := &p.ends[side], &p.ends[side.Peer()]
	at := p.facts[side.Peer()].LastSYN
	r.rcvKnown = true
	r.rcvNxt, r.rcvWup = s.iss+1, s.iss+1
	r.edge, r.edgeKnown = r.rcvNxt+tcp.Seq(r.offered), true
	if p.facts[side.Peer()].SYNOptions&tcp.OptTimestamps != 0 {
		r.tsRecent, r.tsKnown, r.tsRecentAt = s.lastTSval, true, at.Time
	}
	p.move(side, rcvSYN, at, tcp.Inferred, ReceivedSYN)
	p.revise(env, at.Frame, func(st *Step) {
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondSynAck
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynReceived
	})
}
