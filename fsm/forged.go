package fsm

import "github.com/lastack/lastack/tcp"

// disproveSent: a side's bare ACK bears its SND.NXT (tcp_acceptable_seq), unless its window has shrunk. When that lies before the data that
// was last seen in its name, the side never sent that data: somebody else did. The data is taken back from the side's numbers, and the
// peer's ACKs of it were ACKs of unsent data.
func (p *Pair) disproveSent(env *Env, from tcp.Side, seg *tcp.Segment) {
	s, last := &p.ends[from], &p.story.last[from]
	if seg.Flags != tcp.ACK || seg.Len > 0 || !s.sndKnown || s.finSent || last.Len <= 1 || last.Seq != seg.Seq ||
		last.EndSeq() != s.sndNxt || seg.Seq == s.acceptableSeq() || last.Notes.Any(Retransmission) || seg.Time == last.Time {
		return
	}
	if seg.Has(tcp.OptTimestamps) && !tcp.TSBefore(last.TSval, seg.TSval) || !seg.Has(tcp.OptTimestamps) && seg.Time-last.Time < disorder {
		return // it may have been sent before the data
	}
	s.sndNxt = seg.Seq
	if flow := &p.flow[from]; flow.Nxt.After(seg.Seq) {
		flow.Nxt = seg.Seq
		if flow.Una.After(flow.Nxt) {
			flow.Una = flow.Nxt
		}
	}
	if s.sndUna.After(s.sndNxt) {
		s.sndUna = s.sndNxt
	}
	p.revise(env, last.Frame, func(st *Step) { st.Notes |= Foreign })
	since := last.Time
	p.eachTo(env, from, since, func(st *Step) {
		if st.Verdict == tcp.Accept && st.Ack.After(seg.Seq) && st.Flags.Has(tcp.ACK) {
			st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.AckUnacceptable, tcp.RespondChallengeAck
			st.Wanted.SndNxt = seg.Seq
			st.AnsweredBy = seg.Frame
		}
	})
}
