package findings

import (
	"iter"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Case is one life before the rules, with what they have said of it so far.
type Case struct {
	*fsm.Life
	cfg    *Config
	traits trait
	rule   *Rule // the one that is being run
	drafts []draft
	syns   []*fsm.Step // what asks gives, used again

	scanned bool // it is one attempt of a scan that is known to be one, which tells what came of it

	ended uint64 // lives that have ended so far, this one included
	plain bool   // one of them, or this one, has a segment that is neither SYN, FIN nor RST
}

// open puts another life before the rules.
func (c *Case) open(life *fsm.Life) {
	c.Life = life
	c.traits = traitsOf(life)
	c.drafts = c.drafts[:0]
	if c.over() {
		c.ended++
	}
	for i := range c.Sides {
		s := &c.Sides[i]
		others := s.Segments > uint64(s.SYNs)+uint64(s.SYNACKs)+uint64(s.FINs)+uint64(s.RSTs)
		alone := !c.Former.Known && !c.Next.Known && !c.OneWay // else a neighbour's SYN may be among them
		c.plain = c.plain || s.Bytes > 0 || others && alone
	}
}

// fewLives is how many connections may be all there is of a capture that shows a failure.
const fewLives = 4

// filteredByFlags reports whether the capture seems to keep only SYN, FIN and RST: several
// connections, and no other segment. Then the lack of an acknowledgment means nothing.
func (c *Case) filteredByFlags() bool { return !c.plain && c.ended > fewLives }

// fire starts a finding of the rule that is being run. What it returns is good until the next call.
func (c *Case) fire() *draft {
	r := c.rule
	c.drafts = append(c.drafts, draft{Finding: Finding{Code: r.Code, Rule: r, Severity: r.Severity, Confidence: Certain,
		Advice: r.Do, Conn: c.ID, tuple: c.Tuple, acts: tcp.NoSide}})
	return &c.drafts[len(c.drafts)-1]
}

// drop takes the last finding back: what it was about turned out not to be there.
func (c *Case) drop() { c.drafts = c.drafts[:len(c.drafts)-1] }

// host gives the settings of one side's host.
func (c *Case) host(s tcp.Side) *fsm.Host {
	a, _ := c.Endpoint(s)
	return c.cfg.Hosts.For(a, c.Sides[s].Stack)
}

// profile gives the facts of the stack that one side's host runs.
func (c *Case) profile(s tcp.Side) *fsm.Profile { return c.Sides[s].Stack.Profile() }

// over reports whether nothing more will be seen of the life: only then does the absence of a
// segment mean something.
func (c *Case) over() bool { return c.EndedBy != fsm.NotEnded }

// first gives the first step that match likes, nil if there is none.
func (c *Case) first(match func(*fsm.Step) bool) *fsm.Step {
	for i := range c.Steps {
		if match(&c.Steps[i]) {
			return &c.Steps[i]
		}
	}
	return nil
}

// all gives the steps that match, in order.
func (c *Case) all(match func(*fsm.Step) bool) iter.Seq[*fsm.Step] {
	return func(yield func(*fsm.Step) bool) {
		for i := range c.Steps {
			if s := &c.Steps[i]; match(s) && !yield(s) {
				return
			}
		}
	}
}

// step gives the notable step of a frame, nil if it is not among them.
func (c *Case) step(frame uint64) *fsm.Step {
	if frame == 0 {
		return nil
	}
	return c.first(func(s *fsm.Step) bool { return s.Frame == frame })
}

// frame gives the number by which users know a frame: for texts.
func (c *Case) frame(frame uint64) uint64 { return c.cfg.FrameOf(frame) }

// answer gives the step that answered s, nil if the capture has none.
func (c *Case) answer(s *fsm.Step) *fsm.Step {
	if a := c.step(s.AnsweredBy); a != nil {
		return a
	}
	return c.first(func(a *fsm.Step) bool { return a.Answers == s.Frame && a.From != s.From })
}

// doubled reports whether s may be the same transmission as an earlier step, which the network or
// the capture doubled: it has the same IP ID or, without one, the same timestamp, or comes too soon
// for any timer. Nor did its sender repeat the FIN that somebody else forged.
func (c *Case) doubled(s *fsm.Step) bool {
	within := int64(time.Second)
	if s.IPID == 0 && s.Options&tcp.OptTimestamps == 0 {
		within = int64(2 * time.Millisecond)
	}
	if c.acksWithFIN(s) {
		return true
	}
	twin := c.first(func(e *fsm.Step) bool {
		alike := e.Frame < s.Frame && e.From == s.From && e.Kind == s.Kind && e.Seq == s.Seq && e.Len == s.Len && e.Flags == s.Flags
		return alike && (e.IPID == s.IPID && e.TSval == s.TSval && s.Time-e.Time <= within || c.repeatsNot(s, e))
	})
	return twin != nil
}

// acksWithFIN reports whether a FIN is sent again only to acknowledge the peer's: some stacks do so
// in CLOSING, where Linux sends an ACK alone (Profile.RepeatsFINOnce). No timer did, and nothing
// was lost. Example: a server's FIN with ACK 187 crosses the client's FIN 187, and 3 ms later the
// server sends the same FIN with ACK 188.
func (c *Case) acksWithFIN(s *fsm.Step) bool {
	own, peer := c.Sides[s.From&1].FirstFIN, &c.Sides[s.From.Peer()]
	p := c.profile(s.From & 1)
	if !s.Flags.Has(tcp.FIN) || s.Frame == own.Frame || !p.RepeatsFINOnce && p.Stack != fsm.AnyStack {
		return false
	}
	first := c.step(own.Frame)
	return first != nil && peer.FirstFIN.Seen() && s.Seq == first.Seq && s.Ack == peer.FINSeq+1 && !first.Ack.After(peer.FINSeq) &&
		s.Time-peer.FirstFIN.Time < minRTO
}

// repeatsNot reports whether a FIN is no repetition of another one with the same numbers: nothing
// sends it again so soon (tcp_schedule_loss_probe: after two round trips, tcp_retransmit_timer:
// TCP_RTO_MIN), or it has another TTL besides, so that one of the two is somebody else's.
func (c *Case) repeatsNot(s, e *fsm.Step) bool {
	within := min(c.RTT+c.RTT/2, minRTO-minRTO/20)
	if s.TTL != e.TTL {
		within = minRTO
	}
	return s.Flags.Has(tcp.FIN) && s.Time-e.Time < within
}

// showRepeats adds the first of a side's segments that match likes to a finding and, as what made
// it fire, those that a timer sent again. It gives the latter.
func (c *Case) showRepeats(d *draft, first fsm.Mark, name string, match func(*fsm.Step) bool) []*fsm.Step {
	var again []*fsm.Step
	for i := range c.Steps {
		s := &c.Steps[i]
		switch {
		case !match(s):
		case s.Frame == first.Frame:
			d.context(s, "first "+name)
		case !c.doubled(s):
			d.trigger(s, name+" again")
			again = append(again, s)
		}
	}
	return again
}

// isTCP reports whether the step is a segment of side from that carries all of want and none of
// not.
func isTCP(s *fsm.Step, from tcp.Side, want, not tcp.Flags) bool {
	return s.Kind == tcp.KindTCP && s.From == from && s.Flags.Has(want) && !s.Flags.Any(not)
}
