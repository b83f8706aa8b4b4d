package fsm

import (
	"fmt"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// connected is a socket as most cases begin with it: ESTABLISHED, its own next number 300, the
// peer's 100, a receive window of 1000 bytes, 50 bytes of its own not yet acknowledged.
func connected() Socket {
	return Socket{State: tcp.Established, ISS: 199, ISSKnown: true, SndKnown: true, SndUna: 250, SndNxt: 300, RcvKnown: true,
		RcvNxt: 100, RcvWup: 100, Edge: 1100, EdgeKnown: true, MaxWindow: 1000, BytesAcked: 50, SndWnd: 1000}
}

// in puts a socket into a state.
func (s Socket) in(state tcp.State) Socket {
	s.State = state
	if state.SentFIN() {
		s.FINSent, s.FINSeq = true, 299
	}
	if state.ReceivedFIN() {
		s.FINRcvd, s.FINKnown, s.FINAt = true, true, 99
	}
	return s
}

// TestReceive holds the receiver alone against RFC 9293 section 3.10.7 and, where stacks differ,
// against what is cited at the line. The wire form is flags, number, payload bytes and
// acknowledgment.
func TestReceive(t *testing.T) {
	const S, A, F, R = tcp.SYN, tcp.ACK, tcp.FIN, tcp.RST
	open := connected()
	listening := Socket{State: tcp.Listen, Offered: 1000}
	asking := Socket{State: tcp.SynSent, ISS: 199, ISSKnown: true, SndKnown: true, SndUna: 199, SndNxt: 200, Offered: 1000}
	request := Socket{State: tcp.SynReceived, ISS: 199, ISSKnown: true, SndKnown: true, SndUna: 199, SndNxt: 200, RcvKnown: true, RcvNxt: 100,
		RcvWup: 100, Edge: 1100, EdgeKnown: true}
	for _, c := range []struct {
		cites  string
		stack  Stack
		socket Socket
		flags  tcp.Flags
		seq    tcp.Seq
		len    uint32
		ack    tcp.Seq
		want   string // verdict/reason response, and the state after
	}{
		// 3.10.7.1: no socket
		{"all but a RST is answered with RST", Linux, Socket{State: tcp.Closed}, A, 1, 0, 1, "discard/no-connection rst CLOSED"},
		{"a RST is not", Linux, Socket{State: tcp.Closed}, R, 1, 0, 0, "discard/no-connection none CLOSED"},
		// 3.10.7.2: LISTEN
		{"an ACK is answered with RST", Linux, listening, A, 1, 0, 1, "discard/no-connection rst LISTEN"},
		{"a RST is ignored", Linux, listening, R, 1, 0, 0, "discard/no-connection none LISTEN"},
		{"SYN,FIN is dropped: tcp_rcv_state_process", Linux, listening, S | F, 1, 0, 0, "discard/bad-flags none LISTEN"},
		// 3.10.7.3: SYN-SENT
		{"a SYN,ACK of the SYN connects", Linux, asking, S | A, 99, 0, 200, "accept/ ack ESTABLISHED"},
		{"one of another SYN is answered with RST", Linux, asking, S | A, 99, 0, 150, "discard/ack-unacceptable rst SYN-SENT"},
		{"RST,ACK of the SYN refuses", Linux, asking, R | A, 0, 0, 200, "reset/rst none CLOSED"},
		{"RST,ACK of another number does not", Linux, asking, R | A, 0, 0, 199, "discard/ack-unacceptable none SYN-SENT"},
		{"a RST without ACK does not", Linux, asking, R, 0, 0, 0, "discard/rst-not-exact none SYN-SENT"},
		{"a SYN alone: simultaneous open", Linux, asking, S, 99, 0, 0, "accept/ syn-ack SYN-RECEIVED"},
		// 3.10.7.4: SYN-RECEIVED
		{"the ACK of the SYN,ACK connects", Linux, request, A, 100, 0, 200, "accept/ none ESTABLISHED"},
		{"another ACK is answered with RST", Linux, request, A, 100, 0, 201, "discard/ack-unacceptable rst SYN-RECEIVED"},
		{"the SYN again", Linux, request, S, 99, 0, 0, "duplicate/old-data syn-ack SYN-RECEIVED"},
		{"an exact RST ends it", Linux, request, R, 100, 0, 0, "reset/rst none CLOSED"},
		{"one inside the window: tcp_check_req", Linux, request, R, 150, 0, 0, "discard/rst-not-exact challenge-ack SYN-RECEIVED"},
		// 3.10.7.4, first: the sequence number
		{"the next data", Linux, open, A, 100, 10, 300, "accept/ ack ESTABLISHED"},
		{"data after a hole", Linux, open, A, 150, 10, 300, "queue/out-of-order ack ESTABLISHED"},
		{"data that is there: tcp_data_queue", Linux, open, A, 90, 10, 300, "duplicate/old-data ack ESTABLISHED"},
		{"data beyond the window", Linux, open, A, 1200, 10, 300, "discard/out-of-window ack ESTABLISHED"},
		{"a keep-alive's number", Linux, open, A, 99, 0, 300, "discard/out-of-window ack ESTABLISHED"},
		// second: RST; RFC 5961 section 3.2
		{"an exact RST", Linux, open, R | A, 100, 0, 300, "reset/rst none CLOSED"},
		{"a RST inside the window", Linux, open, R | A, 101, 0, 300, "discard/rst-not-exact challenge-ack ESTABLISHED"},
		{"a RST outside it", Linux, open, R | A, 99, 0, 300, "discard/out-of-window none ESTABLISHED"},
		{"tcp_reset_check: one below, after the FIN", Linux, open.in(tcp.CloseWait), R, 99, 0, 0, "reset/rst none CLOSED"},
		{"the RFC has no such exception", RFC9293, open.in(tcp.CloseWait), R, 99, 0, 0, "discard/out-of-window none CLOSE-WAIT"},
		{"OpenBSD drops without a word", OpenBSD, open, R | A, 150, 0, 300, "discard/rst-not-exact none ESTABLISHED"},
		{"and takes one above", OpenBSD, open, R | A, 101, 0, 300, "reset/rst none CLOSED"},
		// fourth: SYN; RFC 5961 section 4.2
		{"a SYN inside the window", Linux, open, S, 150, 0, 0, "discard/syn-in-window challenge-ack ESTABLISHED"},
		{"a SYN outside it", Linux, open, S, 50, 0, 0, "discard/syn-in-window challenge-ack ESTABLISHED"},
		// fifth: ACK; RFC 5961 section 5.2
		{"no ACK flag", Linux, open, F, 100, 0, 0, "discard/bad-flags none ESTABLISHED"},
		{"an ACK of what was not sent", Linux, open, A, 100, 0, 301, "discard/ack-unacceptable challenge-ack ESTABLISHED"},
		{"an ACK that is too old", Linux, open, A, 100, 0, 100, "duplicate/old-ack challenge-ack ESTABLISHED"},
		{"the ACK of the FIN in FIN-WAIT-1", Linux, open.in(tcp.FinWait1), A, 100, 0, 300, "accept/ none FIN-WAIT-2"},
		{"the ACK of the FIN in CLOSING", Linux, open.in(tcp.Closing), A, 100, 0, 300, "accept/ none TIME-WAIT"},
		{"the ACK of the FIN in LAST-ACK", Linux, open.in(tcp.LastAck), A, 100, 0, 300, "accept/ none CLOSED"},
		// eighth: FIN
		{"the FIN in ESTABLISHED", Linux, open, F | A, 100, 0, 250, "accept/ ack CLOSE-WAIT"},
		{"the FIN in FIN-WAIT-1", Linux, open.in(tcp.FinWait1), F | A, 100, 0, 250, "accept/ ack CLOSING"},
		{"with the ACK of the own one", Linux, open.in(tcp.FinWait1), F | A, 100, 0, 300, "accept/ ack TIME-WAIT"},
		{"the FIN in FIN-WAIT-2", Linux, open.in(tcp.FinWait2), F | A, 100, 0, 300, "accept/ ack TIME-WAIT"},
		// TIME-WAIT; RFC 1337, RFC 6191
		{"late data", Linux, open.in(tcp.TimeWait), A, 90, 10, 300, "discard/time-wait ack TIME-WAIT"},
		{"an exact RST: tcp_timewait_state_process", Linux, open.in(tcp.TimeWait), R, 100, 0, 0, "reset/rst none CLOSED"},
		{"macOS ignores it", Darwin, open.in(tcp.TimeWait), R, 100, 0, 0, "discard/time-wait none TIME-WAIT"},
		{"FreeBSD ignores it", FreeBSD, open.in(tcp.TimeWait), R, 100, 0, 0, "discard/time-wait none TIME-WAIT"},
	} {
		seg := tcp.Segment{Time: 10e9, Seq: c.seq, Flags: c.flags, Len: c.len, Ack: c.ack, Window: 1000}
		socket := c.socket
		did := socket.Receive(&seg, &Setting{Profile: c.stack.Profile(), Window: 1000, Acked: socket.RcvWup, Passive: true})
		got := fmt.Sprintf("%s/%s %s %s", did.Verdict, did.Reason, did.Response, socket.State)
		if got != c.want {
			t.Errorf("%s, %s: %s seq %d len %d ack %d: got %s, want %s", c.stack, c.cites, c.flags, c.seq, c.len, c.ack, got, c.want)
		}
	}
}

// TestEmits: what a socket may send, and why.
func TestEmits(t *testing.T) {
	const S, A, F, R = tcp.SYN, tcp.ACK, tcp.FIN, tcp.RST
	for _, c := range []struct {
		flags tcp.Flags
		seq   tcp.Seq
		len   uint32
		want  Emission
	}{
		{R | A, 300, 0, EmitsByItself}, // tcp_send_active_reset
		{R | A, 290, 0, EmitsNever},
		{R, 300, 0, EmitsNever}, // the answer of no socket
		{A, 300, 0, EmitsAnswer},
		{A, 300, 10, EmitsByItself},
		{F | A, 300, 0, EmitsByItself},
		{A, 250, 50, EmitsByTimer},
		{S, 199, 0, EmitsNever},
		{S | A, 199, 0, EmitsByTimer}, // of a simultaneous open
		{S | A, 5000, 0, EmitsNever},
		{F, 300, 0, EmitsNever},
	} {
		s := connected()
		if got := s.Emits(&tcp.Segment{Flags: c.flags, Seq: c.seq, Len: c.len, Ack: 100}); got != c.want {
			t.Errorf("%s seq %d len %d: %d, want %d", c.flags, c.seq, c.len, got, c.want)
		}
	}
}
