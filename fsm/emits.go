package fsm

import "github.com/lastack/lastack/tcp"

// Emission says for what a socket may have sent a segment, if it is the socket that sent it.
type Emission uint8

// The emissions, the least telling last.
const (
	// EmitsNever: this socket does not send that. Somebody else did, or the socket is another one.
	EmitsNever Emission = iota
	// EmitsAnswer: nothing in the segment is new. Something that came made the socket send it, or
	// it opens its window.
	EmitsAnswer
	// EmitsByTimer: the socket has sent that before, and a timer or an answer made it send it
	// again.
	EmitsByTimer
	// EmitsByItself: the application gave it to send, or the socket ends.
	EmitsByItself
)

// Emits says for what the socket may have sent a segment now. Numbers that are not known rule
// nothing out. Example: a socket in ESTABLISHED with SND.NXT 100 sends RST,ACK at 100 by itself, an
// ACK at 100 as an answer, data from 50 on by a timer, and a RST,ACK at 90 never.
func (s *Socket) Emits(seg *tcp.Segment) Emission {
	switch f := seg.Flags; {
	case f.Has(tcp.RST):
		return s.emitsRST(seg)
	case f.Has(tcp.SYN):
		return s.emitsSYN(seg)
	// RFC 9293 section 3.10.7.4, fifth: no socket sends that once it is connected
	case !f.Has(tcp.ACK):
		return EmitsNever
	case !s.SndKnown:
		return EmitsByItself
	case seg.SeqLen() == 0:
		return EmitsAnswer
	case seg.Seq.Before(s.SndNxt):
		return EmitsByTimer
	}
	return EmitsByItself
}

// emitsRST: a socket that ends tells its own number, which is SND.NXT or, where the peer's window
// has shrunk, the right edge of that (tcp_send_active_reset, tcp_acceptable_seq). Once it is
// connected its RST acknowledges; one that does not is the answer of no socket (RFC 9293 section
// 3.10.7.1).
func (s *Socket) emitsRST(seg *tcp.Segment) Emission {
	switch {
	case !seg.Flags.Has(tcp.ACK) && s.State.Synchronized():
		return EmitsNever
	case s.SndKnown && seg.Seq != s.SndNxt && seg.Seq != s.AcceptableSeq():
		return EmitsNever
	}
	return EmitsByItself
}

// emitsSYN: a socket has one initial number, and a connected one sends no SYN but the SYN,ACK that
// a simultaneous open repeats (RFC 9293 section 3.10.1).
func (s *Socket) emitsSYN(seg *tcp.Segment) Emission {
	switch {
	case s.ISSKnown && seg.Seq != s.ISS, s.State.Synchronized() && !seg.Flags.Has(tcp.ACK):
		return EmitsNever
	case s.ISSKnown:
		return EmitsByTimer
	}
	return EmitsByItself
}
