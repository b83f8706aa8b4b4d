package report

import (
	"encoding/json"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Optional is a number that a record may lack.
type Optional[T ~uint16 | ~uint32] struct {
	Value T
	Known bool
}

// Some gives a number that is there.
func Some[T ~uint16 | ~uint32](v T) Optional[T] { return Optional[T]{v, true} }

// when gives v if known, else none.
func when[T ~uint16 | ~uint32](known bool, v T) Optional[T] {
	if !known {
		return Optional[T]{}
	}
	return Some(v)
}

// UnmarshalJSON reads a number, or null for none.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Known = string(b) != "null"
	return json.Unmarshal(b, &o.Value)
}

// ISNs are the initial sequence numbers of both sides, as far as the capture has them. Sequence
// numbers in records are those on the wire; with these a reader can make them relative.
type ISNs = Pair[Optional[tcp.Seq]]

func isnsOf(l *fsm.Life) ISNs {
	a, b := &l.Sides[tcp.Initiator], &l.Sides[tcp.Responder]
	return ISNs{when(a.ISNKnown, a.ISN), when(b.ISNKnown, b.ISN)}
}

func (e *encoder) isns(n ISNs) {
	if !n.Initiator.Known && !n.Responder.Known {
		return
	}
	e.key("isn")
	e.open('{')
	optional(e, "initiator", n.Initiator)
	optional(e, "responder", n.Responder)
	e.close('}')
}

// optional writes a number if it is there.
func optional[T ~uint16 | ~uint32](e *encoder, key string, o Optional[T]) {
	if o.Known {
		e.uint(key, uint64(o.Value))
	}
}
