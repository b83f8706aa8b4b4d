package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// A segment that passed the capture point arrives at its receiver's socket. What the socket does
// with it is Receive's to say. Here stands what only an observer has to ask: what the socket is
// like by the time the segment comes to it, and what the answer says about segments that came
// before.

// arrival is one segment at its receiver.
type arrival struct {
	env  *Env
	pair *Pair
	seg  *tcp.Segment
	step *fsm.Step
	to   tcp.Side
	r    *fsm.Socket // the receiver
	s    *fsm.Socket // the sender
	at   fsm.Mark
	how  tcp.Certainty // of what it changes at the receiver
}

// judge gives what the receiver does with the segment.
func (a *arrival) judge() fsm.Outcome {
	switch {
	case a.pair.badChecksum(a.step.From, a.seg):
		return fsm.Outcome{Verdict: tcp.Discard, Reason: tcp.BadChecksum, Response: tcp.RespondNone}
	case a.mayBeExact():
		return a.doubtReset()
	case a.recordedLate():
		a.r.TakeTimestamp(a.seg)
		return fsm.Outcome{Verdict: tcp.Accept, Reason: tcp.NoReason, Response: tcp.RespondSynAck}
	}
	in := a.setting()
	did := a.r.Receive(a.seg, &in)
	return a.apply(&did)
}

// setting gives what the receiver's socket meets beside the segment.
func (a *arrival) setting() fsm.Setting {
	p, r, seg := a.pair, a.r, a.seg
	own := &p.facts[a.to]
	in := fsm.Setting{Profile: p.profile(a.to), Window: a.s.Scaled(seg), Shift: a.s.Shift,
		PeerNext: a.s.ISS + 1, Acked: a.acknowledged(),
		FirstSYN: own.FirstSYN.Time, SACK: own.SACKOK, Stamps: own.TSOK,
		Listens:      own.SYNACKs > 0 && own.SYNs == 0,
		Simultaneous: p.opening == tcp.SimultaneousOpen,
		FastOpened:   p.facts[a.step.From].FastOpen.DataAcked,
		Passive:      a.to == tcp.Responder, Probe: a.step.Notes.Has(fsm.KeepAlive), Again: a.perhapsOld()}
	if r.State == tcp.TimeWait {
		in.IgnoresRST = p.host(a.env, a.to).RFC1337
	}
	if r.PawsFails(seg, in.Profile.PAWSSlack) {
		in.Patience = max(a.timeout()*12/10, a.backedOff())
	}
	return in
}

// apply takes what the socket did into the connection's story.
func (a *arrival) apply(did *fsm.Reaction) fsm.Outcome {
	p, o := a.pair, did.Outcome
	a.step.Notes |= did.Notes
	if did.Opens {
		p.opening = tcp.SimultaneousOpen
	}
	if did.Measures {
		a.sampleSimultaneous()
	}
	if did.Complete {
		p.complete()
	}
	if f := &p.facts[a.to]; did.AckedNew && a.r.FINAcked() && !f.FINAcked.Seen() {
		f.FINAcked = a.at
		a.step.Notes |= fsm.Exhibit
	}
	for i := range did.Count {
		a.record(&did.Changes[i])
	}
	if did.NewText && a.step.Notes.Has(fsm.Retransmission) {
		p.loseOriginal(a.env, a.to, a.seg)
	}
	if did.OldText {
		a.oldText(&o)
	}
	if before := a.step.ReceiverBefore; o.Reason == tcp.PAWS && before.Synchronized() &&
		before != tcp.TimeWait {
		// what came before it shows whether two records are swapped
		p.exhibit(p.story.last[a.step.From].Frame)
	}
	return o
}

// record writes down a transition that the socket made.
func (a *arrival) record(c *fsm.Change) {
	p, m, how, cause := a.pair, a.at, a.how, c.Cause
	if c.Inferred {
		how = tcp.Inferred
	}
	if cause == fsm.ReceivedFIN {
		cause = p.causeOfFIN(a.to)
		// else its sender seems not to have sent it, and it was queued all the same
		if fin := p.facts[a.step.From].LastFIN; fin.Seen() {
			m = fin
		}
	}
	if a.r != &p.ends[a.to] { // the socket of an attempt, which has no life yet
		p.move(a.to, c.Event, m, how, cause)
		return
	}
	p.story.transitions = append(p.story.transitions, fsm.Transition{Mark: m, Side: a.to, From: c.From,
		To: c.To, Certainty: how, Cause: cause})
	a.r.StateSince = m.Time
	p.dirty = true
}

// causeOfFIN tells whether a side takes its peer's FIN with the ACK of its own.
func (p *Pair) causeOfFIN(side tcp.Side) fsm.Cause {
	if t := p.lastTransition(side); t != nil && t.Cause == fsm.ReceivedACK &&
		t.Frame == p.facts[side.Peer()].LastFIN.Frame {
		return fsm.ReceivedFINACK
	}
	return fsm.ReceivedFIN
}

