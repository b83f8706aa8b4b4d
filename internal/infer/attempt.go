package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// attempt is a SYN with a new ISN that the other side's old socket did not accept: its sender is in
// SYN-SENT of a life that has not begun, because only the other side can begin it.
type attempt struct {
	on    bool
	from  tcp.Side
	isn   tcp.Seq
	tries uint32
	first fsm.Mark
	last  fsm.Mark
	tsval uint32      // of the first try
	seg   tcp.Segment // the last try, to open the life with
}

func (a *attempt) add(seg *tcp.Segment, from tcp.Side) {
	m := fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	if !a.on || a.isn != seg.Seq || a.from != from {
		*a = attempt{on: true, from: from, isn: seg.Seq, first: m, tsval: seg.TSval}
	}
	a.tries++
	a.last = m
	a.seg = *seg
}

// Socket is the one in SYN-SENT that the attempt is made from.
func (a *attempt) Socket() *fsm.Socket {
	return &fsm.Socket{State: tcp.SynSent, ISS: a.isn, ISSKnown: true, SndUna: a.isn, SndNxt: a.isn + 1,
		SndKnown: true}
}

// disproveAttempt: a side that goes on in the present life never sent the SYN of another in its
// name: a host has one socket for a four-tuple (__inet_check_established).
func (p *Pair) disproveAttempt(from tcp.Side, seg *tcp.Segment) {
	a, s := &p.peek().attempt, &p.ends[from]
	if !a.on || a.from != from || over(s.State) || s.Former || p.alien(from, seg) {
		return
	}
	stamped := seg.Has(tcp.OptTimestamps) && a.seg.Has(tcp.OptTimestamps)
	if stamped && tcp.TSBefore(a.seg.TSval, seg.TSval) || !stamped && seg.Len > 0 &&
		seg.EndSeq().After(s.SndNxt) {
		a.on = false
	}
}

// meetsAttempt reports whether what a side receives meets the socket of its attempt, and no longer
// that of the present life.
func (p *Pair) meetsAttempt(to tcp.Side) bool {
	a := &p.peek().attempt
	return a.on && a.from == to && over(p.ends[to].State)
}

// opensAgain decides what a SYN on a four-tuple in use is: a new life, if the other side's stack
// would take it as one; or a segment of the old life, which remembers the attempt. It reports
// whether a new life began.
func (p *Pair) opensAgain(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	sender, receiver := &p.ends[from], &p.ends[from.Peer()]
	if sender.ISSKnown && sender.ISS == seg.Seq && (sender.State == tcp.SynSent ||
		!p.lifeOver(from)) && !p.reborn(env, seg, from) {
		return false // the SYN of this life, sent again
	}
	if p.repeatsRefused(seg, from) {
		p.takeRefusalBack(env, seg)
		return false
	}
	if from == tcp.Responder && receiver.State == tcp.SynSent {
		return false // simultaneous open (RFC 9293 section 3.5, figure 7)
	}
	if p.first.Frame == seg.Frame {
		return false // the segment that began this life
	}
	switch {
	case receiver.State == tcp.TimeWait && from == tcp.Responder:
		// Nobody listens on the port of the side that connected: TIME-WAIT answers (TCP_TW_SYN
		// without a listener).
	case receiver.State == tcp.TimeWait:
		if basis := receiver.TimeWaitTakes(p.profile(from.Peer()), seg); basis != fsm.NotReused {
			p.renew(env, seg, from, basis)
			return true
		}
	case p.lifeOver(from):
		p.renew(env, seg, from, fsm.NotReused)
		return true
	}
	p.extra().attempt.add(seg, from)
	p.echoesFIN(env, seg, from)
	return false
}

