package trace

import (
	"net/netip"

	"github.com/lastack/lastack/internal/lab/packet"
)

// The tracepoints listened to.
const (
	SetState         = "sock/inet_sock_set_state"
	Drop             = "skb/kfree_skb"
	SendReset        = "tcp/tcp_send_reset"
	ReceiveReset     = "tcp/tcp_receive_reset"
	Retransmit       = "tcp/tcp_retransmit_skb"
	RetransmitSYNACK = "tcp/tcp_retransmit_synack"
)

// Event is one thing that the kernel did.
type Event struct {
	Tracepoint    string
	Nanos         int64 // CLOCK_MONOTONIC
	Local, Remote netip.AddrPort
	Socket        uint64 // the kernel's address of the socket, to tell sockets apart
	Old, New      string // SetState: RFC 9293 names; other events: New is the state the socket was in
	Reason        string
	Function      string // Drop

	// Segment is the header of the segment concerned, when the event has one, with its payload's
	// length beside it.
	Segment    *packet.Segment
	SegmentLen int
	Incoming   bool // the segment came in from a device; else this host made it
	Seq, End   uint32
}

// states are the kernel's state numbers (include/net/tcp_states.h) by their RFC names.
var states = [...]string{"", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSED",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECEIVED"}

// StateName gives the RFC 9293 name of a kernel state number.
func StateName(n int) string {
	if n < 0 || n >= len(states) {
		return ""
	}
	return states[n]
}