// takeFIN makes a side take its peer's FIN if its RCV.NXT is past it.
func (p *Pair) takeFIN(side tcp.Side, how tcp.Certainty) {
	if p.ends[side].TakesFIN() {
		p.move(side, fsm.RcvFIN, p.facts[side.Peer()].LastFIN, how, p.causeOfFIN(side))
	}
}

// finBefore lets the sender's FIN arrive before what it sent next: it was held back because the
// receiver had not seen it yet when it sent its own.
func (a *arrival) finBefore() {
	r, s := a.r, a.s
	after := a.seg.Seq == s.FINSeq+1 || a.seg.Flags.Has(tcp.RST) && a.seg.Seq == s.FINSeq
	if r.FINCrossed && s.FINSent && !r.FINRcvd && r.RcvNxt == s.FINSeq && after {
		was := r.State
		r.FINAt, r.FINKnown = s.FINSeq, true
		r.Advance(s.FINSeq + 1)
		a.pair.takeFIN(a.to, a.how)
		a.pair.assume(a.env, FINsCrossed, one(a.pair.facts[a.step.From].LastFIN.Frame), func(st *fsm.Step) {
			st.ReceiverBefore, st.ReceiverAfter = was, r.State
		})
	}
}

// recordedLate reports whether the segment is the SYN that its receiver has answered: the capture
// has the SYN,ACK some microseconds before it, as a mirror does that writes one direction late.
func (a *arrival) recordedLate() bool {
	p, seg := a.pair, a.seg
	return p.direction == tcp.DirectionFromSYNACK &&
		seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN &&
		p.facts[a.step.From].SYNs == 1 && seg.Seq == a.r.RcvNxt-1 &&
		p.first.Frame == p.facts[a.to].FirstSYNACK.Frame &&
		seg.Time-p.first.Time <= disorder
}

// complete takes the handshake for complete.
func (p *Pair) complete() {
	if p.opening != tcp.Incomplete {
		return
	}
	p.opening = tcp.ThreeWay
	if p.facts[tcp.Initiator].FastOpen.DataAcked {
		p.opening = tcp.FastOpen
	}
}

// sampleSimultaneous takes the round trip that a side measures whose SYN was repeated: the age of
// the timestamp that is echoed (tcp_ack_update_rtt, tcp_rtt_tsopt_us).
func (a *arrival) sampleSimultaneous() {
	r, seg := a.r, a.seg
	if a.pair.facts[a.to].SYNACKs > 1 && a.to == tcp.Initiator && r.TSSent &&
		seg.Has(tcp.OptTimestamps) && seg.TSecr != 0 {
		a.pair.synackRTT = max(1,
			seg.Time-r.LastTSvalAt+int64(int32(r.LastTSval-seg.TSecr))*1_000_000)
	}
}

// perhapsOld reports whether a far receiver may have had all of a segment that is sent again, and
// have acknowledged it, which nothing shows yet: then it dropped the segment before its timestamp
// counted (tcp_sequence). What it took its next ACK echoes.
func (a *arrival) perhapsOld() bool {
	return a.step.Notes.Has(fsm.Retransmission) && a.seg.SeqLen() > 0 && a.pair.lag[a.to] >= minLag &&
		a.seg.EndSeq().AtOrBefore(a.r.RcvNxt)
}

// oldText: nothing in the segment is new to the receiver, as far as the model goes. Whether the
// first transmission really arrived shows in what the receiver acknowledged; until then a
// retransmission is taken to be needed when the capture was not taken at the receiver.
func (a *arrival) oldText(o *fsm.Outcome) {
	r, end := a.r, a.seg.EndSeq()
	proved := end.AtOrBefore(r.RcvWup)
	if proved || a.pair.lag[a.to] < minLag || !a.step.Notes.Has(fsm.Retransmission) {
		a.step.Notes |= fsm.Spurious
		return
	}
	if last := &a.pair.story.last[a.to]; last.Notes.Has(fsm.DuplicateAck) && last.Ack == a.seg.Seq &&
		!a.pair.facts[a.to].SACKOK {
		a.pair.lost(a.env, a.to, a.seg) // its receiver asks for it (RFC 5681 section 3.2)
	}
	*o = fsm.TakenAck
}

// acknowledged gives what the receiver has acknowledged by now (rcv_wup). For a RST to a far one,
// which comes where that is on its way, it is what a receiver does: it acknowledges a FIN at once,
// and data when two segments of it have come (__tcp_ack_snd_check).
func (a *arrival) acknowledged() tcp.Seq {
	r := a.r
	switch {
	case !a.seg.Flags.Has(tcp.RST) || a.pair.lag[a.to] < minLag:
		return r.RcvWup
	case r.FINRcvd:
		return r.RcvNxt
	}
	wup := r.RcvWup
	if r.RefusedAt.After(wup) && r.RefusedAt.AtOrBefore(r.RcvNxt) && r.LastOOWAck != 0 {
		wup = r.RefusedAt
	}
	delayed := tcp.Seq(2 * uint32(a.pair.facts[a.to].MSS))
	if delayed == 0 || !r.RcvNxt.After(wup+delayed) {
		return wup
	}
	return r.RcvNxt - delayed
}
