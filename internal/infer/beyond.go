package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// beyond is an ACK of what its receiver was never seen to send: either the ACK is of unsent data
// (RFC 9293 section 3.10.7.4 fifth), or the capture lost segments. The receiver's next segment
// tells, because it shows its SND.NXT. Until then one of the two is assumed.
type beyond struct {
	on    bool
	gap   bool // assumed that the capture lost what was acknowledged
	late  bool // what ack acknowledges is the segment that is being taken in
	frame uint64
	// refutedBy is the frame that showed ack to be of unsent data, 0 if none did.
	refutedBy uint64
	time      int64
	prior     uint64 // the ACK before, which this one goes beyond, 0 if none
	// priorTime is when that came, ns.
	priorTime int64
	seq       tcp.Seq
	ack       tcp.Seq
	nxt       tcp.Seq // the receiver's SND.NXT as far as it was seen
	una       tcp.Seq
	had       tcp.Seq // the receiver's RCV.NXT before
	missing   uint32
	echo      uint32 // the timestamp that the ACK echoes, with echoes
	echoes    bool
	// when the receiver had last sent an ACK that tcp_invalid_ratelimit counts, ns
	limited int64
	edge    tcp.Seq    // of the window that comes with the ACK
	closed  bool       // what it acknowledges does not fit the window that was seen to be offered
	acker   fsm.Socket // the ACK's sender as it was before it was believed; its slice is not used
}

// believable reports whether an ACK may teach what its sender has received: it does not go beyond
// what was seen, or the capture is known to lose segments and what it goes beyond fits the window
// that was offered.
func (p *Pair) believable(env *Env, from tcp.Side, seg *tcp.Segment) bool {
	peerSide := from.Peer()
	flow := &p.flow[peerSide]
	if flow.Known && seg.Ack.Before(flow.Una) {
		return false // older than what it has acknowledged
	}
	if !flow.Known || !seg.Ack.After(flow.Nxt) || p.ends[peerSide].State == tcp.SynSent {
		return true
	}
	if p.ends[from].State == tcp.Closed && p.lastTransition(from) != nil {
		return false // nobody is there to have received anything
	}
	if s := &p.ends[from]; s.RcvKnown && seg.Ack == s.RcvNxt {
		return true // just what it was taken to have, whoever sent it that
	}
	closed := !p.plausibleGap(peerSide, seg)
	if closed && !p.maybeUnseen(from, seg) {
		return false
	}
	if p.refuted(peerSide, seg) {
		return !closed // its sender holds to it: somebody else sent it that data
	}
	next := beyond{on: true, frame: seg.Frame, time: seg.Time, seq: seg.Seq, ack: seg.Ack,
		nxt: flow.Nxt, una: p.ends[peerSide].SndUna,
		had: p.ends[peerSide].RcvNxt, echo: seg.TSecr, echoes: seg.Has(tcp.OptTimestamps), edge: seg.Ack + tcp.Seq(p.ends[from].Scaled(seg)),
		closed: closed, limited: p.ends[peerSide].LastOOWAck, acker: p.ends[from]}
	if first := &p.peek().beyond[peerSide]; first.on && !first.gap && first.nxt == next.nxt &&
		(closed || seg.Ack == first.ack) {
		next.frame, next.time, next.closed = first.frame, first.time, closed || first.closed
	}
	if closed {
		if b := &p.peek().beyond[peerSide]; !b.on || !b.gap {
			p.extra().beyond[peerSide] = next
		}
		return false
	}
	next.gap = p.lossy() || p.mayBeFiltered(env) && seg.Flags.Has(tcp.FIN)
	if !next.gap && p.goesOn(env, peerSide, seg) {
		prior := &p.peek().beyond[peerSide]
		next.gap, next.prior, next.priorTime, next.missing = true, prior.frame, prior.time, prior.missing
		next.nxt, next.una, next.had, next.acker, next.limited = prior.nxt, prior.una, prior.had, prior.acker, prior.limited
	}
	p.extra().beyond[peerSide] = next
	return next.gap
}

// maybeUnseen reports whether an ACK of what does not fit the window that was seen to be offered
// may be of data, and of a larger window, that the capture lacks: not beyond a FIN, and not where
// data beyond the window was recorded that follows what came before.
func (p *Pair) maybeUnseen(from tcp.Side, seg *tcp.Segment) bool {
	s, last := &p.ends[from.Peer()], &p.story.last[from.Peer()]
	return !(s.FINSent && seg.Ack.After(s.FINSeq+1)) && !p.alien(from, seg) &&
		!(last.Verdict == tcp.Discard && last.Reason == tcp.OutOfWindow &&
			last.Seq == p.flow[from.Peer()].Nxt)
}

