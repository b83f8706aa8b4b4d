package infer

import "github.com/lastack/lastack/fsm"

// known gives the step of a frame as rules see it, nil if it is not kept. What the ring holds
// decides nothing.
func (p *Pair) known(frame uint64) *fsm.Step {
	if st := p.story.find(frame); st != nil {
		return st
	}
	for i := range p.story.last {
		if p.story.last[i].Frame == frame {
			return &p.story.last[i]
		}
	}
	return nil
}

// revise changes what was said of a frame's step, now that later segments tell more.
func (p *Pair) revise(env *Env, frame uint64, change func(*fsm.Step)) {
	if frame == 0 {
		return
	}
	if st := p.story.find(frame); st != nil {
		change(st)
	}
	for i := range p.story.last {
		if p.story.last[i].Frame == frame {
			change(&p.story.last[i])
		}
	}
	for i := range p.queue {
		if p.queue[i].step.Frame == frame {
			change(&p.queue[i].step)
		}
	}
	if env.Ring != nil {
		if s := env.Ring.find(frame); s != nil && s.state == settled {
			change(&s.step)
		}
	}
}
