// Package infer replays a connection through both endpoints' TCP.
//
// It takes segments in capture order and says of each what its receiver's TCP did with it (the
// verdict), what that made the receiver send (the response), and which state each side was in
// before and after. What the receiver does is fsm.Socket's to say. What an observer does not know
// is decided here: did the segment arrive, before or after what its receiver sent next, did somebody
// else send it? What is assumed is marked as inferred, and is taken back when later segments
// disprove it.
package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// Env is what all pairs of one tracker share.
type Env struct {
	Hosts  fsm.Hosts
	Stacks fsm.Stacks // what hosts were said to run
	Known  KnownHosts // what they have shown to run
	Ways   Ways       // how far they are
	// keeps every step until it is settled; nil unless all segments are wanted
	Ring   *Ring
	Ended  func(*fsm.Life) // takes each life that is over; the life is reused
	NextID func() uint64   // numbers lives
	// whether a listener was seen there before a frame; for captures that start mid-stream
	Listens func(a tcp.Addr, port uint16, by uint64) bool
	// whether a filter on flags may have made the capture
	Flagged Flagged
	Recent  reassembly.Recent // what busy connections have sent last
	// takes every segment the general way, never the quick one: for the test that compares the two
	Thorough bool
	Decided  func(*Decision) // takes each change of what was said of a segment; nil if nobody asks
	by       uint64          // the frame of the segment that is being observed; 0 when only time passes
	step     fsm.Step        // of the segment that is being delivered
	landing  flight          // the queued segment that is being delivered
	life     fsm.Life        // reused for Ended
	bare     tcp.Segment     // the present one without its SACK blocks
}

// Pair is a four-tuple: two endpoints and the life that they are in. The zero Pair has not begun.
type Pair struct {
	begun     bool
	aIsInit   bool // the canonical key's A is the initiator
	stack     [2]fsm.Stack
	id        uint64
	number    uint32        // incarnation
	tuple     tcp.FourTuple // Src is the initiator
	direction tcp.DirectionSource
	first     fsm.Mark
	last      fsm.Mark
	latest    int64 // the latest record time, for clocks that run backwards
	opening   tcp.OpeningKind
	openDone  bool // both sides have been ESTABLISHED
	ends      [2]fsm.Socket
	flow      [2]reassembly.Flow
	copies    [2]reassembly.Copies
	verified  [2]bool // a checksum of the side was right in a former life
	// segments that were recorded after others which show that they had been sent; in former lives
	// too
	disordered  uint32
	facts       [2]fsm.Tally
	lag         [2]int64 // ns from the capture point to a side and back, 0 when near or unknown
	gap         [2]int64
	way         [2]int64 // the shortest lag measured, ns; 0 when none
	data        [2]recentData
	samples     [2]sample
	fills       [2]fills
	holeID      [2]uint16 // IP ID of the segment behind a side's youngest hole
	queue       []flight
	early       []earlySegment // for what should have been recorded before
	releasing   bool           // what was held is being taken in
	expect      [2]expectations
	unacked     [2]unacked // by sender
	established fsm.Mark
	rtt         int64
	synRTT      int64 // what the initiator measured of a SYN that it repeated, ns; 0 when nothing
	// what the responder measured of a SYN,ACK that it repeated, ns; 0 when nothing
	synackRTT  int64
	vantage    tcp.Vantage
	maxIdle    int64
	idleEnd    fsm.Mark
	copied     uint64
	firstCopy  fsm.Mark
	copyOf     uint64 // the frame that firstCopy repeats
	backMost   int64
	backInTime uint64
	back       fsm.Backward
	icmpErrors uint32
	dirty      bool // something notable since the last look
	extras     *extras
	hasExtras  bool
	steadiness steadiness
	story      story
}

// Dirty reports whether something notable happened since it was last asked.
func (p *Pair) Dirty() bool {
	d := p.dirty
	p.dirty = false
	return d
}

// Begun reports whether the pair has a life.
func (p *Pair) Begun() bool { return p.begun }

// side gives the sender of a segment that goes from the canonical key's B (or not).
func (p *Pair) side(fromB bool) tcp.Side {
	if fromB == p.aIsInit {
		return tcp.Responder
	}
	return tcp.Initiator
}

// Observe takes the pair's next segment in capture order. fromB says that it goes from the
// canonical key's B to its A.
func (p *Pair) Observe(env *Env, seg *tcp.Segment, fromB bool) {
	if len(p.early) > 0 || p.premature(seg, fromB) {
		p.hold(env, seg, fromB)
		return
	}
	p.observe(env, seg, fromB)
}

