package scenario

import (
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// captures are the stories of captures that do not hold what was on the wire, once each.
var captures = []Scenario{
	{Name: "capture-mid-stream", Title: "The captures begin inside a connection", Variations: bySide, Play: captureMidStream},
	{Name: "capture-one-way", Title: "The captures hold one direction only", Variations: bySide, Play: captureOneWay},
	{Name: "capture-doubled", Title: "The captures hold each packet twice", Variations: plain, Play: captureDoubled},
	{Name: "capture-lossy", Title: "The captures miss segments that did arrive", Variations: bySide, Play: captureLossy},
}

// taps sets what all taps record.
func (s *Story) taps(copies func(*world.Packet) int) {
	for _, tap := range []string{lab.Initiator, lab.Middle, lab.Responder} {
		s.Wire.Tap(tap, copies)
	}
}

func captureMidStream(s *Story) {
	s.taps(func(*world.Packet) int { return 0 })
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.taps(nil)
	s.Exchange(p, 400, 2000)
	s.CloseBoth(p, s.By)
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.Expect("mid-stream")
	s.Clean()
	s.Tell("A clean connection of which the captures miss the opening and the first exchange. The %s closed first.", s.By)
}

func captureOneWay(s *Story) {
	s.taps(func(p *world.Packet) int {
		if p.From == s.By {
			return 1
		}
		return 0
	})
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Initiator)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.Expect("one-way-capture")
	s.Never("syn-unanswered", "close-wait-leak", "capture-gap")
	s.Tell("A clean connection of which the captures hold only what the %s sent.", s.By)
}

func captureDoubled(s *Story) {
	s.taps(func(*world.Packet) int { return 2 })
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Initiator)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.Expect("duplicate-packets")
	s.Never("last-ack-lost", "fin-retransmitted", "syn-retransmitted", "syn-ack-retransmitted", "retransmission-burst")
	s.Tell("A clean connection of which the captures hold each packet twice, as a mirror port gives them.")
}

func captureLossy(s *Story) {
	missed := nth(world.DataFrom(s.By), 4, 5, 11)
	skip := make(map[*world.Packet]bool)
	s.taps(func(p *world.Packet) int {
		// The same packets are missing at every tap; the first tap decides.
		if _, known := skip[p]; !known {
			skip[p] = missed(p)
		}
		if skip[p] {
			return 0
		}
		return 1
	})
	s.carry(s.openSmall(), s.By)
	s.Expect("capture-gap")
	s.Never("retransmission-burst", "segment-out-of-window")
	s.Tell("A clean transfer from the %s. The captures miss three of its data segments, which did arrive.", s.By)
}
