package scenario

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// synSentProbe is a segment that meets a kernel in SYN-SENT. The segment's acknowledgment is the
// right one for the SYN unless the change says otherwise.
type synSentProbe struct {
	name   string
	flags  tcp.Flags
	data   int
	change func(*packet.Segment)
}

// synSentProbes are put one after another, each to a connection of its own.
var synSentProbes = []synSentProbe{
	{"RST,ACK that acknowledges the SYN", tcp.RST | tcp.ACK, 0, nil},
	{"RST,ACK that does not", tcp.RST | tcp.ACK, 0, func(f *packet.Segment) { f.Ack += 1000 }},
	{"RST without ACK", tcp.RST, 0, nil},
	{"ACK that acknowledges the SYN", tcp.ACK, 0, nil},
	{"ACK that acknowledges less", tcp.ACK, 0, func(f *packet.Segment) { f.Ack-- }},
	{"ACK that acknowledges more", tcp.ACK, 0, func(f *packet.Segment) { f.Ack += 1000 }},
	{"SYN,ACK that acknowledges more", tcp.SYN | tcp.ACK, 0, func(f *packet.Segment) { f.Ack += 1000 }},
	{"SYN,ACK whose timestamp echo was never sent", tcp.SYN | tcp.ACK, 0, func(f *packet.Segment) { f.Options.TSecr += 1_000_000 }},
	{"SYN", tcp.SYN, 0, nil},
	{"FIN,ACK", tcp.FIN | tcp.ACK, 0, nil},
	{"SYN,FIN,ACK", tcp.SYN | tcp.FIN | tcp.ACK, 0, nil},
	{"data with ACK", tcp.PSH | tcp.ACK, 40, nil},
	{"a segment without flags", 0, 0, nil},
	{"SYN,ACK", tcp.SYN | tcp.ACK, 0, nil},
	{"SYN,ACK with data", tcp.SYN | tcp.ACK, 40, nil},
}

// synSent is the scenario of all of them.
var synSent = []Scenario{{
	Name: "probe-in-syn-sent", Title: "Segments that meet SYN-SENT", Scripted: lab.Responder, Play: probeSynSent,
	Variations: []Variation{
		{Name: "ipv4-near"}, {Name: "ipv6-near-nots", IPv6: true, NoTimestamps: true}, {Name: "ipv6-far", IPv6: true, Far: true},
	},
}}

func probeSynSent(s *Story) {
	for n, p := range synSentProbes {
		port := s.ClientPort + uint16(n)
		c := s.Peer.Conn(s.ServerPort, s.At(lab.Initiator, port), scriptISN+uint32(n)<<20, !s.NoTimestamps)
		client, err := s.Initiator.Dial(port, s.At(lab.Responder, s.ServerPort))
		s.Must(err)
		s.Awaits(c, tcp.SYN)
		s.InState(lab.Initiator, port, "SYN-SENT")
		s.Moved(lab.Initiator, "CLOSED", "SYN-SENT", n+1)
		from := len(s.Events())
		mine := func(p *world.Packet) bool { return p.From == lab.Initiator && p.Src.Port() == port }
		answers := s.Wire.Count(mine)
		c.Probe(p.flags, p.data, p.change)
		s.Pause(120*time.Millisecond + s.delay() + s.back())
		s.know("SYN-SENT, %s: %s", p.name, s.became(from, answers, port, mine))
		s.Must(client.Close())
	}
	s.meta.AnyFindings = true
	s.Tell("The scripted responder answered one connection attempt after another of the initiator's kernel with: a RST, an " +
		"unacceptable ACK, a SYN, a FIN, and so on.")
}

// became tells what the initiator's kernel has done on a port since a mark in the truth and on the
// wire.
func (s *Story) became(from, answers int, port uint16, mine world.Match) string {
	did := "taken or ignored"
	for _, e := range s.Events()[from:] {
		switch {
		case e.Kind == lab.KindDrop && e.Segment.Dst.Port() == port:
			did = e.Reason
		case e.Kind == lab.KindTransition && e.Local.Port() == port:
			did += fmt.Sprintf(", %s to %s", e.From, e.To)
		}
	}
	if s.Wire.Count(mine) > answers {
		p := s.Sees(mine, answers+1, soon)
		return did + "; answered by " + p.Flags.Names()
	}
	return did + "; no answer"
}
