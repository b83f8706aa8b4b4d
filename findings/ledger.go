package findings

import (
	"bytes"
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// maxCarries bounds the ledger. A carry is used up by the next life of its four-tuple, so few are
// ever open.
const maxCarries = 4096

// carry is a cause that was found in one life of a four-tuple and goes on in the next.
type carry struct {
	tuple tcp.FourTuple
	rule  *Rule
	over  span
}

// carries are those of one four-tuple.
type carries []carry

// explains reports whether d is only a symptom of what was found in the former life.
func (cs carries) explains(d *draft) bool {
	return slices.ContainsFunc(cs, func(k carry) bool {
		return slices.Contains(k.rule.Absorbs, d.Code) && d.allTriggers(k.over.has)
	})
}

// ledger remembers the causes that go on in the next life of their four-tuple, oldest first.
type ledger struct{ open carries }

// put remembers a finding's carry, if it has one, and forgets the oldest when there are too many.
func (l *ledger) put(life *fsm.Life, d *draft) {
	if d.carry == (span{}) {
		return
	}
	if len(l.open) == maxCarries {
		l.open = slices.Delete(l.open, 0, 1)
	}
	l.open = append(l.open, carry{canonical(life.Tuple), d.Rule, d.carry})
}

// take gives the carries that reach into life and, once it has ended, forgets them.
func (l *ledger) take(life *fsm.Life) carries {
	if len(l.open) == 0 || !life.Former.Known {
		return nil
	}
	tuple := canonical(life.Tuple)
	var mine carries
	for _, k := range l.open {
		if k.tuple == tuple {
			mine = append(mine, k)
		}
	}
	if life.EndedBy != fsm.NotEnded {
		l.open = slices.DeleteFunc(l.open, func(k carry) bool { return k.tuple == tuple })
	}
	return mine
}

// canonical gives the same tuple for both directions.
func canonical(t tcp.FourTuple) tcp.FourTuple {
	r := t.Reverse()
	if c := bytes.Compare(t.Src[:], r.Src[:]); c > 0 || c == 0 && t.SrcPort > r.SrcPort {
		return r
	}
	return t
}