// goesOn reports whether an ACK goes further than the one before, which was taken to be of unsent
// data: an acknowledgment that grows follows data that the capture lacks.
func (p *Pair) goesOn(env *Env, peer tcp.Side, seg *tcp.Segment) bool {
	b := &p.peek().beyond[peer]
	if !b.on || b.gap || !seg.Ack.After(b.ack) {
		return false
	}
	if st := p.story.find(b.frame); st == nil || st.Reason != tcp.AckUnacceptable {
		return false // it was refused for something else
	}
	b.missing = p.admitGap(env, peer, b)
	return true
}

// lossy reports whether the capture of this connection is known to miss segments.
func (p *Pair) lossy() bool {
	return p.opening == tcp.OpeningMidStream || p.facts[0].Segments == 0 ||
		p.facts[1].Segments == 0 ||
		p.facts[0].MissingBytes > 0 || p.facts[1].MissingBytes > 0
}

// refuted reports whether an ACK is one that was already shown to be of data that its receiver
// never sent.
func (p *Pair) refuted(peer tcp.Side, seg *tcp.Segment) bool {
	b := &p.peek().beyond[peer]
	return b.refutedBy != 0 && b.ack == seg.Ack
}

// assumedGap reports whether an ACK is taken to be of data that the capture lost, for now.
func (p *Pair) assumedGap(peer tcp.Side, seg *tcp.Segment) bool {
	b := &p.peek().beyond[peer]
	return b.on && b.gap && b.ack == seg.Ack
}

// plausibleGap reports whether an ACK of what was never seen can be explained by segments missing
// from the capture: its sender could have received them, since they fit the window that it had
// offered.
func (p *Pair) plausibleGap(peer tcp.Side, seg *tcp.Segment) bool {
	r, s := &p.ends[peer.Peer()], &p.ends[peer]
	if s.FINSent && seg.Ack.After(s.FINSeq+1) {
		return false // nothing comes after a FIN
	}
	return !s.ISSKnown && !r.RcvKnown || !r.EdgeKnown || seg.Ack.AtOrBefore(r.Edge)
}

// resolveBeyond looks at the next segment of the side whose unseen data was acknowledged: at its
// old SND.NXT it shows that it never sent that data, beyond it that the capture lost some.
func (p *Pair) resolveBeyond(env *Env, side tcp.Side, seg *tcp.Segment) {
	b := &p.peek().beyond[side]
	if !b.on || seg.Flags.Any(tcp.RST|tcp.SYN) || seg.Seq.Before(b.nxt) && seg.SeqLen() > 0 {
		return // a retransmission tells nothing
	}
	if agreed := seg.Seq.AtOrAfter(b.ack) && seg.Seq.AtOrBefore(b.edge); b.closed &&
		seg.Seq.After(b.nxt) && !agreed {
		return // one of them alone may be forged
	}
	b.on = false
	switch {
	case !b.gap && seg.Time-b.time < disorder && p.explains(side, seg, b):
		b.late = true // sent before the ACK, and recorded after it
	// before, when the window that it was offered shrank: but not before its SND.UNA
	// (tcp_acceptable_seq)
	case seg.Seq.AtOrBefore(b.nxt):
		b.refutedBy = seg.Frame
		if b.gap {
			p.undoGap(env, side, seg, b)
		}
	case !b.gap:
		p.admitGap(env, side, b)
	}
}

// disorder is how far apart two records may be in the wrong order, ns: several queues, interfaces
// or mirror ports written to one capture, of which one comes up to 20 ms later (as a second record
// of a packet may, reassembly.Copies).
const disorder = 21_000_000

// refuseBeyond: a RST that takes up an ACK of what was not seen to be sent refuses it: so a request
// answers (tcp_check_req).
//
// A socket that is open challenges such an ACK (RFC 5961 section 5). If it goes one beyond what was
// seen, and a bare RST is the answer, the side had closed: the capture lacks its FIN
// (tcp_rcv_state_process in FIN-WAIT-1, tcp_v4_send_reset).
func (p *Pair) refuseBeyond(env *Env, side tcp.Side, rst *tcp.Segment) {
	b := &p.peek().beyond[side]
	if !b.on || b.gap || rst.Flags.Has(tcp.ACK) || rst.Seq != b.ack {
		return
	}
	b.on = false
	s := &p.ends[side]
	if open := s.State == tcp.Established || s.State == tcp.CloseWait; open && b.ack == b.nxt+1 &&
		!b.closed {
		p.admitGap(env, side, b)
		p.admitFIN(env, side, fsm.Mark{Frame: b.frame, Time: b.time}, b.nxt)
		return
	}
	b.refutedBy = rst.Frame
}

