package world

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
)

// Packet is one packet on the wire.
type Packet struct {
	packet.Segment // zero for an ICMP error
	ICMP           bool
	Data           []byte
	From, To       string // host names; From is "" for what the wire forged

	id        int
	origin    string
	of        int
	did       []string
	sent      time.Time
	arrived   time.Time
	delivered bool
	frames    map[string]int
}

// newPacket reads a packet off a host. ok is false for what is not part of the story: neighbour
// discovery and the like.
func newPacket(data []byte, from, to, origin string) (*Packet, bool) {
	p := &Packet{Data: data, From: from, To: to, origin: origin, frames: make(map[string]int)}
	segment, _, err := packet.Parse(data)
	p.Segment, p.ICMP = segment, err != nil
	return p, err == nil || packet.IsICMP(data)
}

// Sent reports whether a host sent the packet: the wire made no copy of another, and nobody forged
// it.
func (p *Packet) Sent() bool { return p.From != "" && p.of == 0 }

// HasData reports whether the segment carries payload.
func (p *Packet) HasData() bool { return len(p.Payload) > 0 }

// note writes down what the wire did to the packet.
func (p *Packet) note(format string, args ...any) {
	p.did = append(p.did, fmt.Sprintf(format, args...))
}

// header gives what identifies the packet.
func (p *Packet) header() *lab.Header {
	if p.ICMP {
		at := 20
		if p.Data[0]>>4 == 6 {
			at = 40
		}
		return &lab.Header{ICMP: fmt.Sprintf("%d/%d", p.Data[at], p.Data[at+1])}
	}
	return headerOf(&p.Segment, len(p.Payload))
}

// headerOf gives what identifies a segment.
func headerOf(s *packet.Segment, length int) *lab.Header {
	h := &lab.Header{Src: s.Src, Dst: s.Dst, Seq: s.Seq, Ack: s.Ack, Flags: s.Flags.String(), Len: length}
	if s.Options.HasTimestamp {
		val, ecr := s.Options.TSval, s.Options.TSecr
		h.TSval, h.TSecr = &val, &ecr
	}
	return h
}

// event gives the packet's line of the truth file.
func (p *Packet) event() lab.Event {
	return lab.Event{Kind: lab.KindPacket, Time: p.sent, Host: p.From, Packet: p.id, Segment: p.header(), Wire: &lab.Passed{
		Frames: p.frames, To: p.To, Delivered: p.delivered, Arrived: p.arrived, Origin: p.origin, Of: p.of, Did: p.did,
	}}
}
