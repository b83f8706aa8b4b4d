package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// StackOfSYN gives what the sender of a SYN or SYN,ACK runs: what was said of it, or what the
// segment shows.
func (env *Env) StackOfSYN(seg *tcp.Segment) fsm.Stack {
	if told := env.Stacks.Of(seg.Src); told != fsm.AnyStack {
		return told
	}
	return env.Known.guess(fsm.SignsOfSYN(seg))
}

// readSigns takes in what a segment shows of its sender's stack.
func (p *Pair) readSigns(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	f := &p.facts[from]
	was := f.Signs
	switch {
	case step.Notes.Any(fsm.Foreign|fsm.OldLife|fsm.NewSYN) || seg.Cut&^tcp.CutPayload != 0:
	case seg.Flags.Has(tcp.SYN):
		p.readSYN(from, seg)
	case !f.Signs.Seen():
		f.Signs = p.knownOfHost(env, from).WithTTL(seg.TTL)
	case !near(seg.TTL, f.TTL): // somebody else made it
	case seg.Flags.Has(tcp.RST):
		f.Signs |= p.signOfReset(from, seg)
	case step.Notes.Has(fsm.KeepAlive):
		f.Signs |= p.signOfProbe(from, seg)
	}
	if f.Signs != was {
		p.recognize(env, from)
	}
}

// near reports whether two TTLs are of one sender: routes change by a hop or two.
func near(a, b uint8) bool { return a-b <= 3 || b-a <= 3 }

// readSYN takes in what a SYN or SYN,ACK shows, and how one that is sent again differs from the
// first.
func (p *Pair) readSYN(from tcp.Side, seg *tcp.Segment) {
	f := &p.facts[from]
	tries := f.SYNs
	if seg.Flags.Has(tcp.ACK) {
		tries = f.SYNACKs
	}
	if tries <= 1 && f.SYNs+f.SYNACKs <= 1 {
		f.Signs |= fsm.SignsOfSYN(seg)
		return
	}
	if seg.Flags.Has(tcp.ACK) {
		return
	}
	before := f.SYNOptions
	switch {
	case before&tcp.OptTimestamps != 0 && seg.Layout == tcp.LayoutBSDBare:
		f.Signs |= fsm.SignSYNStripped
	case before&tcp.OptWScale != 0 && seg.Layout == tcp.LayoutSACK && f.SYNs == 3:
		f.Signs |= fsm.SignSYNUnscaled
	}
	if f.SYNs == 2 && about(seg.Time-f.FirstSYN.Time, 3_000_000_000) {
		f.Signs |= fsm.SignThreeSeconds
	}
}

// about reports whether a time is as long as a timer of coarse ticks makes it, ns.
func about(t, timer int64) bool { return t > timer-timer/10 && t < timer+timer/10 }

// signOfReset gives what the form of a RST shows of its sender.
func (p *Pair) signOfReset(from tcp.Side, seg *tcp.Segment) fsm.Signs {
	switch {
	case !seg.Flags.Has(tcp.ACK) && seg.HiddenAck:
		return fsm.SignResetHidesAck
	case !seg.Flags.Has(tcp.ACK):
		return fsm.SignResetPlainBare
	case p.facts[from].SYNs+p.facts[from].SYNACKs == 0 || !p.openDone:
		return 0 // all stacks answer a SYN without a window, and without options
	case seg.Has(tcp.OptTimestamps):
		return fsm.SignResetStamped
	case seg.Window == 0 && seg.Options == 0:
		return fsm.SignResetNaked
	}
	return 0
}

// signOfProbe gives what the form of a keep-alive probe shows of its sender.
func (p *Pair) signOfProbe(from tcp.Side, seg *tcp.Segment) fsm.Signs {
	switch {
	case seg.Len == 1:
		return fsm.SignProbeByte
	case !p.facts[from].TSOK:
		return 0
	case seg.Has(tcp.OptTimestamps):
		return fsm.SignProbeStamped
	}
	return fsm.SignProbeBare
}

// recognize makes what is known of a side's host of its signs.
func (p *Pair) recognize(env *Env, side tcp.Side) {
	addr := p.addr(side)
	if env.Stacks.Of(addr) != fsm.AnyStack {
		return
	}
	p.stack[side] = env.Known.guess(p.facts[side].Signs)
}

// knownOfHost gives the signs of a direction whose SYN is not in the capture: what its host's
// connections before have shown.
func (p *Pair) knownOfHost(env *Env, side tcp.Side) fsm.Signs {
	return fsm.SignsOfHost(env.Known.of(p.addr(side), env.by))
}

// profile gives the facts of the stack that a side's host runs.
func (p *Pair) profile(side tcp.Side) *fsm.Profile { return p.stack[side].Profile() }

// host gives the settings of a side's host.
func (p *Pair) host(env *Env, side tcp.Side) *fsm.Host {
	return env.Hosts.For(p.addr(side), p.stack[side])
}

// told reports whether it was said what a host runs.
func told(env *Env, a tcp.Addr) bool { return env.Stacks.Of(a) != fsm.AnyStack }
