package fsm

import "github.com/lastack/lastack/tcp"

// handshakeIgnored decides what became of what the initiator has sent since it completed the handshake, now that the responder repeats
// its SYN,ACK as if nothing had come. Either it was lost on the way, or it arrived and was dropped because the accept queue is full
// (tcp_v4_syn_recv_sock, tcp_check_req). It is the latter when data that carried the ACK again was ignored too: more than once, or
// seen at the responder. A bare ACK alone may also be what TCP_DEFER_ACCEPT ignores.
func (p *Pair) handshakeIgnored(env *Env, from tcp.Side, since, now int64) {
	p.landDoubted(env, from.Peer(), now)
	data := 0
	p.eachTo(env, from, since, func(st *Step) {
		if st.Len > 0 {
			data++
		}
	})
	r := &p.ends[from]
	r.overflowed = r.overflowed || data > 1 || data > 0 && p.vantageNow() == tcp.NearResponder
	verdict, reason := tcp.VerdictUnknown, tcp.NotCaptured
	if r.overflowed {
		verdict, reason = tcp.Discard, tcp.ListenOverflow
		since = p.firstCompleted(from, since) // nor was what was sent before the repetitions before this one lost
	}
	p.eachTo(env, from, since, func(st *Step) {
		if st.Flags.Any(tcp.SYN | tcp.RST) {
			return
		}
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = verdict, reason, tcp.RespondNone, 0
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynReceived, tcp.SynReceived
		if st.Notes |= Lost; r.overflowed {
			st.Notes &^= Lost
		}
	})
	r.rcvNxt, r.ooo, r.finRcvd = r.rcvWup, r.ooo[:0], false
}

// firstCompleted gives when a side was first taken to have completed the handshake, if that was before since.
func (p *Pair) firstCompleted(side tcp.Side, since int64) int64 {
	for i := range p.story.transitions {
		if t := &p.story.transitions[i]; t.Side == side && t.From == tcp.SynReceived && t.To == tcp.Established {
			return min(since, t.Time)
		}
	}
	return since
}

// eachTo calls change with the kept steps to a side since a time.
func (p *Pair) eachTo(env *Env, to tcp.Side, since int64, change func(*Step)) {
	within := func(st *Step) {
		if st.From != to && st.Time >= since && st.Kind == tcp.KindTCP {
			change(st)
		}
	}
	for i := range p.story.steps {
		within(&p.story.steps[i])
	}
	if env.Ring != nil {
		env.Ring.eachSince(since, within, p.id)
	}
}