// explains reports whether an ACK that was recorded before a segment may be the ACK of it: of all
// of it, or, where the capture has several segments as one, of some of those; and with an echo of
// its timestamp if there was nothing else to echo.
func (p *Pair) explains(side tcp.Side, seg *tcp.Segment, b *beyond) bool {
	n, all := uint32(b.ack-seg.Seq), seg.SeqLen()
	if n == 0 || n > all || acknowledgedBefore(b.seq, seg) {
		return false
	}
	mss := uint32(p.facts[side.Peer()].MSS)
	if seg.Has(tcp.OptTimestamps) {
		mss -= min(mss, timestampLen)
		if b.echoes && b.una == b.nxt && tcp.TSBefore(b.echo, seg.TSval) {
			return false
		}
	}
	return n == all || mss > 0 && n%mss == 0
}

// acknowledgedBefore reports whether a segment begins before what another, of the other side,
// acknowledges: so its sender had not received that when it sent it, nor anything that was sent
// after it. What a stack sends begins at its SND.UNA (RFC 9293 section 3.4), or, if it is a
// keep-alive probe, one before.
func acknowledgedBefore(seq tcp.Seq, other *tcp.Segment) bool {
	return other.Flags.Has(tcp.ACK) && seq.Before(other.Ack-1)
}

// timestampLen is what the timestamps option takes of each segment (TCPOLEN_TSTAMP_ALIGNED).
const timestampLen = 12

// settleDisorder: the segment that a side has just been seen to send had been acknowledged already,
// because the records are in the wrong order. The ACK that was taken to be of unsent data is taken
// in now. It returns the ACK's frame, 0 if there was none.
func (p *Pair) settleDisorder(env *Env, side tcp.Side) uint64 {
	b := &p.peek().beyond[side]
	if !b.late {
		return 0
	}
	b.late = false
	if st := p.story.find(b.frame); st != nil && (st.Verdict != tcp.Discard ||
		st.Reason != tcp.AckUnacceptable) {
		return 0 // it was refused before anybody looked at its ACK
	}
	p.disordered++
	s := &p.ends[side]
	p.flow[side].Acked(b.ack)
	s.SndUna = tcp.MaxSeq(s.SndUna, b.ack)
	before := s.State
	if s.FINAcked() {
		p.move(side, fsm.RcvACKFIN, fsm.Mark{Frame: b.frame, Time: b.time}, tcp.Inferred, fsm.ReceivedACK)
	}
	p.assume(env, RecordedOutOfOrder, one(b.frame), func(st *fsm.Step) {
		acceptAfterAll(st)
		st.ReceiverBefore, st.ReceiverAfter = before, s.State
	})
	return b.frame
}

// answeredEarly ties a segment to its acknowledgment, which was recorded before it.
func (p *Pair) answeredEarly(env *Env, side tcp.Side, frame, ack uint64) {
	if ack == 0 {
		return
	}
	p.assume(env, RecordedOutOfOrder, one(frame), func(st *fsm.Step) { st.AnsweredBy = ack })
	acker := p.ends[side.Peer()].State // it had taken the segment when it sent the ACK
	p.assume(env, RecordedOutOfOrder, one(ack), func(st *fsm.Step) { st.SenderBefore, st.SenderAfter = acker, acker })
	x := &p.expect[side.Peer()]
	x.list = slices.DeleteFunc(x.list, func(e expectation) bool { return e.frame == frame })
	p.unacked[side].forget(frame)
}

// acceptAfterAll takes back that a segment was refused.
func acceptAfterAll(st *fsm.Step) {
	st.Notes |= fsm.ReceiverLags
	st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Accept, tcp.NoReason, tcp.RespondNone, 0
}

// settleUnresolved: at the end of a life nothing came that would tell whether an ACK was of unsent
// data. A stack would have challenged it, so the capture lacks what it acknowledges: a FIN, if it
// is just one number.
func (p *Pair) settleUnresolved(env *Env) {
	for side := range tcp.NoSide {
		b := &p.peek().beyond[side]
		if !b.on || b.gap || b.closed {
			continue
		}
		b.on = false
		s := &p.ends[side]
		st := p.story.find(b.frame)
		if s.State < tcp.Established || st != nil && (st.AnsweredBy != 0 ||
			st.Response == tcp.RespondNone) {
			// it was challenged, or could not be so soon after another (tcp_invalid_ratelimit)
			continue
		}
		p.admitGap(env, side, b)
		if b.ack == b.nxt+1 && (s.State == tcp.Established || s.State == tcp.CloseWait) {
			p.admitFIN(env, side, fsm.Mark{Frame: b.frame, Time: b.time}, b.nxt)
		}
	}
}

