package zeek

import (
	"regexp"

	"github.com/lastack/lastack/report"
)

// advance takes the sender of a packet to its next state.
func (e *endpoint) advance(peer *endpoint, p *packet) {
	switch e.state {
	case inactive:
		e.begin(peer, p)
	case synSent, synAckSent:
		if p.fin {
			e.become(closed)
		}
		if p.rst {
			e.become(reset)
		}
	case established, partial:
		e.goOn(peer, p)
	case closed:
		if p.rst && peer.state != closed { // after two FINs a RST changes nothing
			e.become(reset)
		}
	case reset:
	}
	e.closing = e.closing || p.fin || p.rst
}

// begin takes in a side's first packet.
func (e *endpoint) begin(peer *endpoint, p *packet) {
	switch {
	case p.syn && e.responder:
		if peer.state == synSent {
			peer.become(established)
		}
		e.become(established)
	case p.syn && p.ack:
		e.become(synAckSent)
	case p.syn:
		e.become(synSent)
	}
	if p.fin {
		e.become(closed)
	}
	if p.rst {
		e.become(reset)
	}
	switch {
	case e.state != inactive:
	case e.responder && p.len == 0 && peer.state == synSent: // an ACK before the SYN,ACK makes no connection
	case p.ack && peer.state == established:
		e.become(established)
	default:
		e.become(partial)
	}
}

// goOn takes in a packet of a side that has sent.
func (e *endpoint) goOn(peer *endpoint, p *packet) {
	if p.syn && !p.ack && e.state == partial && peer.state == inactive {
		e.become(synSent)
	}
	if p.fin && !p.rst {
		e.become(closed)
		if peer.state == reset && peer.before == closed { // FIN and RST, answered by a FIN, is a normal end
			peer.become(closed)
		}
	}
	if p.rst {
		e.become(reset)
	}
}

// resetEarly is a history of an originator that sent a SYN and a RST and got no answer.
var resetEarly = regexp.MustCompile(`^\^?S[^HAFGIQ]*R`)

// connState sums a connection up, as the function conn_state of main.zeek does.
func (f *flow) connState(bytes report.Pair[uint64]) string {
	orig, resp := f.sides[0].state, f.sides[1].state
	silent := func(s state) bool { return s == inactive || s == partial }
	switch {
	case resp == reset:
		return f.rejected(orig, silent(orig), bytes)
	case orig == reset && !silent(resp):
		return "RSTO"
	case orig == reset && resetEarly.Match(f.history):
		return "RSTOS0"
	case orig == reset:
		return "OTH"
	case orig == closed && resp == closed:
		return "SF"
	case orig == closed && silent(resp):
		return "SH"
	case orig == closed:
		return "S2"
	case resp == closed && silent(orig):
		return "SHR"
	case resp == closed:
		return "S3"
	case orig == synSent && resp == inactive:
		return "S0"
	case orig == established && resp == established:
		return "S1"
	}
	return "OTH"
}

// rejected sums up a connection that the responder reset.
func (f *flow) rejected(orig state, silent bool, bytes report.Pair[uint64]) string {
	switch {
	case orig == synSent, orig == synAckSent, orig == reset && bytes == (report.Pair[uint64]{}):
		return "REJ"
	case silent:
		return "RSTRH"
	}
	return "RSTR"
}
