package fsm

import "github.com/lastack/lastack/tcp"

// A segment that passed the capture point arrives at its receiver's socket. What the socket does
// with it is Receive's to say. Here stands what only an observer has to ask: what the socket is
// like by the time the segment comes to it, and what the answer says about segments that came
// before.

// arrival is one segment at its receiver.
type arrival struct {
	env  *Env
	pair *Pair
	seg  *tcp.Segment
	step *Step
	to   tcp.Side
	r    *Socket // the receiver
	s    *Socket // the sender
	at   Mark
	how  tcp.Certainty // of what it changes at the receiver
}

// judge gives what the receiver does with the segment.
func (a *arrival) judge() outcome {
	switch {
	case a.pair.badChecksum(a.step.From, a.seg):
		return outcome{tcp.Discard, tcp.BadChecksum, tcp.RespondNone}
	case a.mayBeExact():
		return a.doubtReset()
	case a.recordedLate():
		a.r.takeTimestamp(a.seg)
		return outcome{tcp.Accept, tcp.NoReason, tcp.RespondSynAck}
	}
	in := a.setting()
	did := a.r.Receive(a.seg, &in)
	return a.apply(&did)
}

// setting gives what the receiver's socket meets beside the segment.
func (a *arrival) setting() Setting {
	p, r, seg := a.pair, a.r, a.seg
	own := &p.facts[a.to]
	in := Setting{Profile: p.profile(a.to), Window: a.s.scaled(seg), Shift: a.s.shift,
		PeerNext: a.s.iss + 1, Acked: a.acknowledged(),
		FirstSYN: own.FirstSYN.Time, SACK: own.SACKOK, Stamps: own.TSOK,
		Listens:      own.SYNACKs > 0 && own.SYNs == 0,
		Simultaneous: p.opening == tcp.SimultaneousOpen,
		FastOpened:   p.facts[a.step.From].FastOpen.DataAcked,
		Passive:      a.to == tcp.Responder, Probe: a.step.Notes.Has(KeepAlive), Again: a.perhapsOld()}
	if r.state == tcp.TimeWait {
		in.IgnoresRST = p.host(a.env, a.to).RFC1337
	}
	if r.pawsFails(seg, in.Profile.PAWSSlack) {
		in.Patience = max(a.timeout()*12/10, a.backedOff())
	}
	return in
}

// apply takes what the socket did into the connection's story.
func (a *arrival) apply(did *Reaction) outcome {
	p, o := a.pair, did.outcome
	a.step.Notes |= did.notes
	if did.opens {
		p.opening = tcp.SimultaneousOpen
	}
	if did.measures {
		a.sampleSimultaneous()
	}
	if did.complete {
		p.complete()
	}
	if f := &p.facts[a.to]; did.ackedNew && a.r.finAcked() && !f.FINAcked.Seen() {
		f.FINAcked = a.at
		a.step.Notes |= Exhibit
	}
	for i := range did.count {
		a.record(&did.changes[i])
	}
	if did.newText && a.step.Notes.Has(Retransmission) {
		p.loseOriginal(a.env, a.to, a.seg)
	}
	if did.oldText {
		a.oldText(&o)
	}
	if before := a.step.ReceiverBefore; o.reason == tcp.PAWS && before.Synchronized() &&
		before != tcp.TimeWait {
		// what came before it shows whether two records are swapped
		p.exhibit(p.story.last[a.step.From].Frame)
	}
	return o
}

// record writes down a transition that the socket made.
func (a *arrival) record(c *change) {
	p, m, how, cause := a.pair, a.at, a.how, c.cause
	if c.inferred {
		how = tcp.Inferred
	}
	if cause == ReceivedFIN {
		cause = p.causeOfFIN(a.to)
		// else its sender seems not to have sent it, and it was queued all the same
		if fin := p.facts[a.step.From].LastFIN; fin.Seen() {
			m = fin
		}
	}
	if a.r != &p.ends[a.to] { // the socket of an attempt, which has no life yet
		p.move(a.to, c.event, m, how, cause)
		return
	}
	p.story.transitions = append(p.story.transitions, Transition{Mark: m, Side: a.to, From: c.from,
		To: c.to, Certainty: how, Cause: cause})
	a.r.stateSince = m.Time
	p.dirty = true
}

// causeOfFIN tells whether a side takes its peer's FIN with the ACK of its own.
func (p *Pair) causeOfFIN(side tcp.Side) Cause {
	if t := p.lastTransition(side); t != nil && t.Cause == ReceivedACK &&
		t.Frame == p.facts[side.Peer()].LastFIN.Frame {
		return ReceivedFINACK
	}
	return ReceivedFIN
}