// admitFIN: the capture lacks a side's FIN, which its peer has acknowledged in the segment at m.
func (p *Pair) admitFIN(env *Env, side tcp.Side, m fsm.Mark, finSeq tcp.Seq) {
	s, acker := &p.ends[side], &p.ends[side.Peer()]
	p.set(side, fsm.Next[s.State][fsm.SndFIN], m, tcp.Confirmed, fsm.SegmentShows)
	s.FINSent, s.FINSeq = true, finSeq
	before := s.State
	p.move(side, fsm.RcvACKFIN, m, tcp.Inferred, fsm.ReceivedACK)
	acker.FINRcvd, acker.FINKnown, acker.FINAt = true, true, finSeq
	p.move(side.Peer(), fsm.RcvFIN, m, tcp.Confirmed, fsm.ReceivedFIN)
	p.assume(env, MissingFromCapture, one(m.Frame), func(st *fsm.Step) {
		st.SenderBefore, st.SenderAfter = acker.State, acker.State
		st.ReceiverBefore, st.ReceiverAfter = before, s.State
	})
}

// undoGap: the ACK was taken for one of lost segments and was of unsent data.
func (p *Pair) undoGap(env *Env, side tcp.Side, seg *tcp.Segment, b *beyond) {
	if t := p.lastTransition(side); t != nil && t.Frame == b.frame && p.withdraw(env, side) {
		p.neverMoved(env, side, t)
	}
	acker, peer, flow := &p.ends[side.Peer()], &p.ends[side], &p.flow[side]
	acker.RcvNxt, acker.RcvWup, acker.Edge = b.acker.RcvNxt, b.acker.RcvWup, b.acker.Edge
	flow.Nxt, flow.Una = b.nxt, b.una
	if peer.SndUna.After(b.una) {
		peer.BytesAcked -= min(uint32(peer.SndUna-b.una), peer.BytesAcked)
	}
	peer.SndNxt, peer.SndUna = b.nxt, b.una
	f := &p.facts[side]
	if f.MissingBytes -= min(uint64(b.missing), f.MissingBytes); f.MissingBytes == 0 {
		f.Missing = fsm.Mark{}
	}
	if b.prior != 0 {
		p.refuseAfterAll(env, side, seg, b, b.prior, b.priorTime)
	}
	p.refuseAfterAll(env, side, seg, b, b.frame, b.time)
	p.giveBack(env, side, seg, b)
}

// neverMoved: what a segment did to a side's state it did not do, nor did those that came after it
// meet the side in that state.
func (p *Pair) neverMoved(env *Env, side tcp.Side, t *fsm.Transition) {
	if t.Cause == fsm.ReceivedFIN || t.Cause == fsm.ReceivedFINACK {
		p.ends[side].FINRcvd, p.ends[side].FINKnown = false, false
	}
	frame, from, to := t.Frame, t.From, t.To
	p.assume(env, AckOfUnsent, allTo(side, t.Time), func(st *fsm.Step) {
		if st.Frame > frame && st.ReceiverBefore == to {
			st.ReceiverBefore = from
			if st.ReceiverAfter == to {
				st.ReceiverAfter = from
			}
		}
	})
}

// refuseAfterAll takes back that the ACK of a segment was believed.
func (p *Pair) refuseAfterAll(env *Env, side tcp.Side, seg *tcp.Segment, b *beyond, frame uint64,
	at int64) {
	// from a request, or a socket in SYN-RECEIVED (tcp_check_req, tcp_rcv_state_process)
	response := tcp.RespondRst
	if st := p.known(frame); st == nil || st.ReceiverBefore != tcp.SynReceived {
		response = p.challenged(env, side, at, b.limited)
	}
	p.assume(env, AckOfUnsent, one(frame), func(st *fsm.Step) {
		if !st.Notes.Has(fsm.AckUnseen) {
			return
		}
		st.Notes &^= fsm.AckUnseen
		if !ackLooked(st, p.ends[side].RcvWup) {
			return
		}
		st.Verdict, st.Reason, st.Response = tcp.Discard, tcp.AckUnacceptable, response
		st.Wanted.SndNxt = b.nxt
		if seg.SeqLen() == 0 && response != tcp.RespondNone {
			st.AnsweredBy = seg.Frame
		}
	})
}