// observe takes the next segment in the order in which the pair's were sent, as far as can be told.
func (p *Pair) observe(env *Env, seg *tcp.Segment, fromB bool) {
	env.by = seg.Frame
	// no timer runs, and nothing is under way
	if from := p.side(fromB); p.begun && seg.Kind == tcp.KindTCP && p.isQuick(env, seg, from) {
		if !p.recordedTwice(env, seg, from) {
			p.takeQuick(env, seg, from)
		}
		return
	}
	p.steadiness = steadyUnknown
	if p.begun {
		p.deliverDue(env, seg.Time)
		p.passTime(env, seg.Time)
	}
	if seg.Kind == tcp.KindICMP {
		p.icmp(env, seg, fromB)
		return
	}
	if !p.begun {
		p.begin(env, seg, fromB)
	}
	from := p.side(fromB)
	if p.recordedTwice(env, seg, from) {
		return
	}
	p.growFragments(from, seg)
	switch {
	case p.badChecksum(from, seg): // nobody looks at it
	case seg.Flags.Has(tcp.SYN) && !seg.Flags.Any(tcp.ACK|tcp.RST):
		p.landFrom(env, from)
		if p.opensAgain(env, seg, from) {
			from = p.side(fromB)
		}
	case p.answersAttempt(env, seg, from), p.goesOnUnseen(env, seg, from):
		from = p.side(fromB)
	}
	seg = p.withoutStraySACK(env, from, seg)
	p.formerSpeaks(env, from, seg)
	less := p.settle(env, from, seg)
	step := p.send(env, from, seg)
	if less {
		p.resetAfterAll(env, from, &step)
	}
	p.noteFragment(from, seg)
	early := p.settleDisorder(env, from)
	p.completeCrossed(env, from)
	if from == tcp.Responder && p.opening == tcp.SimultaneousOpen &&
		step.SenderBefore == tcp.Closed && p.facts[from].SYNs == 1 {
		p.landCrossedSYN(env, from)
	}
	if p.keepTime(seg) || p.peek().beyond[from].refutedBy == seg.Frame || p.peek().stray[from].First.Frame == seg.Frame {
		step.Notes |= fsm.Exhibit
	}
	p.launch(env, seg, step)
	p.answeredEarly(env, from, seg.Frame, early)
}

// recordedTwice leaves out a second record of a packet.
func (p *Pair) recordedTwice(env *Env, seg *tcp.Segment, from tcp.Side) bool {
	if !p.copies[from].Judge(seg, &p.copies[from.Peer()], &env.Recent) {
		return false
	}
	if p.copied++; !p.firstCopy.Seen() {
		p.showCopy(from, seg)
	}
	return true
}

// keepTime keeps the marks that silence is measured by. It reports whether the segment is to show
// that the clock went back.
func (p *Pair) keepTime(seg *tcp.Segment) (shows bool) {
	m := fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	if p.releasing && seg.Time < p.latest && p.latest-seg.Time <= disorder {
		return false // it was put after others
	}
	if seg.Time < p.latest {
		shows = p.wentBack(m, p.latest-seg.Time)
	} else {
		if idle := seg.Time - p.latest; p.last.Seen() && idle > p.maxIdle {
			p.maxIdle, p.idleEnd = idle, m
		}
		p.latest = seg.Time
	}
	if !p.first.Seen() {
		p.first = m
	}
	p.last = m
	return shows
}

// Over reports whether nothing but late segments can still come: both sides are closed, or in
// TIME-WAIT.
func (p *Pair) Over() bool {
	return over(p.ends[0].State) && over(p.ends[1].State) && len(p.queue)+len(p.early) == 0
}

// LearnCopies moves what a pair remembers of its last packets, for copies of them, from where it
// was lent room to another such place.
func (p *Pair) LearnCopies(from, to *reassembly.Recent) {
	for i := range p.copies {
		p.copies[i].Move(from, to)
	}
}

// UnderWay reports whether segments of an open connection have passed the capture point that may
// yet end it.
func (p *Pair) UnderWay() bool { return p.Opened() && len(p.queue)+len(p.early) > 0 }

// Arrive delivers what is due by now, in ns.
func (p *Pair) Arrive(env *Env, now int64) {
	by := env.by
	env.by = 0
	p.steadiness = steadyUnknown
	p.release(env, now)
	p.deliverDue(env, now)
	env.by = by
}

func over(s tcp.State) bool { return s == tcp.Closed || s == tcp.TimeWait || s == tcp.Listen }

// Opened reports whether the connection came about at all.
func (p *Pair) Opened() bool { return p.openDone || p.opening == tcp.OpeningMidStream }

// Last gives the time of the pair's last segment.
func (p *Pair) Last() int64 { return p.last.Time }

// ID gives the number of the pair's life.
func (p *Pair) ID() uint64 { return p.id }

// Name gives the life that the next segment begins its number, which was taken for it before.
func (p *Pair) Name(id uint64) { p.id = id }
