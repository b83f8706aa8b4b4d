// Package lab holds what the lab's recordings are: captures of real Linux kernels at both ends of a
// wire, and the truth beside them, which the kernels told themselves. docs/lab.md describes the
// files.
//
// This package only reads and writes; it needs no privileges and no Linux. The lab itself is in the
// packages below it.
package lab

import (
	"net/netip"
	"time"
)

// Kind says what an Event of a truth file tells.
type Kind string

// The kinds.
const (
	KindHost          Kind = "host"           // one for each host, first in the file
	KindPacket        Kind = "packet"         // one for each packet that the wire carried, dropped or made
	KindTransition    Kind = "transition"     // sock:inet_sock_set_state
	KindDrop          Kind = "drop"           // skb:kfree_skb of a TCP segment, with a reason
	KindResetSent     Kind = "reset-sent"     // tcp:tcp_send_reset
	KindResetReceived Kind = "reset-received" // tcp:tcp_receive_reset
	KindRetransmit    Kind = "retransmit"     // tcp:tcp_retransmit_skb and tcp:tcp_retransmit_synack
	KindApp           Kind = "app"            // a system call that a host's application made, and what came of it
	KindSockets       Kind = "sockets"        // the host's socket table when the scenario asked for it (what ss prints)
	KindCounters      Kind = "counters"       // the host's counters that moved (what nstat prints), last in the file
)

// Hosts and taps. The initiator's host is the one that connects in the scenario's story; the middle
// is a tap only.
const (
	Initiator = "initiator"
	Middle    = "middle"
	Responder = "responder"
)

// Event is one line of a truth file. Kind says which fields are set.
type Event struct {
	Kind Kind      `json:"kind"`
	Time time.Time `json:"time"`
	Host string    `json:"host,omitempty"` // whose kernel or application; for a packet: who sent it, "" for the wire itself

	// Socket numbers the kernel's sockets within a recording: a request socket that becomes a full
	// one, or a socket that becomes a TIME-WAIT bucket, is a new number.
	Socket int            `json:"socket,omitempty"`
	Local  netip.AddrPort `json:"local,omitzero"`
	Remote netip.AddrPort `json:"remote,omitzero"`

	From string `json:"from,omitempty"` // transition: the state before, by its RFC 9293 name
	To   string `json:"to,omitempty"`   // transition: the state after; else the state that the socket was in

	Reason   string `json:"reason,omitempty"`   // drop, reset-sent: the kernel's name of the reason
	Function string `json:"function,omitempty"` // drop: the kernel function that freed the segment

	// Segment is the header of the dropped segment, of the segment that a reset answers, or of the
	// wire's packet. Of a retransmission it has the addresses, Seq and Len alone.
	Segment *Header `json:"segment,omitempty"`

	// Packet is the wire's number of the packet: its own in a packet event, else the delivered one
	// that the event is about, 0 when it is about none.
	Packet int     `json:"packet,omitempty"`
	Wire   *Passed `json:"wire,omitempty"` // packet: what the wire did with it

	Call   string `json:"call,omitempty"`   // app: the system call, "connect", "send 5", "close"
	Result string `json:"result,omitempty"` // app: "ok", "5 bytes", "EOF", or the error's name, "ECONNRESET"

	Sockets  []Socket         `json:"sockets,omitempty"`
	Counters map[string]int64 `json:"counters,omitempty"`
	About    *Host            `json:"about,omitempty"` // host
}

// Header is what identifies a segment.
type Header struct {
	Src   netip.AddrPort `json:"src"`
	Dst   netip.AddrPort `json:"dst"`
	Seq   uint32         `json:"seq"`
	Ack   uint32         `json:"ack"`
	Flags string         `json:"flags"` // letters as in lastack's segment records: "SA"
	Len   int            `json:"len"`   // payload bytes
	TSval *uint32        `json:"tsval,omitempty"`
	TSecr *uint32        `json:"tsecr,omitempty"`
	ICMP  string         `json:"icmp,omitempty"` // "type/code" when the packet is an ICMP error; the rest is then zero
}

// Passed is a packet's way over the wire.
type Passed struct {
	// Frames gives the packet's record number, from 1, in each tap's capture that has it. A packet
	// that lacks the frame of its receiver's tap never arrived.
	Frames map[string]int `json:"frames"`
	// To is the host that it was for.
	To string `json:"to"`
	// Delivered is whether it reached that host, and Arrived when.
	Delivered bool      `json:"delivered"`
	Arrived   time.Time `json:"arrived,omitzero"`
	// Origin is who made it: "kernel", "script" (the scripted peer), "injected" (the wire, in
	// another's name), "duplicate" (the wire's copy of packet Of).
	Origin string `json:"origin"`
	Of     int    `json:"of,omitempty"`
	// Did tells what the wire did to it out of the ordinary: "dropped before the middle", "held",
	// "delayed 1s", "altered".
	Did []string `json:"did,omitempty"`
}

// Socket is one row of a host's socket table.
type Socket struct {
	Local  netip.AddrPort `json:"local"`
	Remote netip.AddrPort `json:"remote"`
	State  string         `json:"state"` // TIME-WAIT buckets show their sub-state: FIN-WAIT-2 or TIME-WAIT
	Timer  float64        `json:"timer,omitempty"`
	Bucket bool           `json:"bucket,omitempty"` // no process owns it: a TIME-WAIT bucket or an orphan
}

// Host says what a host is.
type Host struct {
	Addresses []netip.Addr      `json:"addresses"`
	Kernel    string            `json:"kernel,omitempty"` // release; "" for a scripted peer
	Scripted  bool              `json:"scripted,omitempty"`
	Sysctls   map[string]string `json:"sysctls,omitempty"` // those that the scenario set
}

// Discard reports whether a drop event stands for a segment that the receiver's TCP refused. The
// kernel also frees, with reasons of their own, segments that it has taken: those that a TIME-WAIT
// bucket dealt with (NOT_SPECIFIED) and those that lay in a queue when their socket went
// (QUEUE_PURGE).
func (e *Event) Discard() bool {
	return e.Kind == KindDrop && e.Reason != "NOT_SPECIFIED" && e.Reason != "QUEUE_PURGE"
}
