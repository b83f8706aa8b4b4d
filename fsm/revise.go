package fsm

// revise changes what was said of a frame's step, now that later segments tell more.
func (p *Pair) revise(env *Env, frame uint64, change func(*Step)) {
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
