package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// stateBefore gives the state that the segment was sent in: proof that settle or provesState found
// counts as before the segment.
func (p *Pair) stateBefore(from tcp.Side, step *fsm.Step) tcp.State {
	if t := p.lastTransition(from); t != nil && t.Frame == step.Frame && t.Cause == fsm.SentFIN {
		return t.From
	}
	return p.ends[from].State
}

// provesState moves a side that sends an ordinary segment to the state that this proves.
func (p *Pair) provesState(env *Env, from tcp.Side, seg *tcp.Segment, m fsm.Mark) {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	switch s.State {
	case tcp.SynSent:
		if p.acksSYN(from, seg) {
			p.set(from, tcp.Established, m, tcp.Observed, fsm.SegmentShows)
			p.answeredUnseen(env, from, seg, m)
		}
	case tcp.SynReceived:
		if p.fromFullSocket(from, seg) {
			// the socket of a fast open speaks before the SYN,ACK is acknowledged (RFC 7413 section
			// 3)
			p.complete()
			p.set(from, tcp.Established, m, tcp.Observed, fsm.SegmentShows)
		}
	case tcp.Established:
		if seg.SeqLen() > 0 {
			p.confirm(from, fsm.ReceivedACK, fsm.ReceivedSYNACK)
		}
	case tcp.Unknown, tcp.Listen:
		if seg.Flags.Has(tcp.ACK) {
			p.set(from, midStreamState(peer, seg), m, tcp.Confirmed, fsm.SegmentShows)
			s.FINRcvd = s.State == tcp.CloseWait
		}
	}
}

// fromFullSocket reports whether a segment of a side in SYN-RECEIVED shows that the handshake is
// complete there: a request socket answers what it refuses with an ACK that carries nothing; only
// what a full socket says counts.
func (p *Pair) fromFullSocket(from tcp.Side, seg *tcp.Segment) bool {
	peer := &p.ends[from.Peer()]
	full := seg.Flags.Has(tcp.FIN) && p.opening != tcp.SimultaneousOpen
	return seg.Len > 0 || full || peer.State == tcp.Established && seg.Ack.After(peer.ISS+1)
}

// answeredUnseen: a client that acknowledges a SYN,ACK which is not in the capture shows that the
// other side sent one.
func (p *Pair) answeredUnseen(env *Env, from tcp.Side, seg *tcp.Segment, m fsm.Mark) {
	peerSide := from.Peer()
	peer := &p.ends[peerSide]
	if peer.ISSKnown {
		return
	}
	switch peer.State {
	case tcp.Listen:
		peer.SndUna, peer.SndNxt, peer.SndKnown = seg.Ack-1, seg.Ack, true
		p.flow[peerSide].Start(seg.Ack)
		p.opening = tcp.Incomplete
		p.set(peerSide, tcp.SynReceived, m, tcp.Confirmed, fsm.SegmentShows)
	case tcp.Established:
		p.opening = tcp.ThreeWay
		p.handshakeMissing(env, from)
	}
}

// handshakeMissing: the SYN,ACK and the ACK of it are not in the capture, and what the server sent
// then was taken for an old socket's answer to the SYN. The client shows that it was connected all
// along.
func (p *Pair) handshakeMissing(env *Env, client tcp.Side) {
	p.ends[client.Peer()].Former = false
	p.assume(env, MissingFromCapture, one(p.facts[client].LastSYN.Frame), func(st *fsm.Step) {
		acceptAfterAll(st)
		st.Response, st.ReceiverBefore, st.ReceiverAfter = tcp.RespondSynAck, tcp.Listen, tcp.SynReceived
	})
	p.assume(env, MissingFromCapture, allTo(client, p.facts[client].LastSYN.Time), func(st *fsm.Step) {
		if st.Verdict == tcp.Discard && (st.Reason == tcp.BadFlags ||
			st.Reason == tcp.AckUnacceptable || st.Reason == tcp.PAWS) {
			acceptAfterAll(st)
			st.ReceiverBefore, st.ReceiverAfter = tcp.Established, tcp.Established
			st.Notes &^= fsm.OldLife
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
	return seg.Flags.Has(tcp.ACK) && (!peer.ISSKnown || seg.Ack.After(peer.ISS)) &&
		seg.Seq.After(p.ends[from].ISS)
}

// midStreamState is what an ordinary segment shows of a side that was not seen before: it is
// connected, and has the peer's FIN if it acknowledges one.
func midStreamState(peer *fsm.Socket, seg *tcp.Segment) tcp.State {
	if peer.FINSent && seg.Ack.After(peer.FINSeq) {
		return tcp.CloseWait
	}
	return tcp.Established
}