// repeatsRefused reports whether a SYN repeats one that was refused: it has the same number, and
// another connection begins with another. Its sender has sent nothing but such SYNs, as a socket in
// SYN-SENT does.
func (p *Pair) repeatsRefused(seg *tcp.Segment, from tcp.Side) bool {
	s, f := &p.ends[from], &p.facts[from]
	return p.opening == tcp.Refused && from == tcp.Initiator && s.ISSKnown && s.ISS == seg.Seq &&
		seg.Time-p.last.Time < askedAgainWithin &&
		!seg.Flags.Has(tcp.FIN) && seg.EndSeq() == s.SndNxt && f.Segments == uint64(f.SYNs)
}

// askedAgainWithin is how soon after a refusal a SYN is sent again: after half a second
// (Profile.RefusedSYNWait), or what is set in place of it.
const askedAgainWithin = 2_000_000_000

// takeRefusalBack takes back that a connection was refused for good: its client asks again.
func (p *Pair) takeRefusalBack(env *Env, seg *tcp.Segment) {
	r := &p.ends[tcp.Responder]
	*r = fsm.Socket{State: tcp.Listen, OutOfOrder: r.OutOfOrder[:0]}
	p.opening = tcp.Unanswered
	if windows := fsm.Windows.Profile(); about(seg.Time-p.last.Time, int64(windows.RefusedSYNWait)) {
		p.facts[tcp.Initiator].Signs |= fsm.SignRefusedAgain
		p.recognize(env, tcp.Initiator)
	}
}

// reborn reports whether a SYN that repeats the life's own is taken as a new one in TIME-WAIT,
// because its timestamp is newer.
func (p *Pair) reborn(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	receiver := &p.ends[from.Peer()]
	return from == tcp.Initiator && receiver.State == tcp.TimeWait && receiver.RcvKnown &&
		receiver.TimeWaitTakes(p.profile(from.Peer()), seg) != fsm.NotReused
}

// lifeOver reports whether a SYN from a side meets no socket of the present life on the other one.
func (p *Pair) lifeOver(from tcp.Side) bool {
	receiver, sent := &p.ends[from.Peer()], &p.facts[from.Peer()]
	switch receiver.State {
	case tcp.Closed:
		return true
	case tcp.Listen, tcp.Unknown, tcp.SynReceived:
		// It was taken to be there because a SYN passed, but it has never said a word.
		return sent.Segments == 0 && p.gaveUp(from)
	}
	return false
}

// oldSYN is how long after a SYN another one with a different ISN may still be part of the same
// attempt (RFC 9293 section 3.5, figure 8): a client that gives up and tries anew takes longer than
// the network takes to deliver a stray.
const oldSYN = 500_000_000

// gaveUp reports whether a side's last SYN is too long ago for another one with a different number
// to belong to it.
func (p *Pair) gaveUp(from tcp.Side) bool {
	return p.latest-p.facts[from].LastSYN.Time >= oldSYN || !p.facts[from].LastSYN.Seen()
}

// answersAttempt opens the life of an attempt when the other side's SYN,ACK accepts it.
func (p *Pair) answersAttempt(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	if p.answersUnseenSYN(seg, from) {
		p.renewFrom(env, seg, from.Peer(), fsm.Successor{Known: true, FirstSYN: fsm.Mark{Frame: seg.Frame,
			Time: seg.Time}, Initiator: from.Peer(),
			ISN: seg.Ack - 1}, fsm.NotReused, tcp.DirectionFromSYNACK)
		return true
	}
	a := &p.peek().attempt
	if !a.on || a.from == from || !seg.Flags.Has(tcp.SYN|tcp.ACK) || seg.Ack != a.isn+1 {
		return false
	}
	if s := &p.ends[from]; s.ISSKnown && seg.Seq == s.ISS && !over(s.State) {
		return false // the SYN,ACK of the present life again
	}
	syn := a.seg
	p.renew(env, &syn, a.from, fsm.NotReused)
	step := p.send(env, tcp.Initiator, &syn)
	step.Frame = 0 // it was recorded in the old life
	p.deliver(env, &syn, step, tcp.Confirmed)
	p.extra().former.Ended = fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	return true
}

