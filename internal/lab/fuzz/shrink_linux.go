package fuzz

import (
	"slices"
	"time"

	"github.com/lastack/lastack/tcp"
)

// tries is how often a plan is played before its difference counts as gone: timers make some come
// and go.
const tries = 2

// again plays a plan and gives what came of it, if it shows the same difference.
func (b *bench) again(plan *Plan, want string) (*conn, *Difference) {
	for range tries {
		c, err := b.play(plan)
		if err != nil {
			continue
		}
		if all, d := compare(c); d != nil && d.Signature() == want && all[len(all)-1].Unknowable == "" {
			return c, d
		}
	}
	return nil, nil
}

// shrink leaves out of a plan all that can be left out, and gives the last that still shows the
// difference. It gives nil if the difference does not come again at all.
func (b *bench) shrink(plan *Plan, d *Difference) (*conn, *Difference) {
	want := d.Signature()
	best := plan.upTo(d.Shot)
	c, found := b.again(best, want)
	if c == nil {
		return nil, nil
	}
	attempt := func(change func(*Plan)) {
		p := best.clone()
		change(p)
		if p.String() == best.String() && p.IPv6 == best.IPv6 && p.ISN == best.ISN && p.TSBase == best.TSBase {
			return
		}
		if shown, diff := b.again(p, want); shown != nil {
			best, c, found = p, shown, diff
		}
	}
	for i := len(best.Shots) - 2; i >= 0; i-- {
		attempt(func(p *Plan) { p.Shots = slices.Delete(p.Shots, i, i+1) })
	}
	for _, change := range simpler {
		attempt(change)
	}
	for i := range best.Shots {
		for _, change := range simplerShot {
			attempt(func(p *Plan) { change(p, &p.Shots[i]) })
		}
	}
	return c, found
}

// upTo gives the plan without what comes after a shot.
func (p *Plan) upTo(shot int) *Plan {
	q := p.clone()
	q.Shots = q.Shots[:shot+1]
	return q
}

func (p *Plan) clone() *Plan {
	q := *p
	q.Shots = slices.Clone(p.Shots)
	return &q
}

// simpler are the changes that make a plan plainer.
var simpler = []func(*Plan){
	func(p *Plan) { p.IPv6 = false },
	func(p *Plan) { p.ISN = 1_000_000 },
	func(p *Plan) { p.TSBase = 5_000_000 },
	func(p *Plan) { p.History = false },
	func(p *Plan) { p.InFlight = 0 },
	func(p *Plan) { p.Gap = false },
	func(p *Plan) { p.ZeroWindow = false },
	func(p *Plan) { p.Orphan = false },
	func(p *Plan) { p.SACK = true },
	func(p *Plan) { p.WScale = true },
	func(p *Plan) { p.Timestamps = true },
}

// simplerShot are the changes that make a shot plainer.
var simplerShot = []func(*Plan, *Shot){
	func(_ *Plan, s *Shot) { s.Wait = time.Millisecond },
	func(p *Plan, s *Shot) { s.Window = p.Window },
	func(p *Plan, s *Shot) { s.Stamp = p.Timestamps },
	func(_ *Plan, s *Shot) { s.TSval, s.TSecr = Ref{Clock, 0}, Ref{KernelTS, 0} },
	func(_ *Plan, s *Shot) { s.TSval = Ref{Clock, 0} },
	func(_ *Plan, s *Shot) { s.TSecr = Ref{KernelTS, 0} },
	func(_ *Plan, s *Shot) { s.Seq = Ref{RcvNxt, 0} },
	func(_ *Plan, s *Shot) { s.Ack = Ref{SndNxt, 0} },
	func(_ *Plan, s *Shot) { s.Len = min(s.Len, 1) },
	func(_ *Plan, s *Shot) { s.Flags &^= tcp.PSH | tcp.URG },
}
