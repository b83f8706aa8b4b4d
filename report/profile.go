package report

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Host is one end of a connection, with what its host runs.
type Host struct {
	Endpoint
	Profile Profile `json:"profile"`
}

// Profile is the stack that a host is taken to run.
type Profile struct {
	Name     string   `json:"name"`     // as --stack has it, "unknown" where nothing tells
	Evidence []string `json:"evidence"` // what it was told by; of an unknown one what was seen of it
	Told     bool     `json:"told"`     // --stack said so
}

// fill takes over what the tracker knows of a side.
func (h *Host) fill(l *fsm.Life, s tcp.Side) {
	f := &l.Sides[s]
	h.Endpoint = endpointOf(l, s)
	if h.Profile.Evidence == nil {
		h.Profile.Evidence = []string{}
	}
	h.Profile = Profile{Name: f.Stack.String(), Evidence: h.Profile.Evidence[:0], Told: f.Told}
	if !f.Told {
		h.Profile.Evidence = f.Signs.AppendEvidence(h.Profile.Evidence, f.Stack)
	}
}

func (e *encoder) host(key string, h *Host) {
	e.key(key)
	e.open('{')
	e.b = append(e.b, `"ip":"`...)
	e.b = h.IP.AppendTo(e.b)
	e.b = append(e.b, '"')
	e.uint("port", uint64(h.Port))
	e.key("profile")
	e.open('{')
	e.word("name", h.Profile.Name)
	e.key("evidence")
	e.open('[')
	for _, words := range h.Profile.Evidence {
		e.element()
		e.quote(words)
	}
	e.close(']')
	e.bool("told", h.Profile.Told)
	e.close('}')
	e.close('}')
}
