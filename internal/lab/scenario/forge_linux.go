package scenario

import (
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// Forge gives the next segment that a host would send on a connection, by what it sent before: for
// the wire to send in its name, with changes.
func (s *Story) Forge(from string, local, remote uint16, flags tcp.Flags, payload int) packet.Segment {
	of := func(host string, src, dst uint16) world.Match {
		return func(p *world.Packet) bool {
			return p.From == host && !p.ICMP && p.Src.Port() == src && p.Dst.Port() == dst && !p.Flags.Has(tcp.RST)
		}
	}
	mine, theirs := s.Wire.Last(of(from, local, remote)), s.Wire.Last(of(other(from), remote, local))
	if mine == nil || theirs == nil {
		s.Fail("nothing to forge after: the connection has not been open")
	}
	f := packet.Segment{Src: s.At(from, local), Dst: s.At(other(from), remote), Seq: mine.EndSeq(), Flags: flags,
		Window: mine.Window, TTL: 61, Payload: world.Pattern(payload)}
	if flags.Has(tcp.ACK) {
		f.Ack = theirs.EndSeq()
	}
	if mine.Options.HasTimestamp && !flags.Has(tcp.RST) {
		f.Options.HasTimestamp = true
		f.Options.TSval, f.Options.TSecr = mine.Options.TSval+1, theirs.Options.TSval
	}
	return f
}

// ForgeUsual is Forge on the connection between the usual ports.
func (s *Story) ForgeUsual(from string, flags tcp.Flags, payload int) packet.Segment {
	return s.ForgeTo(from, s.ClientPort, flags, payload)
}

// ForgeTo is Forge on the connection between a port of the initiator and the usual one of the
// responder.
func (s *Story) ForgeTo(from string, client uint16, flags tcp.Flags, payload int) packet.Segment {
	if from == lab.Responder {
		return s.Forge(from, s.ServerPort, client, flags, payload)
	}
	return s.Forge(from, client, s.ServerPort, flags, payload)
}

// Inject sends a forged segment to the host that it is addressed to.
func (s *Story) Inject(f packet.Segment) {
	to := lab.Initiator
	if f.Dst.Addr() == s.address(lab.Responder) {
		to = lab.Responder
	}
	s.Wire.Inject(to, f.Marshal())
}

// Answer waits for what a host sends in answer to something: its n-th packet that matches, counted
// from now on.
func (s *Story) Answer(match world.Match, provoke func()) *world.Packet {
	before := s.Wire.Count(match)
	provoke()
	return s.Crossed(match, before+1)
}

// Silence fails the story if a host sends anything that matches within the time.
func (s *Story) Silence(d time.Duration, match world.Match, provoke func()) {
	before := s.Wire.Count(match)
	provoke()
	s.Pause(d)
	if n := s.Wire.Count(match) - before; n != 0 {
		s.Fail("%d answers where none was to come", n)
	}
}
