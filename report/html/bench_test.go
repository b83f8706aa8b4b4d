package html

import (
	"io"
	"net/netip"
	"testing"

	"github.com/lastack/lastack/report"
)

// BenchmarkConnection takes in connections that nothing was found about.
func BenchmarkConnection(b *testing.B) {
	r := &report.Connection{Incarnation: 1, Opening: "three-way", Closing: "four-segment", ClosedBy: "initiator", Vantage: "initiator",
		Initiator: report.Host{Endpoint: report.Endpoint{IP: netip.MustParseAddr("192.0.2.1"), Port: 40000}}, RTT: 1_000_000,
		Responder:   report.Host{Endpoint: report.Endpoint{IP: netip.MustParseAddr("192.0.2.2"), Port: 80}},
		Transitions: make([]report.Transition, 9), Segments: report.Pair[uint64]{Initiator: 7, Responder: 6}}
	s := New(io.Discard, Options{})
	b.ReportAllocs()
	for b.Loop() {
		r.ID++
		s.connections.bytes, s.connections.quiet = 0, s.connections.quiet[:0]
		s.connections.add(r)
	}
}
