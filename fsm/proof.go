package fsm

import "github.com/lastack/lastack/tcp"

// stateBefore gives the state that the segment was sent in: proof that settle or provesState found
// counts as before the segment.
func (p *Pair) stateBefore(from tcp.Side, step *Step) tcp.State {
	if t := p.lastTransition(from); t != nil && t.Frame == step.Frame && t.Cause == SentFIN {
		return t.From
	}
	return p.ends[from].state
}

// provesState moves a side that sends an ordinary segment to the state that this proves.
func (p *Pair) provesState(env *Env, from tcp.Side, seg *tcp.Segment, m Mark) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	switch s.state {
	case tcp.SynSent:
		if p.acksSYN(from, seg) {
			p.set(from, tcp.Established, m, tcp.Observed, SegmentShows)
			p.answeredUnseen(env, from, seg, m)
		}
	case tcp.SynReceived:
		if p.fromFullSocket(from, seg) {
			// the socket of a fast open speaks before the SYN,ACK is acknowledged (RFC 7413 section
			// 3)
			p.complete()
			p.set(from, tcp.Established, m, tcp.Observed, SegmentShows)
		}
	case tcp.Established:
		if seg.SeqLen() > 0 {
			p.confirm(from, ReceivedACK, ReceivedSYNACK)
		}
	case tcp.Unknown, tcp.Listen:
		if seg.Flags.Has(tcp.ACK) {
			p.set(from, midStreamState(peer, seg), m, tcp.Confirmed, SegmentShows)
			s.finRcvd = s.state == tcp.CloseWait
		}
	}
}

// fromFullSocket reports whether a segment of a side in SYN-RECEIVED shows that the handshake is
// complete there: a request socket answers what it refuses with an ACK that carries nothing; only
// what a full socket says counts.
func (p *Pair) fromFullSocket(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	full := seg.Flags.Has(tcp.FIN) && p.opening != tcp.SimultaneousOpen
	return seg.Len > 0 || full || peer.state == tcp.Established && seg.Ack.After(peer.iss+1)
}

// answeredUnseen: a client that acknowledges a SYN,ACK which is not in the capture shows that the
// other side sent one.
func (p *Pair) answeredUnseen(env *Env, from tcp.Side, seg *tcp.Segment, m Mark) {
	peerSide := from.Peer()
	peer := &p.ends[peerSide]
	if peer.issKnown {
		return
	}
	switch peer.state {
	case tcp.Listen:
		peer.sndUna, peer.sndNxt, peer.sndKnown = seg.Ack-1, seg.Ack, true
		p.flow[peerSide].Start(seg.Ack)
		p.opening = tcp.Incomplete
		p.set(peerSide, tcp.SynReceived, m, tcp.Confirmed, SegmentShows)
	case tcp.Established:
		p.opening = tcp.ThreeWay
		p.handshakeMissing(env, from)
	}
}

// handshakeMissing: the SYN,ACK and the ACK of it are not in the capture, and what the server sent
// then was taken for an old socket's answer to the SYN. The client shows that it was connected all
// along.
func (p *Pair) handshakeMissing(env *Env, client tcp.Side) {
	p.ends[client.Peer()].former = false
	p.revise(env, p.facts[client].LastSYN.Frame, func(st *Step) {
		acceptAfterAll(st)
		st.Response, st.ReceiverBefore, st.ReceiverAfter = tcp.RespondSynAck, tcp.Listen, tcp.SynReceived
	})
	p.eachTo(env, client, p.facts[client].LastSYN.Time, func(st *Step) {
		if st.Verdict == tcp.Discard && (st.Reason == tcp.BadFlags ||
			st.Reason == tcp.AckUnacceptable || st.Reason == tcp.PAWS) {
			acceptAfterAll(st)
			st.ReceiverBefore, st.ReceiverAfter = tcp.Established, tcp.Established
			st.Notes &^= OldLife
		}
	})
}

// acksSYN reports whether a segment of a side in SYN-SENT shows that the SYN,ACK reached it: it
// acknowledges the peer's SYN.
func (p *Pair) acksSYN(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	if syn := p.story.find(p.facts[from].LastSYN.Frame); syn != nil &&
		(syn.Reason == tcp.BadFlags || syn.Reason == tcp.BadChecksum) {
		return false // nobody answers a SYN with FIN, nor one with a wrong checksum
	}
	return seg.Flags.Has(tcp.ACK) && (!peer.issKnown || seg.Ack.After(peer.iss)) &&
		seg.Seq.After(p.ends[from].iss)
}

// midStreamState is what an ordinary segment shows of a side that was not seen before: it is
// connected, and has the peer's FIN if it acknowledges one.
func midStreamState(peer *Socket, seg *tcp.Segment) tcp.State {
	if peer.finSent && seg.Ack.After(peer.finSeq) {
		return tcp.CloseWait
	}
	return tcp.Established
}
