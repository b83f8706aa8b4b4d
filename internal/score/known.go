package score

import (
	"strings"

	"github.com/lastack/lastack/internal/lab"
)

// exception is a difference from the truth that remains, with the reason why an observer at that
// tap could not know better.
type exception struct {
	recording string // path below testdata/lab/stories, or its beginning
	tap       string // "" for every tap, byOrMiddle for two
	why       string
}

// byOrMiddle stands for the taps that are not at the far side from the one that the scenario is
// about.
const byOrMiddle = "by or middle"

// exceptions are all the differences that are accepted. A difference that is not in it fails the
// test.
var exceptions = []exception{
	{"ack-storm/", "responder", "the forged data did not pass here; that its receiver holds on to it shows only when it repeats its ACK"},
	{"transfer-loss/ipv6-near-responder-nots", "middle", "without SACK and timestamps nothing tells a repetition that was needed from one that was not"},
	{"transfer-reordered/", byOrMiddle, "reordered beyond this tap: ACKs tell that a segment came twice, not always which came first"},
	{"middlebox-forgets/rst-", "initiator", "the box answers in the responder's name and swallows the initiator's RST: the responder never hears of it"},
	{"middlebox-forgets/rst-", "middle", "the same, where the box is past the middle"},
	{"stale-rst/exact-", "responder", "an old RST with just the right number cannot be told from one that the initiator sends now"},
}

// Unknowable gives the reason why a difference is accepted, "" if it is not.
func (m Miss) Unknowable() string {
	for _, e := range exceptions {
		if strings.Contains(m.Recording, "/"+e.recording) && (e.tap == "" || e.tap == m.Tap || e.tap == byOrMiddle && (m.Tap == m.By || m.Tap == lab.Middle)) {
			return e.why
		}
	}
	return ""
}

// Why gives the reason why a difference could not be known, from the list or by what the wire did
// out of the tap's sight, "" if it could.
func (m Miss) Why() string {
	if why := m.Unknowable(); why != "" {
		return why
	}
	return m.Blind
}
