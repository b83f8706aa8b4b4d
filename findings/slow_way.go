package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// slowWay reports whether a client repeated its SYN only because the round trip is longer than it
// waits (RFC 6298 section 2.1: 1 s): every SYN drew a SYN,ACK, all at the same distance, or the first
// had passed before the second SYN; and the client completed the handshake before the second SYN,ACK
// passed, so the first had come. It gives the round trip as the handshake shows it, ns.
func (c *Case) slowWay() (roundTrip int64, slow bool) {
	var syns, synacks []int64
	var final *fsm.Step
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK|tcp.RST) && s.Seq == c.Sides[tcp.Initiator].ISN:
			syns = append(syns, s.Time)
		case isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) && s.Seq == c.Sides[tcp.Responder].ISN:
			synacks = append(synacks, s.Time)
		case final == nil && isTCP(s, tcp.Initiator, tcp.ACK, tcp.SYN|tcp.RST):
			final = s
		}
	}
	if len(syns) < 2 || len(synacks) != len(syns) || final == nil || final.Time > synacks[1] || syns[1] > final.Time {
		return 0, false
	}
	distance := synacks[0] - syns[0]
	for i := range syns {
		off := synacks[i] - syns[i] - distance
		if off > distance/8 || -off > distance/8 && synacks[0] > syns[1] {
			return 0, false
		}
	}
	return final.Time - syns[0], true
}