// takeFIN makes a side take its peer's FIN if its RCV.NXT is past it.
func (p *Pair) takeFIN(side tcp.Side, how tcp.Certainty) {
	if p.ends[side].takesFIN() {
		p.move(side, rcvFIN, p.facts[side.Peer()].LastFIN, how, p.causeOfFIN(side))
	}
}

// finBefore lets the sender's FIN arrive before what it sent next: it was held back because the
// receiver had not seen it yet when it sent its own.
func (a *arrival) finBefore() {
	r, s := a.r, a.s
	after := a.seg.Seq == s.finSeq+1 || a.seg.Flags.Has(tcp.RST) && a.seg.Seq == s.finSeq
	if r.finCrossed && s.finSent && !r.finRcvd && r.rcvNxt == s.finSeq && after {
		was := r.state
		r.finAt, r.finKnown = s.finSeq, true
		r.advance(s.finSeq + 1)
		a.pair.takeFIN(a.to, a.how)
		a.pair.revise(a.env, a.pair.facts[a.step.From].LastFIN.Frame, func(st *Step) {
			st.ReceiverBefore, st.ReceiverAfter = was, r.state
		})
	}
}

// recordedLate reports whether the segment is the SYN that its receiver has answered: the capture
// has the SYN,ACK some microseconds before it, as a mirror does that writes one direction late.
func (a *arrival) recordedLate() bool {
	p, seg := a.pair, a.seg
	return p.direction == tcp.DirectionFromSYNACK &&
		seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN &&
		p.facts[a.step.From].SYNs == 1 && seg.Seq == a.r.rcvNxt-1 &&
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
	if a.pair.facts[a.to].SYNACKs > 1 && a.to == tcp.Initiator && r.tsSent &&
		seg.Has(tcp.OptTimestamps) && seg.TSecr != 0 {
		a.pair.synackRTT = max(1,
			seg.Time-r.lastTSvalAt+int64(int32(r.lastTSval-seg.TSecr))*1_000_000)
	}
}

// perhapsOld reports whether a far receiver may have had all of a segment that is sent again, and
// have acknowledged it, which nothing shows yet: then it dropped the segment before its timestamp
// counted (tcp_sequence). What it took its next ACK echoes.
func (a *arrival) perhapsOld() bool {
	return a.step.Notes.Has(Retransmission) && a.seg.SeqLen() > 0 && a.pair.lag[a.to] >= minLag &&
		a.seg.EndSeq().AtOrBefore(a.r.rcvNxt)
}

// oldText: nothing in the segment is new to the receiver, as far as the model goes. Whether the
// first transmission really arrived shows in what the receiver acknowledged; until then a
// retransmission is taken to be needed when the capture was not taken at the receiver.
func (a *arrival) oldText(o *outcome) {
	r, end := a.r, a.seg.EndSeq()
	proved := end.AtOrBefore(r.rcvWup)
	if proved || a.pair.lag[a.to] < minLag || !a.step.Notes.Has(Retransmission) {
		a.step.Notes |= Spurious
		return
	}
	if last := &a.pair.story.last[a.to]; last.Notes.Has(DuplicateAck) && last.Ack == a.seg.Seq &&
		!a.pair.facts[a.to].SACKOK {
		a.pair.lost(a.env, a.to, a.seg) // its receiver asks for it (RFC 5681 section 3.2)
	}
	*o = takenAck
}

// acknowledged gives what the receiver has acknowledged by now (rcv_wup). For a RST to a far one,
// which comes where that is on its way, it is what a receiver does: it acknowledges a FIN at once,
// and data when two segments of it have come (__tcp_ack_snd_check).
func (a *arrival) acknowledged() tcp.Seq {
	r := a.r
	switch {
	case !a.seg.Flags.Has(tcp.RST) || a.pair.lag[a.to] < minLag:
		return r.rcvWup
	case r.finRcvd:
		return r.rcvNxt
	}
	wup := r.rcvWup
	if r.refusedAt.After(wup) && r.refusedAt.AtOrBefore(r.rcvNxt) && r.lastOOWAck != 0 {
		wup = r.refusedAt
	}
	delayed := tcp.Seq(2 * uint32(a.pair.facts[a.to].MSS))
	if delayed == 0 || !r.rcvNxt.After(wup+delayed) {
		return wup
	}
	return r.rcvNxt - delayed
}
