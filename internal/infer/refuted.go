package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// tookRefused: a side acknowledges data that it was taken to have refused, and nothing else brought
// it that data. So it took what was refused: its window had been opened by a segment that the
// capture lacks, its stack does not make the check, or the capture has the segment otherwise than
// it came. Of several transmissions the later ones are the likelier.
func (p *Pair) tookRefused(env *Env, side tcp.Side, seg *tcp.Segment) {
	left, again, brought := p.ends[side].RcvNxt, false, false
	var last fsm.Step // of those that it may have taken
	candidate := func(st *fsm.Step) bool {
		// which nobody looks at who predicts (tcp_rcv_established)
		oldACK := st.Verdict == tcp.Duplicate && st.Reason == tcp.OldAck
		// nothing is taken after a FIN that was
		ends := st.Flags.Has(tcp.FIN) && st.EndSeq().Before(seg.Ack)
		return st.Verdict == tcp.Discard && refutable(st.Reason) && !ends || oldACK
	}
	p.kept().inRange(side, seg.Time, left, seg.Ack, func(st *fsm.Step) {
		again = again || st.Notes.Has(fsm.Retransmission)
		// a FIN that was only taken back
		brought = brought || st.Verdict == tcp.Accept && st.Seq == left && st.EndSeq() == seg.Ack
		if candidate(st) && st.Frame > last.Frame {
			last = *st
		}
	})
	if brought {
		return
	}
	took := func(st *fsm.Step) bool {
		return candidate(st) && (!again || st.Notes.Has(fsm.Retransmission)) && (st.Seq != last.Seq ||
			st.Frame == last.Frame)
	}
	p.kept().inRange(side, seg.Time, left, seg.Ack, func(st *fsm.Step) {
		if took(st) {
			p.expectAfterAll(side, st)
			if st.Notes.Has(fsm.Spurious) {
				p.facts[st.From].Spurious--
			}
		}
	})
	p.assume(env, TakenAfterAll, dataTo(side, seg.Time, left, seg.Ack), func(st *fsm.Step) {
		if took(st) {
			takeAfterAll(st)
		}
	})
	p.wentPastFIN(side, seg, &last)
}

// wentPastFIN: a side acknowledges more than its peer's FIN, which it had refused, or what came
// later and stands where the FIN stood: so it took that, and what its peer sends goes on (RFC 9293
// section 3.10.7.4, eighth).
func (p *Pair) wentPastFIN(side tcp.Side, seg *tcp.Segment, took *fsm.Step) {
	s, peer := &p.ends[side], &p.ends[side.Peer()]
	if !peer.FINSent || s.FINRcvd || took.Flags.Has(tcp.FIN) {
		return
	}
	fin := p.known(p.facts[side.Peer()].LastFIN.Frame)
	if fin != nil && (fin.Verdict == tcp.Discard || fin.Verdict == tcp.Duplicate) &&
		(seg.Ack.After(peer.FINSeq+1) || took.Frame > fin.Frame && took.Seq == fin.Seq) {
		peer.FINSent = false
	}
}

// refutable reports whether a segment that was refused on a ground may have been taken all the
// same, as the acknowledgment of it shows: not where the ground is that there was no socket to take
// it.
func refutable(r tcp.Reason) bool {
	switch r {
	case tcp.OutOfWindow, tcp.PAWS, tcp.TimestampEcho, tcp.AckUnacceptable, tcp.BadFlags, tcp.BadChecksum:
		return true
	}
	return false
}

// takeAfterAll takes back that a segment was refused: its data is acknowledged.
func takeAfterAll(st *fsm.Step) {
	acceptAfterAll(st)
	st.Notes &^= fsm.Spurious
	if st.SeqLen() > 0 {
		st.Response = tcp.RespondAck
	}
}

// expectAfterAll: a side took a segment that it was taken to have refused, and owes no other answer
// to it than its ACK.
func (p *Pair) expectAfterAll(side tcp.Side, st *fsm.Step) {
	x := &p.expect[side]
	x.list = slices.DeleteFunc(x.list, func(e expectation) bool { return e.frame == st.Frame })
	if st.SeqLen() > 0 {
		x.add(expectation{frame: st.Frame, time: st.Time, ack: st.Ack, seq: st.Seq,
			end: st.EndSeq(), tsval: st.TSval,
			response: tcp.RespondAck, covers: true})
	}
}

// completedAfterAll: a side that was taken to wait for the ACK of its SYN,ACK goes on as only a
// full socket does. So it took what was refused for its echo: Linux looks at that only since 6.15
// (tcp_check_req), and the capture may lack the SYN,ACK that had the timestamp.
func (p *Pair) completedAfterAll(env *Env, side tcp.Side, seg *tcp.Segment) {
	if p.ends[side].State != tcp.SynReceived || !p.fromFullSocket(side, seg) {
		return
	}
	for i := range p.story.steps {
		st := &p.story.steps[i]
		if st.From == side || st.Verdict != tcp.Discard || st.Reason != tcp.TimestampEcho ||
			st.ReceiverBefore != tcp.SynReceived ||
			!st.Flags.Has(tcp.ACK) || st.Flags.Any(tcp.SYN|tcp.RST) ||
			tcp.TSBefore(seg.TSecr, st.TSval) {
			continue
		}
		before := p.ends[side].State
		p.completesBy(side, st, tcp.Confirmed)
		p.expectAfterAll(side, st)
		p.assume(env, TakenAfterAll, one(st.Frame), func(st *fsm.Step) {
			takeAfterAll(st)
			st.ReceiverBefore, st.ReceiverAfter = before, tcp.Established
		})
	}
}

// completesBy lets the kept segment st complete the handshake of a side, unless another one has
// (completesHandshake).
func (p *Pair) completesBy(side tcp.Side, st *fsm.Step, how tcp.Certainty) {
	r := &p.ends[side]
	if r.State == tcp.SynReceived {
		r.SndUna = tcp.MaxSeq(r.SndUna, st.Ack)
		r.SndWl1, r.SndWnd, r.MaxWindow = st.Seq, st.Window, max(r.MaxWindow, st.Window)
		p.complete()
		p.move(side, fsm.RcvACKSYN, fsm.Mark{Frame: st.Frame, Time: st.Time}, how, fsm.ReceivedACK)
		p.measureHandshake(&tcp.Segment{Time: st.Time, Frame: st.Frame, Seq: st.Seq, Ack: st.Ack,
			Len: st.Len, Flags: st.Flags,
			Options: st.Options, TSval: st.TSval, TSecr: st.TSecr}, st)
	}
	if st.Len > 0 && st.Seq == r.RcvNxt && !st.Flags.Has(tcp.FIN) {
		r.Advance(st.EndSeq())
	}
}
