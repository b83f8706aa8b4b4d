package fuzz

import (
	"math/rand/v2"
	"time"

	"github.com/lastack/lastack/tcp"
)

// draw makes plans at random.
type draw struct{ *rand.Rand }

// newDraw gives the source of the n-th plan of a run.
func newDraw(seed, n uint64) draw { return draw{rand.New(rand.NewPCG(seed, n))} }

// weighted is a choice and how often it is made compared with others.
type weighted[T any] struct {
	weight int
	value  T
}

// pick chooses by weight.
func pick[T any](d draw, choices []weighted[T]) T {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	n := d.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.value
		}
	}
	panic("unreachable")
}

// chance is true once in n times.
func (d draw) chance(n int) bool { return d.IntN(n) == 0 }

var goals = []weighted[Goal]{
	{1, GoalClosed}, {4, GoalListen}, {8, GoalSynSent}, {10, GoalSynReceived}, {5, GoalSimultaneous}, {24, GoalEstablished},
	{11, GoalFinWait1}, {12, GoalFinWait2}, {10, GoalCloseWait}, {9, GoalClosing}, {9, GoalLastAck}, {10, GoalTimeWait},
	{4, GoalTimeWaitBoth},
}

// plan makes a plan.
func (d draw) plan() *Plan {
	p := &Plan{
		Goal: pick(d, goals), IPv6: d.chance(3), Active: d.chance(2), Timestamps: !d.chance(3), SACK: !d.chance(3),
		WScale: !d.chance(4), Orphan: d.chance(2), History: d.chance(2), Gap: d.chance(5), ZeroWindow: d.chance(12),
		Window: 0xfaf0, ISN: d.Uint32(), TSBase: d.Uint32(),
	}
	if d.chance(3) {
		p.InFlight = 1 + d.IntN(4000)
	}
	if d.chance(4) { // numbers that wrap soon
		p.ISN = -uint32(d.IntN(1000))
	}
	if d.chance(4) {
		p.TSBase = -uint32(d.IntN(400))
	}
	switch p.Goal {
	case GoalListen, GoalSynReceived:
		p.Active = false
	case GoalSynSent, GoalSimultaneous:
		p.Active = true
	}
	slow := d.chance(8)
	for range 4 + d.IntN(7) {
		p.Shots = append(p.Shots, d.shot(p, slow))
	}
	return p
}

// flags are those of shots, most often what real stacks send.
var flags = []weighted[tcp.Flags]{
	{34, tcp.ACK}, {14, tcp.PSH | tcp.ACK}, {10, tcp.FIN | tcp.ACK}, {10, tcp.SYN}, {6, tcp.SYN | tcp.ACK}, {8, tcp.RST},
	{6, tcp.RST | tcp.ACK}, {1, 0}, {1, tcp.FIN}, {1, tcp.PSH}, {1, tcp.FIN | tcp.PSH | tcp.URG}, {1, tcp.SYN | tcp.FIN},
	{1, tcp.SYN | tcp.RST}, {1, tcp.FIN | tcp.RST | tcp.ACK}, {1, tcp.SYN | tcp.FIN | tcp.ACK}, {1, tcp.SYN | tcp.RST | tcp.ACK},
	{2, tcp.URG | tcp.ACK},
}

// shot makes a shot at a socket that the plan has made.
func (d draw) shot(p *Plan, slow bool) Shot {
	s := Shot{Wait: d.wait(slow)}
	if d.chance(16) {
		s.Do = pick(d, []weighted[Do]{{3, DoRead}, {3, DoWrite}, {1, DoShutdown}, {1, DoClose}})
		return s
	}
	s.Flags = pick(d, flags)
	s.Len = pick(d, []weighted[int]{{12, 0}, {2, 1}, {3, 1 + d.IntN(400)}, {1, 1400}})
	if s.Flags.Any(tcp.SYN|tcp.RST) && !d.chance(8) {
		s.Len = 0
	}
	s.Seq, s.Ack = d.seq(p, s.Len), d.ack()
	s.Window = pick(d, []weighted[uint16]{{16, p.Window}, {1, 0}, {1, 1}, {1, 0xffff}})
	s.Stamp = p.Timestamps
	if d.chance(16) {
		s.Stamp = !s.Stamp
	}
	if s.Flags.Has(tcp.RST) && d.chance(2) {
		s.Stamp = false // most stacks send their RSTs without
	}
	s.TSval, s.TSecr = d.tsval(), d.tsecr()
	s.BadChecksum = d.chance(200)
	return s
}

