package findings

import (
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

// Pass takes a life into account that opened, went on and closed without anything unusual. It has
// the same effect as Judge, which would find nothing.
func (e *Engine) Pass(life *plain.Summary) {
	e.work.ended++
	e.work.plain = true
	e.once.pass(life.Marks)
	for _, g := range e.groups {
		g.pass(&e.cfg, life)
	}
}

// Remarkable reports whether Judge would find something about a life that did nothing unusual, but
// whose segments have such marks.
func (e *Engine) Remarkable(m plain.Marks) bool {
	for _, r := range ofMarks(m) {
		if !e.once.full(r) {
			return true
		}
	}
	return false
}

func (g *floods) pass(_ *Config, l *plain.Summary) {
	if f := g.byKey[endpoint{l.Tuple.Dst, l.Tuple.DstPort}]; f != nil {
		f.completed++
	}
}

func (g *scans) pass(*Config, *plain.Summary) {}

func (g *nats) pass(_ *Config, l *plain.Summary) {
	if l.SYNOptions&tcp.OptTimestamps != 0 {
		g.at(natKeyOf(&l.Tuple)).answer(l.SYNTSval, l.SYNTime)
	}
}

func (g *heldPorts) pass(cfg *Config, l *plain.Summary) {
	host := cfg.Hosts.For(l.Tuple.Src, l.Stacks[tcp.Initiator])
	if l.Closer == tcp.Initiator && host.Ephemeral(l.Tuple.SrcPort) {
		h := g.enter(routeOf(&l.Tuple), host, l.ID, l.TimeWaitAt, l.LeavesTimeWaitAt())
		h.lasts = l.Stacks[tcp.Initiator].Profile().TimeWait
		h.hosts.join(dialect{stacks: l.Stacks, seen: true, acts: tcp.NoSide})
	}
}
