package report

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lastack/lastack/fsm"
)

// Notes is what is worth knowing about a segment besides its verdict; in JSON a list of names.
type Notes fsm.Note

// noteNames names each bit of fsm.Note, from the lowest up. The names are part of the public
// interface.
var noteNames = []string{
	"retransmission",
	"spurious-retransmission",
	"after-hole",
	"late-original",
	"capture-gap-before",
	"acks-uncaptured",
	"keep-alive",
	"keep-alive-answer",
	"window-probe",
	"zero-window",
	"window-reopened",
	"challenge-ack",
	"duplicate-ack",
	"new-syn",
	"old-incarnation",
	"lost",
	"crossed",
	"verdict-revised",
	"withdrawn",
	"timestamp-missing",
	"echo-unsent",
	"past-own-fin",
	"superframe",
	"different-bytes",
	"from-former-peer",
	"syn-data",
	"syn-data-refused",
	"reset-after-syn-ack",
}

// namedNotes are those that records have.
var namedNotes = Notes(1)<<len(noteNames) - 1

// All calls yield with each note's name.
func (n Notes) All(yield func(string) bool) {
	for i, name := range noteNames {
		if n&(1<<i) != 0 && !yield(name) {
			return
		}
	}
}

// UnmarshalJSON reads a list of names.
func (n *Notes) UnmarshalJSON(b []byte) error {
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	*n = 0
	for _, name := range names {
		i := slices.Index(noteNames, name)
		if i < 0 {
			return fmt.Errorf("unknown note %q", name)
		}
		*n |= 1 << i
	}
	return nil
}

func (e *encoder) notes(n Notes) {
	if n == 0 {
		e.b = append(e.b, `,"notes":[]`...)
		return
	}
	e.key("notes")
	e.open('[')
	for name := range n.All {
		e.element()
		e.quote(name)
	}
	e.close(']')
}
