package ecs

import "github.com/lastack/lastack/report"

// connection is what lastack knows of one and the schema has no field for.
type connection struct {
	ID            report.ConnID       `json:"connection"`
	Incarnation   uint32              `json:"incarnation"`
	FirstFrame    uint64              `json:"first_frame"`
	LastFrame     uint64              `json:"last_frame"`
	Path          string              `json:"path,omitempty"`
	PathBack      string              `json:"path_back,omitempty"`
	Opening       string              `json:"opening"`
	Closing       string              `json:"closing"`
	ClosedBy      string              `json:"closed_by,omitempty"`
	State         report.Pair[string] `json:"state"`
	Retransmitted report.Pair[uint64] `json:"retransmitted"`
	RTT           report.Seconds      `json:"rtt,omitempty"`
	Vantage       string              `json:"vantage"`
	Findings      []report.FindingID  `json:"findings,omitempty"`
}

// outcomes tell whether a connection came about, by its opening; others leave it open.
var outcomes = map[string]string{
	"three-way": "success", "simultaneous": "success", "fast-open": "success",
	"refused": "failure", "unreachable": "failure", "unanswered": "failure", "incomplete": "failure",
}

func (s *Sink) connection(r *report.Connection) *document {
	types := []string{"connection", "start"}
	if r.Opening == "mid-stream" {
		types = types[:1]
	}
	if r.Closing != "open" {
		types = append(types, "end")
	}
	d := s.document("event", "lastack.connection", types, r.Start, r.End)
	d.between(r.Initiator.Endpoint, r.Responder.Endpoint, r.CommunityID)
	d.Source.Bytes, d.Source.Packets = &r.Bytes.Initiator, &r.Segments.Initiator
	d.Destination.Bytes, d.Destination.Packets = &r.Bytes.Responder, &r.Segments.Responder
	d.Network.Bytes = r.Bytes.Initiator + r.Bytes.Responder
	d.Network.Packets = r.Segments.Initiator + r.Segments.Responder
	d.Event.Outcome = "unknown"
	if known := outcomes[r.Opening]; known != "" {
		d.Event.Outcome = known
	}
	d.Lastack = connection{ID: r.ID, Incarnation: r.Incarnation, FirstFrame: r.FirstFrame, LastFrame: r.LastFrame, Path: r.Path, PathBack: r.PathBack,
		Opening: r.Opening, Closing: r.Closing, ClosedBy: r.ClosedBy, State: r.State, Retransmitted: r.Retransmitted, RTT: r.RTT,
		Vantage: r.Vantage, Findings: r.Findings}
	return d
}
