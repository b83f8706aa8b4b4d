package findings

import (
	"slices"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// The rules' texts are written for Linux. dialect is the one place that fits them to the hosts of a
// case: what is said of Linux alone is left out where the packets show that a host runs something
// else, and commands become those of that system.

// dialect is what the two hosts of a case run.
type dialect struct {
	stacks [2]fsm.Stack
	mixed  [2]bool // of a group of cases: not all run the same
	seen   bool
	acts   tcp.Side // the side whose stack the finding is about, NoSide for both
}

// foreign reports whether a stack is known not to be Linux.
func foreign(s fsm.Stack) bool { return s > fsm.RFC9293 }

// dialect gives what the hosts of the case run.
func (c *Case) dialect(acts tcp.Side) dialect {
	return dialect{stacks: [2]fsm.Stack{c.Sides[tcp.Initiator].Stack, c.Sides[tcp.Responder].Stack}, seen: true, acts: acts}
}

// meet takes another case of a group in.
func (d *dialect) meet(c *Case) { d.join(c.dialect(tcp.NoSide)) }

func (d *dialect) join(now dialect) {
	if !d.seen {
		*d = now
		return
	}
	for i := range d.stacks {
		if now.stacks[i] != d.stacks[i] && (foreign(now.stacks[i]) || foreign(d.stacks[i])) {
			d.mixed[i] = true
		}
	}
}

// isForeign reports whether one of the hosts that a line is about is known not to be Linux.
func (d *dialect) isForeign(about tcp.Side) bool {
	if about == tcp.NoSide {
		about = d.acts
	}
	if about != tcp.NoSide {
		return d.mixed[about] || foreign(d.stacks[about])
	}
	return d.isForeign(tcp.Initiator) || d.isForeign(tcp.Responder)
}

// commands gives the commands of the host that a line is about, or words where they or the host are
// not known.
func (d *dialect) commands(about tcp.Side) *fsm.Commands {
	if about == tcp.NoSide {
		about = d.acts
	}
	a, b := about, about
	if about == tcp.NoSide {
		a, b = tcp.Initiator, tcp.Responder
	}
	c := &d.stacks[a].Profile().Commands
	if d.stacks[a] != d.stacks[b] || d.mixed[a] || d.mixed[b] || *c == (fsm.Commands{}) {
		return &generic
	}
	return c
}

// generic are words instead of commands.
var generic = fsm.Commands{Sockets: "its table of sockets", Counters: "its counters of TCP", Settings: "its settings of TCP",
	Route: "its route to the other host"}

// fit gives a finding the lines of its rule that hold for the hosts.
func (f *Finding) fit(d dialect) {
	r := f.Rule
	f.Why, f.Kernel, f.Sysctl, f.Counter = r.Why, r.Kernel, r.Sysctl, r.Counter
	if f.Confirm == nil { // else the rule has put those of the case
		f.Confirm = r.Confirm
	}
	if !d.isForeign(tcp.NoSide) && !d.isForeign(tcp.Initiator) && !d.isForeign(tcp.Responder) {
		return
	}
	f.Confirm = d.lines(f.Confirm, forCommands)
	f.Advice = d.lines(f.Advice, forAdvice)
	if !d.isForeign(tcp.NoSide) {
		return
	}
	f.Kernel, f.Sysctl, f.Counter = nil, nil, nil
	f.Why = d.fitted(r.Why, forProse)
	if says := r.says; says != nil {
		if s := says(d.profile()); s != "" {
			f.Why = strings.TrimSpace(f.Why + " " + s)
		}
	}
	f.LooksLike = d.lines(f.LooksLike, forProse)
	if len(f.LooksLike) == 0 && f.Confidence != Certain {
		f.LooksLike = []string{"a host that does otherwise than its system usually does"}
	}
}

// profile gives the stack that the finding is about, that of a host of which nothing is known if
// there are two.
func (d *dialect) profile() *fsm.Profile {
	side := d.acts
	if side == tcp.NoSide {
		side = tcp.Initiator
		if d.stacks[0] != d.stacks[1] {
			return fsm.AnyStack.Profile()
		}
	}
	if d.mixed[side] {
		return fsm.AnyStack.Profile()
	}
	return d.stacks[side].Profile()
}

// lines fits each of some lines and leaves out those of which nothing is left, and those that come
// twice.
func (d *dialect) lines(texts []string, how purpose) []string {
	out := []string{} // not nil, which would stand for what the rule has
	for _, t := range texts {
		if t = d.fitted(t, how); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
