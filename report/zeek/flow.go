package zeek

import (
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// state is what Zeek makes of one endpoint (TCP_Endpoint.h).
type state uint8

const (
	inactive state = iota
	synSent
	synAckSent
	partial // began to send without a handshake
	established
	closed // sent a FIN
	reset  // sent a RST
)

// endpoint is one side of a connection.
type endpoint struct {
	responder bool
	state     state
	before    state // the state before the last change
	closing   bool  // sent the first FIN or RST

	next    tcp.Seq // after the highest sequence number
	started bool    // next is known
	letters letters
}

func (e *endpoint) become(s state) { e.before, e.state = e.state, s }

// flow is a connection as Zeek follows it.
type flow struct {
	sides   [2]endpoint
	history []byte
	last    report.Time // Zeek's last time: what comes when both sides have closed does not count
	gaps    bool        // the capture lacks data
}

// packet is what Zeek looks at in a segment.
type packet struct {
	syn, ack, fin, rst bool
	seq                tcp.Seq
	len                uint32
}

func packetOf(e *report.Event) packet {
	has := func(letter string) bool { return strings.Contains(e.Flags, letter) }
	return packet{syn: has("S"), ack: has("A"), fin: has("F"), rst: has("R"), seq: e.Seq, len: e.Len}
}

// end is the sequence number after the packet.
func (p *packet) end() tcp.Seq {
	end := p.seq
	if !p.rst { // what a RST carries is no data
		end += tcp.Seq(p.len)
	}
	if p.syn {
		end++
	}
	if p.fin {
		end++
	}
	return end
}

// see takes in a segment. Zeek drops one with a bad checksum after taking note of it.
func (f *flow) see(e *report.Event) {
	f.sides[1].responder = true
	from, peer := &f.sides[0], &f.sides[1]
	if e.From == tcp.Responder.String() {
		from, peer = peer, from
	}
	if e.Reason == tcp.BadChecksum.String() {
		f.scaled(from, 'C')
		return
	}
	p := packetOf(e)
	f.flags(from, &p)
	if e.Win == 0 && !p.rst && peer.state != closed && from.state != reset {
		f.scaled(from, 'W')
	}
	if !from.closing || !peer.closing {
		f.last = max(f.last, e.Time)
	}
	f.retransmission(from, &p)
	f.gap(peer, &p, e)
	from.advance(peer, &p)
}

// retransmission takes note of payload that ends no higher than what was sent before.
func (f *flow) retransmission(from *endpoint, p *packet) {
	switch d := int32(p.end() - from.next); {
	case !from.started || d > 0:
		from.next, from.started = p.end(), true
	case p.len > 0 && from.state != reset:
		f.scaled(from, 'T')
	}
}

// gap takes note of data of the peer that was acknowledged and never seen; at the end of a
// connection that means nothing.
func (f *flow) gap(peer *endpoint, p *packet, e *report.Event) {
	for name := range e.Notes.All {
		if name == "acks-uncaptured" {
			f.gaps = true
			if !p.fin && !p.rst {
				f.scaled(peer, 'G')
			}
		}
	}
}