// strayWithin is how far below a side's SND.NXT, in bytes, a stray SYN,ACK of the present life may
// acknowledge.
const strayWithin = 1 << 20

// answersUnseenSYN reports whether a SYN,ACK belongs to a life whose SYN is not in the capture: the
// present one is over on both sides, nothing keeps the client from a new one, and the numbers are
// not its own.
func (p *Pair) answersUnseenSYN(seg *tcp.Segment, from tcp.Side) bool {
	s := &p.ends[from]
	return seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN|tcp.ACK && !p.peek().attempt.on &&
		s.SndKnown && seg.Seq != s.ISS &&
		over(p.ends[0].State) && over(p.ends[1].State) && p.ends[from].State != tcp.Listen &&
		p.ends[from.Peer()].State != tcp.TimeWait && seg.Time-p.last.Time > oldSYN &&
		uint32(p.ends[from.Peer()].SndNxt-seg.Ack) > strayWithin
}

// renew ends the present life and begins the next with the SYN seg.
func (p *Pair) renew(env *Env, seg *tcp.Segment, from tcp.Side, basis fsm.ReuseBasis) {
	next := fsm.Successor{Known: true, FirstSYN: fsm.Mark{Frame: seg.Frame, Time: seg.Time}, SYN: fsm.Mark{Frame: seg.Frame,
		Time: seg.Time}, Initiator: from,
		ISN: seg.Seq}
	if a := &p.peek().attempt; a.on && a.from == from && a.isn == seg.Seq {
		next.FirstSYN, next.Tries, next.WasRefused = a.first, a.tries, true
	}
	p.renewFrom(env, seg, from, next, basis, tcp.DirectionFromSYN)
}

// renewFrom ends the present life and begins the next, of which seg is the first segment and init
// the side that opens. A next one that is not known is one that the capture does not have the
// opening of.
func (p *Pair) renewFrom(env *Env, seg *tcp.Segment, init tcp.Side, next fsm.Successor,
	basis fsm.ReuseBasis, how tcp.DirectionSource) {
	p.Settle(env)
	if next.Known {
		p.echoesFIN(env, seg, init)
		p.refusedByNextAttempt(env, seg, init)
	}
	former := p.asFormer(env, seg, init, basis)
	tried := p.triedBefore(seg, init)
	aIsInit := p.aIsInit == (init == tcp.Initiator)
	id, number, copies, disordered := p.id, p.number, p.copies, p.disordered
	verified := [2]bool{p.facts[0].GoodChecksums > 0, p.facts[1].GoodChecksums > 0}
	if init == tcp.Responder {
		copies[0], copies[1] = copies[1], copies[0]
		verified[0], verified[1] = verified[1], verified[0]
	}
	p.end(env, fsm.EndReplaced, seg.Time, next)
	p.reset()
	p.copies, p.verified, p.disordered = copies, verified, disordered
	p.extra().former = former
	if init == tcp.Initiator {
		p.extra().formerID = id
	}
	p.start(env, seg, aIsInit, how, number+1)
	if tried.frame != 0 {
		p.extra().tried = tried
		e := &p.ends[tcp.Initiator]
		e.FirstTSval, e.LastTSval, e.TSSent, e.LastTSvalAt = tried.tsval, tried.tsval, true, seg.Time
	}
}

// tried is a life's SYN that was sent while the life before it was taken to be there still.
type tried struct {
	frame    uint64
	tsval    uint32
	answered bool
}

// triedBefore gives the first try of the attempt that a SYN is another try of.
func (p *Pair) triedBefore(seg *tcp.Segment, init tcp.Side) tried {
	a := &p.peek().attempt
	if !a.on || a.from != init || a.isn != seg.Seq || a.first.Frame == seg.Frame ||
		!seg.Has(tcp.OptTimestamps) {
		return tried{}
	}
	first := p.known(a.first.Frame)
	return tried{a.first.Frame, a.tsval, first != nil && first.AnsweredBy != 0}
}

