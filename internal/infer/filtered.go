package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Flagged tells whether a capture's segments up to a frame are such as a filter on flags leaves. The
// zero value has seen none.
type Flagged struct {
	count int    // of segments, up to manyFlagged
	many  uint64 // the frame with which they were so many
	plain uint64 // the first frame that had neither SYN nor FIN nor RST; 0 if there is none
}

// manyFlagged is how many segments in a row with SYN, FIN or RST do not come about by chance: four
// connections' at least.
const manyFlagged = 32

// Observe takes the next segment in.
func (f *Flagged) Observe(seg *tcp.Segment) {
	if f.plain == 0 && !seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) {
		f.plain = seg.Frame
	}
	if f.count < manyFlagged {
		f.count++
		f.many = seg.Frame
	}
}

// possible reports whether a filter on flags may have made the capture up to a frame, 0 for now.
func (f *Flagged) possible(by uint64) bool { return f.plain == 0 || by != 0 && by < f.plain }

// likely reports whether one probably did.
func (f *Flagged) likely(by uint64) bool {
	return f.possible(by) && f.count == manyFlagged && (by == 0 || f.many <= by)
}

// mayBeFiltered reports whether the capture has nothing but SYNs, FINs and RSTs, as a filter on
// flags leaves it, and more than that of an opened connection: then what lies between them was sent
// and is not in the capture.
func (p *Pair) mayBeFiltered(env *Env) bool {
	a, b := &p.facts[tcp.Initiator], &p.facts[tcp.Responder]
	return env.Flagged.possible(env.by) && b.SYNACKs > 0 && a.Segments > 0 && a.Flagged() == a.Segments &&
		b.Flagged() == b.Segments
}

// unacknowledged is how long a SYN,ACK stays without an ACK and is not sent again, ns: RFC 6298
// section 2.1 has a second before the first round trip is known (TCP_TIMEOUT_INIT).
const unacknowledged = 1_200_000_000

// beyondFlags reports whether a RST shows that more was sent than the SYNs, FINs and RSTs that the
// capture has: it acknowledges or echoes what lies beyond; or it begins there, and the capture has
// many segments, or lacks the ACK but for which the SYN,ACK would have been sent again.
func (p *Pair) beyondFlags(env *Env, seg *tcp.Segment, r *fsm.Socket) bool {
	if !p.mayBeFiltered(env) {
		return false
	}
	open := seg.Time - p.facts[tcp.Responder].LastSYNACK.Time
	if seg.Seq.After(r.RcvNxt) && !sentWithin(uint32(seg.Seq-r.RcvNxt), open) {
		return false
	}
	return seg.Flags.Has(tcp.ACK) && r.SndKnown && seg.Ack.After(r.SndNxt) &&
		sentWithin(uint32(seg.Ack-r.SndNxt), open) ||
		echoesSince(r, seg) || env.Flagged.likely(env.by) || open > unacknowledged
}

// sentWithin reports whether so many bytes can have been sent in a time, in ns: the first window at
// once, and 12 bytes a nanosecond, which is 100 Gbit/s.
func sentWithin(bytes uint32, time int64) bool { return int64(bytes) <= 1<<16+12*max(time, 0) }

// echoesSince reports whether a segment echoes a timestamp that its receiver's clock, which goes on
// at a tick a millisecond at most (RFC 7323 section 5.4), has come to since the last that the
// capture has.
func echoesSince(r *fsm.Socket, seg *tcp.Segment) bool {
	ahead := int32(seg.TSecr - r.LastTSval)
	return seg.Has(tcp.OptTimestamps) && seg.TSecr != 0 && r.TSSent && ahead > 0 &&
		int64(ahead)*1_000_000 <= seg.Time-r.LastTSvalAt+clockSlack
}

// mayBeExact reports whether a RST beyond RCV.NXT may well be exact though that is not known: what
// came before it is not in a capture that a filter on flags has made. Not just one beyond: a single
// number is what a FIN takes, and that would be there.
func (a *arrival) mayBeExact() bool {
	r, seg := a.r, a.seg
	if !seg.Flags.Has(tcp.RST) || seg.Flags.Has(tcp.SYN) {
		return false
	}
	open := r.State == tcp.SynReceived || r.State.Synchronized() && r.State != tcp.TimeWait
	return open && r.RcvKnown && seg.Seq.After(r.RcvNxt+1) && a.pair.beyondFlags(a.env, seg, r)
}

// doubted is a RST that is exact if a filter on flags made the capture, and what it is if none did.
type doubted struct {
	on      bool
	is      fsm.Outcome
	wait    expectation // of the answer, if none did
	limited int64       // when that went, for the limit of further ones, ns
}

// doubtReset takes a RST as one that may be exact, until something shows that nothing is missing
// before it.
func (a *arrival) doubtReset() fsm.Outcome {
	in, trial := a.setting(), *a.r
	is := trial.Receive(a.seg, &in)
	if is.Verdict == tcp.Discard {
		limited := trial.LastOOWAck
		st := *a.step
		st.Verdict, st.Reason, st.Response = is.Verdict, is.Reason, is.Response
		a.pair.extra().doubted[a.to] = doubted{on: true, is: is.Outcome,
			wait: a.pair.expectation(a.seg, &st), limited: limited}
	} else {
		*a.r = trial
		a.apply(&is)
	}
	did := a.r.ReceiveUnknown(a.seg, &in)
	return a.apply(&did)
}

// undoubt judges a RST after all: a segment that no filter on flags passes begins, or acknowledges,
// where the RST's receiver was thought to be. Nothing is missing before the RST.
func (p *Pair) undoubt(env *Env, from tcp.Side, seg *tcp.Segment) {
	if !p.hasExtras || seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) {
		return
	}
	for side := range p.ends {
		d, r := &p.extras.doubted[side], &p.ends[side]
		next := seg.Seq
		if tcp.Side(side) == from {
			next = seg.Ack
		}
		if d.on && next == r.RcvNxt && p.withdraw(env, tcp.Side(side)) {
			r.LastOOWAck = d.limited
			p.reopen(env, tcp.Side(side), d.wait.time)
			p.assume(env, NothingFiltered, one(d.wait.frame), func(st *fsm.Step) {
				st.Verdict, st.Reason,
					st.Response = d.is.Verdict, d.is.Reason, d.is.Response
			})
			if d.is.Response != tcp.RespondNone {
				p.expect[side].add(d.wait)
			}
		}
		d.on = false
	}
}
