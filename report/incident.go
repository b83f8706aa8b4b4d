package report

import (
	"net/netip"
	"slices"

	"github.com/lastack/lastack/findings"
)

// IncidentID numbers an incident, the worst first: "I1".
type IncidentID uint64

// String gives "I1", "" for none.
func (i IncidentID) String() string { return numbered('I', uint64(i)) }

// MarshalText gives "I1".
func (i IncidentID) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads "I1".
func (i *IncidentID) UnmarshalText(b []byte) error { return readNumbered('I', b, (*uint64)(i)) }

// Incident is the record of what findings about several connections with one cause amount to.
type Incident struct {
	ID          IncidentID  `json:"id"`
	Severity    string      `json:"severity"`
	Confidence  string      `json:"confidence"`
	Blame       string      `json:"blame"`
	Code        string      `json:"code"` // of its findings
	Title       string      `json:"title"`
	Explanation string      `json:"explanation"`
	Where       Where       `json:"where"`
	Affected    uint64      `json:"affected"`     // connections
	Of          uint64      `json:"of,omitempty"` // all connections there, 0 if not known
	Since       Time        `json:"since"`
	Until       Time        `json:"until"`
	Shape       string      `json:"shape"`            // burst, steady, periodic
	Period      Seconds     `json:"period,omitempty"` // of a periodic one
	Common      []Common    `json:"common"`
	Findings    []FindingID `json:"findings"` // the worst first
	More        uint64      `json:"more"`     // findings beyond these
	Advice      []string    `json:"advice"`
	Confirm     []string    `json:"confirm"`
	LooksLike   []string    `json:"looks_like"`
}

// Where is what the affected connections lead to, and whose they are.
type Where struct {
	Listener   *Endpoint      `json:"listener,omitempty"` // nil if they lead to several
	Client     netip.Addr     `json:"client,omitzero"`    // of an incident of one client
	Initiators []netip.Prefix `json:"initiators"`         // networks
	Others     int            `json:"others,omitempty"`   // networks beyond these
}

// Common is something that the affected connections have in common.
type Common struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
	Failed    uint64 `json:"failed"` // connections with it that are affected
	Passed    uint64 `json:"passed"` // and that are not
}

// Fill takes over an incident.
func (r *Incident) Fill(id IncidentID, i *findings.Incident) {
	*r = Incident{ID: id, Severity: i.Severity.String(), Confidence: i.Confidence.String(), Blame: i.Blame.String(), Code: i.Rule.Code,
		Title: i.Title, Explanation: i.Explanation, Affected: i.Affected, Of: i.Of, Since: Time(i.Since), Until: Time(i.Until),
		Shape: string(i.Shape), Period: Seconds(i.Period), More: i.More, Advice: i.Advice, Confirm: i.Confirm, LooksLike: i.LooksLike,
		Where: Where{Client: i.Client, Initiators: i.Initiators, Others: i.OtherNetworks}}
	if i.Listener.IsValid() {
		r.Where.Listener = &Endpoint{i.Listener.Addr(), i.Listener.Port()}
	}
	for _, c := range i.Common {
		r.Common = append(r.Common, Common(c))
	}
	for _, f := range i.Findings {
		r.Findings = append(r.Findings, FindingID(f))
	}
}

// Has reports whether a finding is one of the incident's.
func (r *Incident) Has(f *Finding) bool {
	if f.Conn == 0 || f.Code != r.Code || f.Blame != r.Blame || f.Severity == findings.Info.String() {
		return false
	}
	if r.Where.Listener != nil {
		return f.Responder == *r.Where.Listener
	}
	return f.Initiator.IP == r.Where.Client
}

// Clone gives a copy to keep.
func (r *Incident) Clone() *Incident {
	c := *r
	c.Findings = slices.Clone(r.Findings)
	return &c
}

func (e *encoder) incident(r *Incident) {
	e.start("incident")
	e.id("id", 'I', uint64(r.ID))
	e.word("severity", r.Severity)
	e.word("confidence", r.Confidence)
	e.word("blame", r.Blame)
	e.word("code", r.Code)
	e.text("title", r.Title)
	e.text("explanation", r.Explanation)
	e.where(&r.Where)
	e.uint("affected", r.Affected)
	if r.Of > 0 {
		e.uint("of", r.Of)
	}
	e.time("since", r.Since)
	e.time("until", r.Until)
	e.word("shape", r.Shape)
	if r.Period > 0 {
		e.seconds("period", r.Period)
	}
	e.common(r.Common)
	encodeIDs(e, "findings", 'F', r.Findings)
	e.uint("more", r.More)
	e.list("advice", r.Advice)
	e.list("confirm", r.Confirm)
	e.list("looks_like", r.LooksLike)
	e.end()
}

func (e *encoder) where(w *Where) {
	e.key("where")
	e.open('{')
	if w.Listener != nil {
		e.endpoint("listener", *w.Listener)
	}
	if w.Client.IsValid() {
		e.word("client", w.Client.String())
	}
	e.key("initiators")
	e.open('[')
	for _, p := range w.Initiators {
		e.element()
		e.quote(p.String())
	}
	e.close(']')
	if w.Others > 0 {
		e.uint("others", uint64(w.Others))
	}
	e.close('}')
}

func (e *encoder) common(all []Common) {
	e.key("common")
	e.open('[')
	for i := range all {
		e.element()
		e.open('{')
		e.text("attribute", all[i].Attribute)
		e.text("value", all[i].Value)
		e.uint("failed", all[i].Failed)
		e.uint("passed", all[i].Passed)
		e.close('}')
	}
	e.close(']')
}
