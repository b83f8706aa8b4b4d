package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// commit keeps a step whose verdict is known.
func (p *Pair) commit(env *Env, step *fsm.Step, moved bool) {
	p.noteDelivered(step)
	p.quietly(step)
	if env.Ring != nil {
		env.Ring.put(p.id, step)
	}
	if env.Decided != nil {
		env.Decided(&Decision{Life: p.id, Frame: step.Frame, By: env.by, Assumption: FirstSaid,
			After: *step})
	}
	p.story.last[step.From] = *step
	if moved || notable(step) {
		p.story.add(step)
		p.dirty = true
	}
}

// quietNotes are notes that ordinary segments carry too often to be kept for.
const quietNotes = fsm.DuplicateAck | fsm.AfterHole | fsm.Superframe | fsm.LateOriginal | fsm.Reply

// notable reports whether a step is kept for rules and reports.
func notable(s *fsm.Step) bool {
	return s.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) || s.Kind == tcp.KindICMP ||
		s.Notes&^quietNotes != 0 || s.Notes.Has(fsm.Reply|fsm.DuplicateAck) ||
		s.Verdict != tcp.Accept && s.Verdict != tcp.Queue && !(s.Verdict == tcp.VerdictUnknown &&
			s.Reason == tcp.MidStream) ||
		s.SenderBefore != s.SenderAfter || s.ReceiverBefore != s.ReceiverAfter ||
		s.SenderBefore > tcp.Established || s.ReceiverBefore > tcp.Established
}
