package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// passTime lets the timers run that capture time has passed: 2MSL.
func (p *Pair) passTime(env *Env, now int64) {
	for side := range tcp.NoSide {
		e := &p.ends[side]
		if e.State != tcp.TimeWait {
			continue
		}
		if due := p.profile(side).LeavesTimeWaitAt(e.StateSince); now >= due {
			p.move(side, fsm.Expire, fsm.Mark{Time: due}, tcp.Timer, fsm.TimeWaitExpired)
		}
	}
}

// expireFinWait2 lets the FIN-WAIT-2 timer have run: the side's own answer shows that its socket is
// gone, and only tcp_fin_timeout takes an orphan from FIN-WAIT-2 without a segment.
func (p *Pair) expireFinWait2(env *Env, side tcp.Side) {
	due := p.ends[side].StateSince + int64(p.host(env, side).FinTimeout)
	p.move(side, fsm.Expire, fsm.Mark{Time: due}, tcp.Timer, fsm.FinWait2Expired)
}