// asFormer keeps of the present life what the next one needs, with the sides named as in the next.
func (p *Pair) asFormer(env *Env, seg *tcp.Segment, from tcp.Side, basis fsm.ReuseBasis) fsm.Former {
	f := fsm.Former{Known: true, Incarnation: p.number, Ended: p.last, TimeWait: tcp.NoSide,
		ReusedBy: basis}
	for i := range 2 {
		e := &p.ends[from^tcp.Side(i)]
		f.State[i] = e.State
		f.SndNxt[i], f.RcvNxt[i] = e.SndNxt, e.RcvNxt
		f.TSRecent[i], f.TSKnown[i] = e.TSRecent, e.TSKnown
		f.WasTimeWait[i] = p.enteredTimeWait(from ^ tcp.Side(i))
		if e.State == tcp.TimeWait {
			f.TimeWait, f.TimeWaitAt = tcp.Side(i), e.StateSince
		}
	}
	if f.TimeWait == tcp.Initiator && basis == fsm.NotReused && seg.Flags.Has(tcp.SYN) &&
		seg.Time-f.TimeWaitAt < int64(p.profile(from).TimeWait) {
		f.ReusedBy = fsm.ByOwner
	}
	return f
}

// enteredTimeWait gives when a side entered TIME-WAIT, in this life or, if all that it has sent in
// this one is of that, in the one before; 0 if it did not.
func (p *Pair) enteredTimeWait(side tcp.Side) (at int64) {
	for i := range p.story.transitions {
		if t := &p.story.transitions[i]; t.Side == side && t.To == tcp.TimeWait && !t.Withdrawn {
			at = t.Time
		}
	}
	if former := p.peek().former; at == 0 && former.Known && p.ends[side].Former {
		at = former.WasTimeWait[side]
	}
	return at
}

// synAgainWithin is how soon after a refused ACK a SYN that was never retransmitted is sent again:
// TCP_TIMEOUT_MIN, two clock ticks of up to 10 ms (tcp_rcv_synsent_state_process), and what hosts
// add, ns.
const synAgainWithin = 25_000_000

// synAgainAfter is how long it waits at least: of two clock ticks of 1 ms the first may be nearly
// over, ns.
const synAgainAfter = 900_000

// refusedByNextAttempt: a client that refused the SYN,ACK of an old SYN and at once sends a new one
// was in SYN-SENT with the new number all along (RFC 9293 section 3.5, figure 8). So was one that
// refused what the old connection sent, and whose SYN comes when SYN-SENT repeats it, or tells by
// its number that the port was in TIME-WAIT before: the SYN before that is not in the capture.
func (p *Pair) refusedByNextAttempt(env *Env, seg *tcp.Segment, from tcp.Side) {
	refused, rst := &p.story.last[from.Peer()], &p.story.last[from]
	t := p.lastTransition(from)
	// for no reason that the capture has
	gone := t != nil && (t.Cause == fsm.LostState || t.Cause == fsm.DataAfterClose)
	switch {
	case refused.Flags.Has(tcp.SYN | tcp.ACK):
		if from != tcp.Initiator || refused.Reason != tcp.NoConnection ||
			seg.Time-p.last.Time > oldSYN || p.openedSince(env, seg, from) {
			return
		}
	case !gone || !refused.Flags.Has(tcp.ACK) || rst.Flags.Any(tcp.ACK) ||
		!rst.Flags.Has(tcp.RST) || refused.AnsweredBy != rst.Frame ||
		refused.Reason != tcp.NoConnection && refused.Reason != tcp.AfterClose ||
		!p.stepsOn(from, seg.Seq) && !p.sentAgain(env, seg, from, seg.Time-rst.Time):
		return
	}
	p.assume(env, RefusedInHandshake, one(refused.Frame), func(st *fsm.Step) {
		if st.Reason != tcp.NoConnection && st.Reason != tcp.AfterClose {
			return // it has been taken back since
		}
		st.Reason = tcp.AckUnacceptable
		st.ReceiverBefore, st.ReceiverAfter = tcp.SynSent, tcp.SynSent
	})
}

