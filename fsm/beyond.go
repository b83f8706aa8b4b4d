package fsm

import "github.com/lastack/lastack/tcp"

// beyond is an ACK of what its receiver was never seen to send: either the capture lost segments, or the ACK is of unsent data (RFC
// 9293 section 3.10.7.4 fifth). Only the receiver's next segment tells, because it shows its SND.NXT. Until then a gap is assumed,
// and this is what to go back to.
type beyond struct {
	on      bool
	frame   uint64
	nxt     tcp.Seq // the receiver's SND.NXT as far as it was seen
	una     tcp.Seq
	missing uint32
	refuted bool // ack was shown to be of unsent data
	ack     tcp.Seq
	acker   endpoint // the ACK's sender as it was before it was believed; its slice is not used
}

// believable reports whether an ACK may teach what its sender has received: it does not go beyond what was seen, or what it goes
// beyond could have been sent into the window that was offered.
func (p *Pair) believable(from tcp.Side, seg *tcp.Segment) bool {
	flow := &p.flow[from.Peer()]
	if !flow.Known || !seg.Ack.After(flow.Nxt) || p.ends[from.Peer()].state == tcp.SynSent {
		return true
	}
	if p.refuted(from.Peer(), seg) {
		return true // its sender holds to it: somebody else sent it that data
	}
	if !p.plausibleGap(from.Peer(), seg) {
		return false
	}
	peer := &p.ends[from.Peer()]
	p.extra().beyond[from.Peer()] = beyond{on: true, frame: seg.Frame, ack: seg.Ack, nxt: flow.Nxt, una: peer.sndUna, acker: p.ends[from]}
	return true
}

// refuted reports whether an ACK is one that was already shown to be of data that its receiver never sent.
func (p *Pair) refuted(peer tcp.Side, seg *tcp.Segment) bool {
	b := &p.peek().beyond[peer]
	return b.refuted && b.ack == seg.Ack
}

// plausibleGap reports whether an ACK of what was never seen can be explained by segments missing from the capture: its sender could
// have received them, since they fit the window that it had offered.
func (p *Pair) plausibleGap(peer tcp.Side, seg *tcp.Segment) bool {
	r, s := &p.ends[peer.Peer()], &p.ends[peer]
	if s.finSent && seg.Ack.After(s.finSeq+1) {
		return false // nothing comes after a FIN
	}
	return !p.ends[peer].issKnown && !r.rcvKnown || !r.edgeKnown || seg.Ack.AtOrBefore(r.edge)
}

// resolveBeyond looks at the next segment of the side whose unseen data was acknowledged: at its old SND.NXT it shows that it never
// sent that data.
func (p *Pair) resolveBeyond(env *Env, side tcp.Side, seg *tcp.Segment) {
	b := &p.peek().beyond[side]
	if !b.on || seg.Flags.Any(tcp.RST|tcp.SYN) {
		return
	}
	if seg.Seq.Before(b.nxt) {
		return // a retransmission tells nothing
	}
	b.on = false
	if seg.Seq != b.nxt {
		return // the gap was real
	}
	b.refuted = true
	if t := p.lastTransition(side); t != nil && t.Frame == b.frame {
		p.withdraw(env, side)
	}
	acker, peer, flow := &p.ends[side.Peer()], &p.ends[side], &p.flow[side]
	acker.rcvNxt, acker.rcvWup, acker.edge = b.acker.rcvNxt, b.acker.rcvWup, b.acker.edge
	flow.Nxt, flow.Una = b.nxt, b.una
	peer.sndNxt, peer.sndUna = b.nxt, b.una
	p.facts[side].MissingBytes -= min(uint64(b.missing), p.facts[side].MissingBytes)
	p.revise(env, b.frame, func(st *Step) {
		st.Notes &^= AckUnseen
		st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.AckUnacceptable, tcp.RespondChallengeAck
		st.Wanted.SndNxt = b.nxt
		if seg.SeqLen() == 0 {
			st.AnsweredBy = seg.Frame
		}
	})
}
