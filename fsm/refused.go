package fsm

import "github.com/lastack/lastack/tcp"

// refusedOnItsWay finds the peer's segment that a bare RST of a side without a socket answers, where the capture point is far from that side:
// each segment that meets no socket is answered by one, with the segment's ACK as its SEQ (tcp_v4_send_reset), in the order in which
// they came. It was taken to have arrived before the socket was gone.
func (p *Pair) refusedOnItsWay(env *Env, from tcp.Side, seg *tcp.Segment, step *Step) {
	t := p.lastTransition(from)
	if seg.Flags.Has(tcp.ACK) || t == nil || t.To != tcp.Closed {
		return
	}
	if step.Answers != 0 {
		p.revise(env, step.Answers, func(st *Step) {
			if st.Verdict == tcp.Accept && st.Frame != t.Frame {
				refuse(st)
				st.AnsweredBy = seg.Frame
			}
		})
		return
	}
	if env.Ring == nil {
		return
	}
	lag := p.lag[from]
	refused := p.unanswered(env, from, seg, t, t.Time-lag-lag/8)
	if refused == nil {
		refused = p.unanswered(env, from, seg, t, t.Time-lag-refusedSlack)
	}
	if refused == nil {
		refused = p.lateAfterAll(env, from, seg)
	}
	if refused == nil {
		return
	}
	step.Answers = refused.Frame
	refuse(refused)
	refused.AnsweredBy = seg.Frame
}

// refusedSlack is how much longer than the way that was measured a segment may have been under way: the hosts have other things to do.
const refusedSlack = 5_000_000

// unanswered gives the oldest segment since a time that a bare RST can be the answer to.
func (p *Pair) unanswered(env *Env, from tcp.Side, seg *tcp.Segment, t *Transition, since int64) (oldest *Step) {
	una := p.flow[from.Peer()].Una
	env.Ring.eachSince(since, func(st *Step) {
		acked := st.SeqLen() > 0 && st.EndSeq().AtOrBefore(una)
		if st.From == from || st.AnsweredBy != 0 || acked || st.Ack != seg.Seq || !st.Flags.Has(tcp.ACK) ||
			st.Flags.Any(tcp.RST|tcp.SYN) || st.Frame == t.Frame || st.Notes.Has(Lost) {
			return
		}
		oldest = st // the search goes back in time
	}, p.id)
	return oldest
}

// lateAfterAll gives the oldest segment that was taken for lost and that a bare RST can be the answer to.
func (p *Pair) lateAfterAll(env *Env, from tcp.Side, seg *tcp.Segment) (oldest *Step) {
	env.Ring.eachSince(seg.Time-reviseWithin, func(st *Step) {
		if st.From != from && st.Notes.Has(Lost) && st.AnsweredBy == 0 && st.Ack == seg.Seq && st.Flags.Has(tcp.ACK) &&
			!st.Flags.Any(tcp.RST|tcp.SYN) {
			oldest = st
		}
	}, p.id)
	if oldest != nil {
		oldest.Notes &^= Lost
	}
	return oldest
}

// refuse makes a step one that met no socket.
func refuse(st *Step) {
	st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.NoConnection, tcp.RespondRst
	st.ReceiverBefore, st.ReceiverAfter = tcp.Closed, tcp.Closed
}

// refusedInFlight: when a side's answer shows that it has no socket any more, the answered segment was not the only one under way. Of
// those with the same ACK the first is what it refused first, and all data after that met no socket either.
func (p *Pair) refusedInFlight(env *Env, from tcp.Side, seg *tcp.Segment, answered *Step) {
	if env.Ring == nil || answered == nil {
		return
	}
	var first *Step
	lag := p.lag[from]
	since, una := seg.Time-lag-max(lag/8, refusedSlack), p.flow[from.Peer()].Una
	if answered.Reason == tcp.AfterClose { // what came before its FIN, that acknowledged
		since = seg.Time - reviseWithin
	}
	env.Ring.eachSince(since, func(st *Step) {
		if st.From == from || st.Len == 0 || st.EndSeq().AtOrBefore(una) || st.Flags.Any(tcp.SYN|tcp.RST) || st.Notes.Has(Lost) ||
			st.Verdict != tcp.Accept && st.Verdict != tcp.Queue && st.Frame != answered.Frame {
			return
		}
		if st.Ack == seg.Seq {
			first = st
		}
		if st.Frame != answered.Frame {
			refuse(st)
			st.Notes |= Crossed
		}
	}, p.id)
	if first == nil || first.Frame == answered.Frame {
		return
	}
	first.Reason, first.AnsweredBy = answered.Reason, seg.Frame
	first.ReceiverBefore = answered.ReceiverBefore
	p.revise(env, answered.Frame, func(st *Step) {
		refuse(st)
		st.AnsweredBy = 0
	})
}

// refusesOutstanding: a bare RST of a side that has sent its FIN, while data is outstanding that it has not acknowledged: the data met a
// socket that nobody reads any more (tcp_rcv_state_process), though more was sent since than what the RST answers. It reports whether
// that is so.
func (p *Pair) refusesOutstanding(env *Env, from tcp.Side, seg *tcp.Segment, step *Step) bool {
	s, peer, flow := &p.ends[from], from.Peer(), &p.flow[from.Peer()]
	if seg.Flags.Has(tcp.ACK) || s.state != tcp.FinWait1 && s.state != tcp.FinWait2 || !flow.Nxt.After(flow.Una) ||
		!seg.Seq.Before(s.sndNxt) || seg.Seq.Before(s.iss) || !p.facts[peer].LastData.Seen() {
		return false
	}
	p.set(from, tcp.Closed, p.facts[peer].LastData, tcp.Confirmed, DataAfterClose)
	step.SenderBefore = tcp.Closed
	step.Notes |= FromFormerPeer
	if env.Ring == nil {
		return true
	}
	var first *Step
	env.Ring.eachSince(seg.Time-reviseWithin, func(st *Step) {
		if st.From != from && st.Len > 0 && st.EndSeq().After(flow.Una) && st.Ack == seg.Seq && st.Verdict == tcp.Accept {
			refuse(st)
			st.Notes |= Crossed
			first = st
		}
	}, p.id)
	if first != nil {
		first.Reason, first.AnsweredBy = tcp.AfterClose, seg.Frame
		first.ReceiverBefore = tcp.FinWait1
		step.Answers = first.Frame
	}
	return true
}
