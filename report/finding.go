package report

import (
	"fmt"
	"slices"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
)

// Evidence is one segment that proves a finding, whole, so that a stored stream can be shown
// without the capture.
type Evidence struct {
	Event
	Role string `json:"role"`
}

// Finding is the record of one finding. One about a connection has its ends, so that a line can be
// understood alone.
type Finding struct {
	ID          FindingID   `json:"id"`
	Group       string      `json:"group"` // see GroupOf
	Code        string      `json:"code"`
	Severity    string      `json:"severity"`
	Confidence  string      `json:"confidence"`
	Blame       string      `json:"blame"`
	Conn        ConnID      `json:"conn,omitempty"`  // none for a finding about the capture or a group
	Conns       []ConnID    `json:"conns,omitempty"` // of a group: the worst
	CommunityID CommunityID `json:"community_id"`
	Initiator   Endpoint    `json:"initiator"` // without a valid address when Conn is none, as the next one
	Responder   Endpoint    `json:"responder"`
	ISN         ISNs        `json:"isn"`
	Title       string      `json:"title"`
	Explanation string      `json:"explanation"`
	Evidence    []Evidence  `json:"evidence"`
	Filter      string      `json:"filter,omitempty"` // Wireshark's for the evidence, "" if that is of several files or none
	Time        Time        `json:"time"`
	Until       Time        `json:"until"`
	RFC         []string    `json:"rfc"`
	Kernel      []string    `json:"kernel"`
	Sysctl      []string    `json:"sysctl"`
	Counter     []string    `json:"counter"`
	Why         string      `json:"why,omitempty"` // where it is not what the rule has
	Confirm     []string    `json:"confirm"`
	Advice      []string    `json:"advice"`
	LooksLike   []string    `json:"looks_like"`
	Data        Data        `json:"data"`
}

// Clone gives a copy to keep. The record's strings and lists of strings belong to the rules and
// never change.
func (r *Finding) Clone() *Finding {
	c := *r
	c.Evidence = slices.Clone(r.Evidence)
	return &c
}

// Fill takes over a finding, about life unless that is nil. frameOf tells what users call
// the tracker's frames.
func (r *Finding) Fill(id FindingID, f *findings.Finding, life *fsm.Life, frameOf FrameOf) {
	*r = Finding{
		ID: id, Code: f.Code, Severity: f.Severity.String(), Confidence: f.Confidence.String(), Blame: f.Blame.String(),
		Conn: ConnID(f.Conn), Title: f.Title, Explanation: f.Explanation, Evidence: r.Evidence[:0],
		Time: Time(f.Time), Until: Time(f.Until),
		RFC: f.Rule.RFC, Kernel: f.Kernel, Sysctl: f.Sysctl, Counter: f.Counter, Confirm: f.Here(),
		Advice: f.Advice, LooksLike: f.LooksLike, Data: f.Data,
	}
	if f.Why != f.Rule.Why {
		r.Why = f.Why
	}
	for _, c := range f.Conns {
		r.Conns = append(r.Conns, ConnID(c))
	}
	if life != nil {
		r.Initiator, r.Responder = endpointOf(life, 0), endpointOf(life, 1)
		r.CommunityID, r.ISN = CommunityIDOf(r.Initiator, r.Responder), isnsOf(life)
	}
	for i := range f.Evidence {
		s := &f.Evidence[i]
		e := Evidence{Role: s.Role}
		e.Fill(&s.Step, frameOf)
		r.Evidence = append(r.Evidence, e)
	}
	r.Filter, r.Group = filterOf(r.Evidence), GroupOf(r)
}

// filterOf gives Wireshark's display filter for the segments that prove a finding: "frame.number in
// {11, 12}".
func filterOf(evidence []Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	b := []byte("frame.number in {")
	for i := range evidence {
		if evidence[i].File != evidence[0].File {
			return ""
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendUint(b, evidence[i].Frame)
	}
	return string(append(b, '}'))
}

// ParseSeverity reads a severity's name.
func ParseSeverity(name string) (findings.Severity, error) {
	for s := findings.Info; s <= findings.Error; s++ {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%q is not a severity: info, notice, warning, error", name)
}

func (e *encoder) finding(r *Finding) {
	e.start("finding")
	e.id("id", 'F', uint64(r.ID))
	e.word("code", r.Code)
	e.word("severity", r.Severity)
	e.word("confidence", r.Confidence)
	e.word("blame", r.Blame)
	e.about(r)
	e.text("title", r.Title)
	e.text("explanation", r.Explanation)
	e.evidence(r.Evidence)
	if r.Filter != "" {
		e.text("filter", r.Filter)
	}
	if r.Group != "" {
		e.word("group", r.Group)
	}
	e.time("time", r.Time)
	e.time("until", r.Until)
	e.list("rfc", r.RFC)
	e.list("kernel", r.Kernel)
	e.list("sysctl", r.Sysctl)
	e.list("counter", r.Counter)
	if r.Why != "" {
		e.text("why", r.Why)
	}
	e.list("confirm", r.Confirm)
	e.list("advice", r.Advice)
	e.list("looks_like", r.LooksLike)
	e.data(r.Data)
	e.end()
}

// about writes which connection or connections a finding is about.
func (e *encoder) about(r *Finding) {
	if r.Conn != 0 {
		e.id("conn", 'C', uint64(r.Conn))
		e.ends(r.CommunityID, r.Initiator, r.Responder)
		e.isns(r.ISN)
	}
	if len(r.Conns) > 0 {
		encodeIDs(e, "conns", 'C', r.Conns)
	}
}

func (e *encoder) evidence(all []Evidence) {
	e.key("evidence")
	e.open('[')
	for i := range all {
		e.element()
		e.open('{')
		e.event(&all[i].Event)
		e.text("role", all[i].Role)
		e.close('}')
	}
	e.close(']')
}
