// Package plain writes connections down at a fraction of what the full tracker costs.
//
// Most connections open, carry data in order and close. Of such a connection nothing is kept but
// what the next ordinary segment would look like and, in some ten bytes each, the segments that
// came. If nothing else comes there is nothing to say of it. What is not ordinary (a second
// retransmission, a reset, a silence) is written down, too, in some twenty bytes, and when the
// connection ends the full tracker is given all that was written down. Where somebody waits for its
// segments, or where another life of the four-tuple may begin, it is given that at once, and goes on
// from there. So whatever lastack says of a connection is what the full tracker says of it; this
// package only knows when there is nothing to say.
package plain

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// Conn is one four-tuple's place in a Store. The zero Conn has not begun. It holds no pointers, so
// that a million of them cost the garbage collector nothing.
type Conn struct {
	phase   phase
	closer  tcp.Side // who sent the first FIN
	marks   Marks
	fromB   bool // the initiator is the key's B
	ipv6    bool
	again   bool // one segment was sent again
	options tcp.OptionSet
	file    uint16 // all segments so far are from it
	iface   uint16
	pair    uint32 // the place of the full tracker's pair, 0 while there is none
	shadow  uint32 // the place of the pair that goes along, 0 for none
	stacks  [2]fsm.Stack
	df      [2]bool // its packets must not be fragmented

	seen  seen    // once it is unusual
	isn   tcp.Seq // the SYN's, with sawSYN
	time  int64   // of the last segment, ns
	frame uint64  // of the last segment
	sides [2]side // tcp.Initiator sent the SYN
	id    uint64
	ended int64 // when the first closer got the FIN that put it into TIME-WAIT, ns
	log   log
}

// side is what the next ordinary segment of one side is told by.
type side struct {
	nxt    tcp.Seq // after the highest that it sent
	ack    tcp.Seq // the last ACK that it sent
	edge   tcp.Seq // right edge of the receive window that it offered
	tsVal  uint32
	tsEcr  uint32
	ipID   uint16
	window uint16
	mss    uint16 // from its SYN, 0 if unknown
	ttl    uint8
	shift  uint8   // its window scale
	high   tcp.Seq // once the connection is unusual: after the highest number that it sent, or its first FIN
	len    uint16  // of its last data, 0 if that is more than fits
	sum    uint16  // and that data's PayloadSum
}

// phase is how far an ordinary connection has come.
type phase uint8

const (
	unborn   phase = iota
	asked          // SYN
	answered       // SYN,ACK
	open           // the ACK of it
	closing        // one FIN
	bothFIN        // the other one, which acknowledges the first
	closed         // and the last ACK
	unusual        // something else came: see later.go
)

// Begun reports whether the connection has had a segment.
func (c *Conn) Begun() bool { return c.phase != unborn || c.pair != 0 }

// Asleep reports whether everything so far was ordinary.
func (c *Conn) Asleep() bool { return c.pair == 0 }

// Closed reports whether the connection went from SYN to the last ACK without anything unusual.
func (c *Conn) Closed() bool { return c.phase == closed && c.pair == 0 }

// Marks are what the capturing host's card has left on a connection's segments.
type Marks uint8

// The marks.
const (
	UnfinishedChecksums Marks = 1 << iota // tcp.ChecksumPartial
	Superframes                           // segments larger than the path takes
)

func markIf(is bool, m Marks) Marks {
	if is {
		return m
	}
	return 0
}

// from gives the sender of a segment.
func (c *Conn) from(fromB bool) tcp.Side {
	if fromB == c.fromB {
		return tcp.Initiator
	}
	return tcp.Responder
}

// Summary is all that there is to say of a connection that closed without anything unusual.
type Summary struct {
	ID         uint64
	Tuple      tcp.FourTuple // Src is the initiator
	SYNTime    int64         // ns
	SYNTSval   uint32        // if it has timestamps
	SYNOptions tcp.OptionSet
	Closer     tcp.Side // who closed first and went to TIME-WAIT
	TimeWaitAt int64    // when, ns
	Marks      Marks
	Stacks     [2]fsm.Stack // of the client's host and the server's
}

// LeavesTimeWaitAt gives when the closer leaves TIME-WAIT, ns.
func (s *Summary) LeavesTimeWaitAt() int64 {
	return s.Stacks[s.Closer].Profile().LeavesTimeWaitAt(s.TimeWaitAt)
}

// tuple gives the four-tuple with the initiator first.
func (c *Conn) tuple(key *reassembly.Key) tcp.FourTuple {
	if c.fromB {
		return key.Tuple().Reverse()
	}
	return key.Tuple()
}
