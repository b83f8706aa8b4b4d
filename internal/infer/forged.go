package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// disproveSent: a side's bare ACK bears its SND.NXT (tcp_acceptable_seq), unless its window has
// shrunk. When that lies before the data that was last seen in its name, the side never sent that
// data: somebody else did. The data is taken back from the side's numbers, and the peer's ACKs of
// it were ACKs of unsent data.
func (p *Pair) disproveSent(env *Env, from tcp.Side, seg *tcp.Segment) {
	s, last := &p.ends[from], &p.story.last[from]
	if seg.Flags != tcp.ACK || seg.Len > 0 || !s.SndKnown || s.FINSent || last.Len <= 1 ||
		last.Seq != seg.Seq ||
		last.EndSeq() != s.SndNxt || seg.Seq == s.AcceptableSeq() ||
		last.Notes.Any(fsm.Retransmission) || seg.Time == last.Time {
		return
	}
	if seg.Has(tcp.OptTimestamps) && !tcp.TSBefore(last.TSval, seg.TSval) ||
		!seg.Has(tcp.OptTimestamps) && seg.Time-last.Time < disorder {
		return // it may have been sent before the data
	}
	p.neverSentBeyond(env, from, seg.Seq, fsm.Mark{Frame: last.Frame, Time: last.Time}, seg.Frame)
}

// neverSentBeyond: somebody else sent what was last seen of a side, at seq: the peer's ACKs of it
// were ACKs of unsent data.
func (p *Pair) neverSentBeyond(env *Env, from tcp.Side, seq tcp.Seq, forged fsm.Mark,
	challenge uint64) {
	s, flow := &p.ends[from], &p.flow[from]
	s.SndNxt = seq
	if flow.Nxt.After(seq) {
		flow.Nxt = seq
		if flow.Una.After(flow.Nxt) {
			flow.Una = flow.Nxt
		}
	}
	if s.SndUna.After(s.SndNxt) {
		s.SndUna = s.SndNxt
	}
	p.assume(env, SomebodyElse, one(forged.Frame), func(st *fsm.Step) { st.Notes |= fsm.Foreign })
	p.assume(env, SomebodyElse, allTo(from, forged.Time), func(st *fsm.Step) {
		if st.Verdict == tcp.Accept && st.Ack.After(seq) && st.Flags.Has(tcp.ACK) {
			st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.AckUnacceptable, tcp.RespondChallengeAck
			st.Wanted.SndNxt = seq
			st.AnsweredBy = challenge
		}
	})
}

// disproveSentFIN: a side that has sent its FIN has nothing more to send there: its bare ACKs bear
// the number after it. If they bear the FIN's own, or data stands where a FIN stood that its
// receiver refused, somebody else sent that FIN.
func (p *Pair) disproveSentFIN(env *Env, from tcp.Side, seg *tcp.Segment) {
	s := &p.ends[from]
	if !s.FINSent || seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) || !seg.Flags.Has(tcp.ACK) {
		return
	}
	probe := seg.Time-p.facts[from.Peer()].Last.Time >= idleLeast
	bare := seg.Len == 0 && seg.Seq == s.FINSeq && seg.Seq != s.AcceptableSeq() && !probe
	data := seg.Seq.AtOrBefore(s.FINSeq) && seg.EndSeq().After(s.FINSeq) &&
		!p.ends[from.Peer()].FINRcvd
	if fin := p.onlyFIN(from); (bare || data) && fin != nil && sentAfter(fin, seg) {
		p.neverFinished(env, from, fin, seg.Frame)
	}
}

// idleLeast is how long a host has heard nothing when it sends a keep-alive probe, which bears the
// number before its SND.NXT, a FIN's too (RFC 9293 section 3.8.4): a second at the least
// (TCP_KEEPIDLE), ns, less what records and clocks differ.
const idleLeast = 900_000_000

// onlyFIN gives a side's FIN, nil if it has been sent more than once.
func (p *Pair) onlyFIN(side tcp.Side) *fsm.Step {
	f, seq := &p.facts[side], p.ends[side].FINSeq
	if last := p.known(f.LastFIN.Frame); f.FINSeq != seq || f.LastFIN != f.FirstFIN &&
		(last == nil || last.EndSeq() == seq+1) {
		return nil
	}
	return p.known(f.FirstFIN.Frame)
}

// sentAfter reports whether a segment was sent after another one of its side: its timestamp is
// newer, or it acknowledges more.
func sentAfter(st *fsm.Step, seg *tcp.Segment) bool {
	if st.Options&tcp.OptTimestamps != 0 && seg.Has(tcp.OptTimestamps) {
		return tcp.TSBefore(st.TSval, seg.TSval)
	}
	return seg.Ack.After(st.Ack)
}

// neverFinished takes back that a side has sent a FIN, what came of that at that side, and the
// peer's FIN too if it acknowledges that one.
func (p *Pair) neverFinished(env *Env, from tcp.Side, fin *fsm.Step, shown uint64) {
	if !p.closesByFIN(from) {
		return
	}
	for closing := true; closing; {
		t := p.lastTransition(from)
		closing = t.Cause != fsm.SentFIN
		p.takeBack(env, from, t)
	}
	s, peer, facts := &p.ends[from], &p.ends[from.Peer()], &p.facts[from]
	s.FINSent = false
	facts.FINs, facts.FirstFIN, facts.LastFIN, facts.FINAcked = 0, fsm.Mark{}, fsm.Mark{}, fsm.Mark{}
	if s.FINRcvd && peer.FINAck.After(s.FINSeq) {
		s.FINRcvd, s.FINKnown, s.RcvNxt = false, false, peer.FINSeq
	}
	since := fsm.Mark{Frame: fin.Frame, Time: fin.Time}
	p.assume(env, SomebodyElse, allSince(since.Time), func(st *fsm.Step) {
		if st.From == from {
			notFinished(&st.SenderBefore, &st.SenderAfter)
		} else {
			notFinished(&st.ReceiverBefore, &st.ReceiverAfter)
		}
	})
	p.neverSentBeyond(env, from, s.FINSeq, since, shown)
	if s.FINRcvd {
		p.move(from, fsm.RcvFIN, p.facts[from.Peer()].LastFIN, tcp.Inferred, fsm.ReceivedFIN)
	}
}

// notFinished makes of the states of a FIN that is taken back what they were without it.
func notFinished(states ...*tcp.State) {
	for _, s := range states {
		if *s == tcp.FinWait1 || *s == tcp.FinWait2 {
			*s = tcp.Established
		}
	}
}

// closesByFIN reports whether a side is where its FIN, and what FINs and ACKs followed that, have
// brought it.
func (p *Pair) closesByFIN(side tcp.Side) bool {
	ts := p.story.transitions
	for i := len(ts) - 1; i >= 0; i-- {
		switch t := &ts[i]; {
		case t.Side != side || t.Withdrawn || t.Cause == fsm.ReceivedACK || t.Cause == fsm.ReceivedFIN ||
			t.Cause == fsm.ReceivedFINACK:
		default:
			return t.Cause == fsm.SentFIN
		}
	}
	return false
}