// wait is how long after the last shot one comes: at once, or around the time that must pass
// between two challenge ACKs.
func (d draw) wait(slow bool) time.Duration {
	if slow && d.chance(2) {
		return time.Duration(300+d.IntN(500)) * time.Millisecond
	}
	return time.Duration(pick(d, []weighted[int]{{6, 100 + d.IntN(2000)}, {1, 2000 + d.IntN(60000)}})) * time.Microsecond
}

// half is half of the sequence space.
const half = 1 << 31

// seq aims a sequence number at the edges of what a socket tells apart.
func (d draw) seq(p *Plan, length int) Ref {
	near := int64(d.IntN(5) - 2)
	choices := []weighted[Ref]{
		{40, Ref{RcvNxt, 0}}, {8, Ref{RcvNxt, -1}}, {6, Ref{RcvNxt, 1}}, {4, Ref{RcvNxt, -int64(length)}},
		{3, Ref{RcvNxt, 1 - int64(length)}}, {3, Ref{RcvNxt, -1 - int64(length)}}, {5, Ref{RcvNxt, -int64(d.IntN(2000))}},
		{5, Ref{RcvNxt, int64(d.IntN(3000))}}, {6, Ref{Edge, near}}, {3, Ref{Edge, -int64(length) + near}},
		{4, Ref{PeerISN, near}}, {3, Ref{RcvNxt, half + near}}, {3, Ref{RcvNxt, int64(d.Uint32())}}, {2, Ref{Edge, int64(d.IntN(1 << 20))}},
	}
	if p.Gap {
		choices = append(choices, weighted[Ref]{6, Ref{SackRight, near}}, weighted[Ref]{3, Ref{SackLeft, near}})
	}
	return pick(d, choices)
}

// ack aims an acknowledgment number.
func (d draw) ack() Ref {
	near := int64(d.IntN(5) - 2)
	return pick(d, []weighted[Ref]{
		{50, Ref{SndNxt, 0}}, {14, Ref{SndUna, 0}}, {6, Ref{SndUna, near}}, {6, Ref{SndNxt, near}}, {6, Ref{Oldest, near}},
		{3, Ref{KernelISS, near}}, {2, Ref{SndUna, -int64(d.IntN(3000))}}, {2, Ref{SndNxt, int64(d.IntN(3000))}},
		{2, Ref{SndUna, half + near}}, {2, Ref{SndUna, int64(d.Uint32())}}, {1, Ref{Zero, 0}},
	})
}

// day is a day in milliseconds, the unit of timestamps.
const day = 24 * 3600 * 1000

// tsval aims a timestamp value.
func (d draw) tsval() Ref {
	near := int64(d.IntN(5) - 2)
	return pick(d, []weighted[Ref]{
		{40, Ref{Clock, 0}}, {20, Ref{TSRecent, near}}, {4, Ref{TSRecent, -300 + near}}, {3, Ref{TSRecent, -240 + near}},
		{3, Ref{TSRecent, -int64(d.IntN(1000))}}, {3, Ref{TSRecent, -1_000_000}}, {2, Ref{TSRecent, -24 * day}},
		{2, Ref{TSRecent, half + near}}, {2, Ref{TSRecent, 1_000_000}}, {1, Ref{Zero, 0}}, {1, Ref{TSRecent, int64(d.Uint32())}},
	})
}

// tsecr aims a timestamp echo.
func (d draw) tsecr() Ref {
	return pick(d, []weighted[Ref]{
		{40, Ref{KernelTS, 0}}, {3, Ref{KernelTS, 1000}}, {2, Ref{FirstTS, -1}}, {2, Ref{FirstTS, 0}}, {2, Ref{Zero, 0}},
		{1, Ref{KernelTS, int64(d.Uint32())}},
	})
}
