package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// move makes the transition that an event calls for, and reports whether the state changed.
func (p *Pair) move(side tcp.Side, ev fsm.Event, m fsm.Mark, c tcp.Certainty, cause fsm.Cause) bool {
	to := fsm.Next[p.ends[side].State][ev]
	if to == tcp.Unknown {
		return false
	}
	return p.set(side, to, m, c, cause)
}

// set puts a side into a state, whatever the table says: for what segments prove.
func (p *Pair) set(side tcp.Side, to tcp.State, m fsm.Mark, c tcp.Certainty, cause fsm.Cause) bool {
	e := &p.ends[side]
	if e.State == to {
		return false
	}
	p.story.transitions = append(p.story.transitions, fsm.Transition{Mark: m, Side: side, From: e.State,
		To: to, Certainty: c,
		Cause: cause})
	e.State, e.StateSince = to, m.Time
	if to == tcp.TimeWait {
		e.LastOOWAck = 0 // the bucket has a limit of its own (tcp_time_wait)
	}
	p.dirty = true
	return true
}

// withdraw takes a side's last standing transition back, because the side's own segment disproves
// it: the segment that was taken to have made it did not arrive. It reports whether there was one
// that led to the side's present state.
func (p *Pair) withdraw(env *Env, side tcp.Side) bool {
	t := p.lastTransition(side)
	if t == nil || t.To != p.ends[side].State || t.Certainty > tcp.Timer && t.Cause != fsm.SentRST {
		return false
	}
	p.takeBack(env, side, t)
	return true
}

// takeBack takes a side's last standing transition back, however certain it was that the segment
// which made it had arrived.
func (p *Pair) takeBack(env *Env, side tcp.Side, t *fsm.Transition) {
	t.Withdrawn = true
	p.ends[side].State = t.From
	if prev := p.lastTransition(side); prev != nil {
		p.ends[side].StateSince = prev.Time
	}
	p.dirty = true
	frame, from, to := t.Frame, t.From, t.To
	p.assume(env, StateTakenBack, one(frame), func(s *fsm.Step) {
		s.Notes |= fsm.Withdrew
		switch {
		case s.From == side:
			s.SenderAfter = from
		// a FIN that was queued made its transition when a later segment came
		case s.ReceiverAfter == to:
			s.ReceiverAfter = from
		}
	})
}

// lastTransition gives a side's last standing transition.
func (p *Pair) lastTransition(side tcp.Side) *fsm.Transition {
	ts := p.story.transitions
	for i := len(ts) - 1; i >= 0; i-- {
		if ts[i].Side == side && !ts[i].Withdrawn {
			return &ts[i]
		}
	}
	return nil
}

// confirm raises a side's inferred transitions of the given causes: it sent what only they explain.
func (p *Pair) confirm(side tcp.Side, causes ...fsm.Cause) {
	ts := p.story.transitions
	for i := len(ts) - 1; i >= 0; i-- {
		t := &ts[i]
		if t.Side != side || t.Withdrawn {
			continue
		}
		if t.Certainty >= tcp.Confirmed {
			return // what came before was confirmed with it, or by it
		}
		for _, c := range causes {
			if t.Cause == c && t.Certainty == tcp.Inferred {
				t.Certainty = tcp.Confirmed
			}
		}
	}
}
