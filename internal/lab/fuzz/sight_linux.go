package fuzz

import (
	"time"

	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/tcp"
)

// peerShift is the window scale that the peer offers.
const peerShift = 3

// sight is what the scripted peer knows of the kernel's socket, from what that sent and what it was
// sent: the numbers that shots are aimed by.
type sight struct {
	born   time.Time
	isn    uint32 // the peer's
	tsBase uint32

	next      uint32 // the peer's next sequence number, had it sent nothing but what led to the state
	rcvNxt    uint32 // the kernel's latest acknowledgment
	edge      uint32 // the right edge of the kernel's window
	iss       uint32 // the kernel's first sequence number
	sndUna    uint32 // the highest acknowledgment that the kernel could accept
	sndNxt    uint32 // after the highest that the kernel sent
	maxWindow uint32 // the largest window that the kernel was offered
	tsRecent  uint32 // the timestamp that the kernel echoes
	kernelTS  uint32 // the kernel's latest
	firstTS   uint32 // and first
	shift     uint8  // the kernel's window scale, 0 when either side offers none
	offers    bool   // the peer offers window scaling
	sackLeft  uint32 // the first block that the kernel reports, or was sent out of order
	sackRight uint32
}

// clock is the peer's timestamp clock, in milliseconds.
func (s *sight) clock() uint32 { return s.tsBase + uint32(time.Since(s.born).Milliseconds()) }

// see takes in what the kernel sent.
func (s *sight) see(p *passed) {
	if p.Options.HasTimestamp {
		if s.firstTS == 0 {
			s.firstTS = p.Options.TSval
		}
		s.kernelTS = p.Options.TSval
		if p.Flags.Has(tcp.ACK) {
			s.tsRecent = p.Options.TSecr
		}
	}
	if p.Flags.Has(tcp.RST) {
		return
	}
	if p.Flags.Has(tcp.SYN) {
		s.iss, s.sndUna, s.sndNxt = p.Seq, p.Seq, p.EndSeq()
		if s.offers {
			s.shift = p.Options.WScale
		}
	}
	if tcp.Seq(p.EndSeq()).After(tcp.Seq(s.sndNxt)) {
		s.sndNxt = p.EndSeq()
	}
	if !p.Flags.Has(tcp.ACK) {
		return
	}
	s.rcvNxt = p.Ack
	window := uint32(p.Window)
	if !p.Flags.Has(tcp.SYN) {
		window <<= s.shift
	}
	if edge := p.Ack + window; tcp.Seq(edge).After(tcp.Seq(s.edge)) || s.edge == 0 {
		s.edge = edge
	}
	if n := len(p.Options.SACK); n > 0 {
		s.sackLeft, s.sackRight = p.Options.SACK[0][0], p.Options.SACK[0][1]
	}
}

// said takes in what the kernel was sent.
func (s *sight) said(p *packet.Segment) {
	if !p.Flags.Has(tcp.ACK) {
		return
	}
	if a := tcp.Seq(p.Ack); a.After(tcp.Seq(s.sndUna)) && a.AtOrBefore(tcp.Seq(s.sndNxt)) {
		s.sndUna = p.Ack
	}
	window := uint32(p.Window)
	if s.shift > 0 && !p.Flags.Has(tcp.SYN) {
		window <<= peerShift
	}
	s.maxWindow = max(s.maxWindow, window)
}
