package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// sendSYN: an active open (RFC 9293 section 3.10.1), a repeated SYN, or a SYN of an attempt at a
// new life.
func (p *Pair) sendSYN(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	s := &p.ends[from]
	if a := &p.peek().attempt; a.on && a.from == from && seg.Seq == a.isn {
		step.Notes |= fsm.NewSYN
		return
	}
	if s.Stray || p.anew(from, seg) { // what answered an old SYN is gone
		p.set(from, tcp.Closed, m, tcp.Confirmed, fsm.LostState)
		*s = fsm.Socket{State: tcp.Closed, Offered: s.Offered, OutOfOrder: s.OutOfOrder[:0]}
	}
	if !s.ISSKnown {
		if s.Former { // what was taken for an old socket was none
			if p.lastTransition(from) != nil {
				p.set(from, tcp.Closed, m, tcp.Confirmed, fsm.LostState)
			}
			*s = fsm.Socket{State: tcp.Closed, Offered: s.Offered, OutOfOrder: s.OutOfOrder[:0]}
		}
		s.Begins(seg)
		p.flow[from].Start(seg.Seq) // whatever went before was of no connection
		p.synOptions(from, seg)
	} else if !s.SYNSeen && seg.Seq == s.ISS { // its number is known from the SYN,ACK, recorded before it
		p.synOptions(from, seg)
	}
	crossed := s.State == tcp.Listen && p.lastTransition(from) == nil
	if crossed { // simultaneous open: what was taken for a listener opens itself
		s.State = tcp.Closed
	}
	p.move(from, fsm.SndSYN, m, tcp.Observed, fsm.SentSYN)
	if crossed {
		step.SenderBefore = tcp.Closed
		p.opening = tcp.SimultaneousOpen
		p.keepShift(env)
	}
	if seg.Len > 0 {
		step.Notes |= fsm.SynData
	}
}

// anew reports whether a side sends a SYN with another number than that of a SYN,ACK that its peer,
// in SYN-SENT, has refused.
func (p *Pair) anew(from tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[from]
	return from == tcp.Responder && s.ISSKnown && s.ISS != seg.Seq &&
		p.ends[from.Peer()].State == tcp.SynSent
}

// landCrossedSYN lets the initiator's SYN arrive again: it was taken to have met a listener, but
// what is there is in SYN-SENT itself (RFC 9293 section 3.5, figure 7).
func (p *Pair) landCrossedSYN(env *Env, side tcp.Side) {
	r, s := &p.ends[side], &p.ends[side.Peer()]
	at := p.facts[side.Peer()].LastSYN
	r.RcvKnown = true
	r.RcvNxt, r.RcvWup = s.ISS+1, s.ISS+1
	r.Edge, r.EdgeKnown = r.RcvNxt+tcp.Seq(r.Offered), true
	if p.facts[side.Peer()].SYNOptions&tcp.OptTimestamps != 0 {
		r.TSRecent, r.TSKnown, r.TSRecentAt = s.LastTSval, true, at.Time
	}
	p.move(side, fsm.RcvSYN, at, tcp.Inferred, fsm.ReceivedSYN)
	p.assume(env, SimultaneousOpen, one(at.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondSynAck
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynReceived
	})
}
