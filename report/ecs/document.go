package ecs

import (
	"net/netip"

	"github.com/lastack/lastack/report"
)

// document is one event. Its fields are those of
// https://www.elastic.co/guide/en/ecs/8.11/ecs-field-reference.html.
type document struct {
	Timestamp   report.Time `json:"@timestamp"`
	Message     string      `json:"message,omitempty"`
	ECS         schema      `json:"ecs"`
	Event       event       `json:"event"`
	Rule        *rule       `json:"rule,omitempty"`
	Source      *end        `json:"source,omitempty"`
	Destination *end        `json:"destination,omitempty"`
	Network     network     `json:"network"`
	Observer    observer    `json:"observer"`
	Related     *related    `json:"related,omitempty"`
	Lastack     any         `json:"lastack"`
}

type schema struct {
	Version string `json:"version"`
}

type event struct {
	Kind     string      `json:"kind"`
	Category []string    `json:"category"`
	Type     []string    `json:"type"`
	Module   string      `json:"module"`
	Dataset  string      `json:"dataset"`
	Start    report.Time `json:"start"`
	End      report.Time `json:"end"`
	Duration int64       `json:"duration"` // nanoseconds
	Outcome  string      `json:"outcome,omitempty"`
	Severity int         `json:"severity,omitempty"` // 1 info to 4 error
	Reason   string      `json:"reason,omitempty"`
}

type rule struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Ruleset     string `json:"ruleset"`
	Description string `json:"description,omitempty"`
}

type end struct {
	Address string     `json:"address"`
	IP      netip.Addr `json:"ip"`
	Port    uint16     `json:"port"`
	Bytes   *uint64    `json:"bytes,omitempty"` // payload
	Packets *uint64    `json:"packets,omitempty"`
}

type network struct {
	Transport   string `json:"transport"`
	Type        string `json:"type,omitempty"`
	CommunityID string `json:"community_id,omitempty"`
	Bytes       uint64 `json:"bytes,omitempty"`
	Packets     uint64 `json:"packets,omitempty"`
}

type observer struct {
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Type    string `json:"type"`
	Version string `json:"version"`
}

type related struct {
	IP []netip.Addr `json:"ip"`
}

// document begins a document of a kind about something that took from start to until.
func (s *Sink) document(kind, dataset string, types []string, start, until report.Time) *document {
	return &document{Timestamp: start, ECS: schema{version}, Observer: s.observer, Network: network{Transport: "tcp"},
		Event: event{Kind: kind, Category: []string{"network"}, Type: types, Module: "lastack", Dataset: dataset,
			Start: start, End: until, Duration: int64(until - start)}}
}

// between says whom a document is about: the initiator is the source.
func (d *document) between(initiator, responder report.Endpoint, id report.CommunityID) {
	d.Source, d.Destination = endOf(initiator), endOf(responder)
	d.Network.CommunityID = id.String()
	d.Network.Type = "ipv6"
	if initiator.IP.Is4() {
		d.Network.Type = "ipv4"
	}
	d.Related = &related{IP: []netip.Addr{initiator.IP, responder.IP}}
}

func endOf(e report.Endpoint) *end { return &end{Address: e.IP.String(), IP: e.IP, Port: e.Port} }
