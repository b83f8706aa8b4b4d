// Package packet builds and reads the raw IP packets that the lab's wire carries, and writes them
// as captures.
//
// It is the lab's own, apart from lastack's decoder, on purpose: what records the truth must not
// share its mistakes.
package packet

import (
	"net/netip"

	"github.com/lastack/lastack/tcp"
)

// Segment is one TCP segment in an IPv4 or IPv6 packet, as the lab crafts and inspects it.
type Segment struct {
	Src, Dst netip.AddrPort
	Seq, Ack uint32
	Flags    tcp.Flags
	Window   uint16
	Options  Options
	Payload  []byte

	TTL  uint8  // 0 is sent as 64
	IPID uint16 // IPv4 only

	BadChecksum bool // send a checksum that is wrong
}

// Options are the TCP options that the lab can send. The zero value sends none.
type Options struct {
	MSS          uint16
	WScale       uint8
	HasWScale    bool
	SACKPerm     bool
	SACK         [][2]uint32
	HasTimestamp bool
	TSval, TSecr uint32
	HasFastOpen  bool
	Cookie       []byte // with HasFastOpen; empty asks for one
	Raw          []byte // appended as it is
}

// SeqLen is the sequence space that the segment takes: payload, SYN and FIN (RFC 9293 section 3.4).
func (s *Segment) SeqLen() uint32 {
	n := uint32(len(s.Payload))
	if s.Flags.Has(tcp.SYN) {
		n++
	}
	if s.Flags.Has(tcp.FIN) {
		n++
	}
	return n
}

// EndSeq is the sequence number after the segment's last.
func (s *Segment) EndSeq() uint32 { return s.Seq + s.SeqLen() }

// Is reports whether the segment carries exactly the flags want, apart from PSH and the ECN bits,
// which say nothing about a connection's state.
func (s *Segment) Is(want tcp.Flags) bool {
	const decisive = tcp.FIN | tcp.SYN | tcp.RST | tcp.ACK | tcp.URG
	return s.Flags&decisive == want
}