// giveBack: what the refused segment carried was not taken. What came after it and was taken for a
// repetition was new, or waits where the answer selects it (RFC 2018 section 4).
func (p *Pair) giveBack(env *Env, side tcp.Side, seg *tcp.Segment, b *beyond) {
	r := &p.ends[side]
	if !seg.Flags.Has(tcp.ACK) || p.lag[side] >= minLag || seg.Ack.Before(b.had) || r.FINRcvd {
		return
	}
	back := r.RcvNxt.After(seg.Ack)
	if back {
		r.RcvNxt = seg.Ack
	}
	p.assume(env, AckOfUnsent, allTo(side, b.time), func(st *fsm.Step) {
		if back && st.Verdict == tcp.Duplicate && st.Reason == tcp.OldData &&
			st.Seq.AtOrAfter(b.had) &&
			st.EndSeq().AtOrBefore(seg.Ack) {
			acceptAfterAll(st)
			st.Response, st.AnsweredBy = tcp.RespondAck, seg.Frame
		}
		if st.Verdict == tcp.Duplicate && selects(seg, st) {
			st.Verdict, st.Reason, st.Response, st.AnsweredBy = tcp.Queue, tcp.OutOfOrder, tcp.RespondAck, seg.Frame
		}
	})
}

// selects reports whether a block of selective acknowledgment beyond an ACK holds a segment.
func selects(ack *tcp.Segment, st *fsm.Step) bool {
	for _, b := range ack.SACK[:ack.SACKCount] {
		if b.Left.After(ack.Ack) && st.SeqLen() > 0 && st.Seq.AtOrAfter(b.Left) &&
			st.EndSeq().AtOrBefore(b.Right) {
			return true
		}
	}
	return false
}

// ackLooked reports whether a segment came so far at its receiver that its ACK was looked at: what
// is refused for its sequence number or its timestamp does not. wup is what the receiver has
// acknowledged.
func ackLooked(st *fsm.Step, wup tcp.Seq) bool {
	switch st.Verdict {
	case tcp.Accept, tcp.Queue:
		return true
	case tcp.Duplicate:
		return !st.EndSeq().Before(wup)
	}
	return st.Reason == tcp.AfterClose
}

// challenged gives the answer of a side to a segment that came at a time and deserved a challenge
// ACK: none so soon after another (tcp_invalid_ratelimit), the last of which before it was at
// before.
func (p *Pair) challenged(env *Env, side tcp.Side, at, before int64) tcp.Response {
	last, limit := &p.ends[side].LastOOWAck, int64(p.profile(side).ChallengeEvery)
	if *last != 0 && at-*last < limit && *last-at < limit || before != 0 && at-before < limit {
		return tcp.RespondNone // or else the later one would not have been sent
	}
	*last = max(*last, at)
	return tcp.RespondChallengeAck
}

// admitGap: the ACK was taken for one of unsent data, but its receiver has sent on: the capture
// lost what lies between. It returns how much that is.
func (p *Pair) admitGap(env *Env, side tcp.Side, b *beyond) uint32 {
	acker, peer, f := &p.ends[side.Peer()], &p.ends[side], &p.facts[side]
	missing, _ := p.flow[side].Acked(b.ack)
	f.MissingBytes += uint64(missing)
	if !f.Missing.Seen() {
		f.Missing = fsm.Mark{Frame: b.frame, Time: b.time}
		p.exhibit(b.frame)
	}
	peer.SndNxt = tcp.MaxSeq(peer.SndNxt, b.ack)
	peer.SndUna = tcp.MaxSeq(peer.SndUna, b.ack)
	if b.ack.After(acker.RcvNxt) {
		p.ends[side.Peer()].Advance(b.ack)
	}
	acker.RcvWup = tcp.MaxSeq(acker.RcvWup, b.ack)
	if !acker.EdgeKnown || b.edge.After(acker.Edge) {
		acker.Edge, acker.EdgeKnown = b.edge, true
	}
	p.assume(env, MissingFromCapture, allTo(side, b.time), func(st *fsm.Step) {
		if st.Reason == tcp.AckUnacceptable && st.Ack.After(b.nxt) && st.Ack.AtOrBefore(b.ack) {
			st.Notes |= fsm.AckUnseen
			acceptAfterAll(st)
		}
	})
	return missing
}