// stepsOn reports whether a first number is as far behind the side's last one as its stack begins
// that opens from a port in TIME-WAIT (Linux tcp_twsk_unique): so the port was in TIME-WAIT until
// then.
func (p *Pair) stepsOn(from tcp.Side, isn tcp.Seq) bool {
	step := p.profile(from).TimeWaitStep
	return step != 0 && isn == p.ends[from].SndNxt+tcp.Seq(step)
}

// sentAgain reports whether a SYN may be one that SYN-SENT repeats so long after it refused an ACK:
// as soon as that timer runs, but not sooner, and its number is not a new one.
func (p *Pair) sentAgain(env *Env, seg *tcp.Segment, from tcp.Side, after int64) bool {
	return after >= synAgainAfter && after <= synAgainWithin && !p.openedSince(env, seg, from)
}

// isnSlack is what hosts may take between choosing a number and sending it, ns.
const isnSlack = 5_000_000

// openedSince reports whether a SYN's number shows that its socket was opened when the SYN was
// recorded, or soon before, and not before the side refused something: the number went up since the
// side's first SYN by the time that passed.
func (p *Pair) openedSince(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	if p.profile(from).ISNTick == 0 || !p.ends[from].ISSKnown {
		return false
	}
	passed := seg.Time - p.facts[from].FirstSYN.Time
	went := int64(uint32(seg.Seq-p.ends[from].ISS)) * int64(p.profile(from).ISNTick)
	return went > passed-isnSlack && went < passed+isnSlack &&
		went > p.story.last[from].Time-p.facts[from].FirstSYN.Time+isnSlack
}

// echoesFIN: a SYN with an echo is sent from a port that was in TIME-WAIT, whose TS.Recent it takes
// along (tcp_twsk_unique): that of the FIN that made it so. If that FIN had been taken for lost, it
// was not; those that came after it met TIME-WAIT.
func (p *Pair) echoesFIN(env *Env, seg *tcp.Segment, from tcp.Side) {
	if !seg.Has(tcp.OptTimestamps) || seg.TSecr == 0 {
		return
	}
	taken := -1
	for i := range p.story.transitions {
		t := &p.story.transitions[i]
		if t.Side != from || t.To != tcp.TimeWait {
			continue
		}
		fin := p.story.find(t.Frame)
		switch {
		case taken < 0 && t.Withdrawn && fin != nil && fin.Notes.Has(fsm.Lost) &&
			fin.TSval == seg.TSecr:
			taken = i
			t.Withdrawn, t.Certainty = false, tcp.Confirmed
		case taken >= 0 && !t.Withdrawn:
			t.Withdrawn = true
		}
	}
	if taken < 0 {
		return
	}
	t := p.story.transitions[taken]
	p.assume(env, TakenAfterAll, one(t.Frame), func(st *fsm.Step) {
		acceptAfterAll(st)
		st.Notes &^= fsm.Lost | fsm.Withdrew
		st.Response, st.ReceiverBefore, st.ReceiverAfter = tcp.RespondAck, t.From, t.To
	})
	p.assume(env, TakenAfterAll, allTo(from, t.Time), func(st *fsm.Step) {
		if st.Frame != t.Frame && st.Verdict == tcp.Accept && st.Flags.Has(tcp.FIN) &&
			st.ReceiverAfter == t.To {
			st.Verdict, st.Reason, st.ReceiverBefore = tcp.Discard, tcp.InTimeWait, t.To
		}
	})
}
