package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// handshakeIgnored decides what became of what the initiator has sent since it completed the
// handshake, now that the responder repeats its SYN,ACK as if nothing had come. Either it was lost
// on the way, or it arrived and was dropped because the accept queue is full (tcp_v4_syn_recv_sock,
// tcp_check_req). It is the latter when data that carried the ACK again was ignored too: more than
// once, or seen at the responder. A bare ACK alone may also be what TCP_DEFER_ACCEPT ignores.
//
// What came less than lag before, the way to the responder and back, crossed the SYN,ACK. It
// completes the handshake, unless that is repeated again.
func (p *Pair) handshakeIgnored(env *Env, from tcp.Side, since, now, lag int64) {
	p.landDoubted(env, from.Peer(), now)
	r, peer := &p.ends[from], &p.facts[from.Peer()]
	data := peer.DataSegments
	if peer.FastOpen.SynData > 0 {
		data-- // the SYN's
	}
	r.Overflowed = r.Overflowed || data > 1 || data > 0 && p.vantageNow() == tcp.NearResponder
	verdict, reason := tcp.VerdictUnknown, tcp.NotCaptured
	if r.Overflowed {
		verdict, reason = tcp.Discard, tcp.ListenOverflow
		// nor was what was sent before the repetitions before this one lost
		since = p.firstCompleted(from, since)
	}
	p.assume(env, HandshakeIgnored, allTo(from, since), func(st *fsm.Step) {
		if st.Flags.Any(tcp.SYN|tcp.RST) || st.Time > now-lag {
			return
		}
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = verdict, reason, tcp.RespondNone, 0
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynReceived, tcp.SynReceived
		if st.Notes |= fsm.Lost; r.Overflowed {
			st.Notes &^= fsm.Lost
		}
	})
	r.RcvNxt, r.OutOfOrder, r.FINRcvd = r.RcvWup, r.OutOfOrder[:0], false
	p.extra().crossedSince = now - lag
}

// completeCrossed lets what crossed a repeated SYN,ACK, which has been seen to be sent now,
// complete the responder's handshake.
func (p *Pair) completeCrossed(env *Env, from tcp.Side) {
	after := p.peek().crossedSince
	if after == 0 {
		return
	}
	p.extra().crossedSince = 0
	if last := &p.story.last[from.Peer()]; last.Time > after {
		p.story.keep(last)
	}
	for i := range p.story.steps {
		st := &p.story.steps[i]
		if st.From == from || st.Time <= after || !st.Flags.Has(tcp.ACK) ||
			st.Flags.Any(tcp.SYN|tcp.RST) || st.Verdict != tcp.Accept {
			continue
		}
		if p.ends[from].State == tcp.SynReceived {
			p.assume(env, CrossedSYNACK, one(st.Frame), func(st *fsm.Step) { st.ReceiverBefore = tcp.SynReceived })
		}
		p.completesBy(from, st, tcp.Inferred)
	}
}

// crossedRepeat: a responder acknowledges data that was sent once, before the SYN,ACK was seen to
// be repeated, and that it was therefore taken to have ignored. So that crossed the repetition, and
// so did what came less than a round trip before it.
func (p *Pair) crossedRepeat(env *Env, from tcp.Side, seg *tcp.Segment) {
	repeated, client := p.facts[from].LastSYNACK, &p.facts[from.Peer()]
	if from != tcp.Responder || p.facts[from].SYNACKs < 2 ||
		client.Retransmitted > uint64(client.SYNs-1) || !client.FirstData.Seen() ||
		client.FirstData.Time > repeated.Time || !seg.Ack.After(p.ends[from.Peer()].ISS+1) {
		return
	}
	since := repeated.Time - (seg.Time - client.FirstData.Time)
	p.assume(env, CrossedSYNACK, allTo(from, since), func(st *fsm.Step) {
		if !ignored(st) {
			return
		}
		acceptAfterAll(st)
		st.Notes &^= fsm.Lost | fsm.Withdrew
		st.ReceiverBefore, st.ReceiverAfter = tcp.Established, tcp.Established
		if st.SeqLen() > 0 {
			st.Response = tcp.RespondAck
		}
	})
	p.ends[from].Overflowed = false
	p.restoreCompletion(env, from, since)
}

// ignored reports whether a segment was taken to be lost, or dropped, while its receiver waited for
// the handshake's last ACK.
func ignored(st *fsm.Step) bool {
	return st.ReceiverBefore == tcp.SynReceived && (st.Notes.Has(fsm.Lost) ||
		st.Reason == tcp.ListenOverflow)
}

// restoreCompletion gives a side back that it completed the handshake when it was first taken to,
// if that was not before since.
func (p *Pair) restoreCompletion(env *Env, side tcp.Side, since int64) {
	restored := false
	for i := range p.story.transitions {
		t := &p.story.transitions[i]
		switch {
		case t.Side != side || t.From != tcp.SynReceived || t.To != tcp.Established:
		case restored:
			t.Withdrawn = true
		case t.Withdrawn && t.Time >= since:
			restored = true
			t.Withdrawn, t.Certainty = false, tcp.Confirmed
			p.assume(env, CrossedSYNACK, one(t.Frame), func(st *fsm.Step) { st.ReceiverBefore = t.From })
		}
	}
}

// firstCompleted gives when a side was first taken to have completed the handshake, if that was
// before since.
func (p *Pair) firstCompleted(side tcp.Side, since int64) int64 {
	for i := range p.story.transitions {
		if t := &p.story.transitions[i]; t.Side == side && t.From == tcp.SynReceived &&
			t.To == tcp.Established {
			return min(since, t.Time)
		}
	}
	return since
}
