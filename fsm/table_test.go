package fsm

import (
	"slices"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestTableIsComplete: every pair of state and event has a next state, or the event has a reason
// why it cannot happen there.
func TestTableIsComplete(t *testing.T) {
	used := make(map[event]bool)
	for state := range next {
		for ev, to := range next[state] {
			if to != tcp.Unknown {
				continue
			}
			used[event(ev)] = true
			if impossible[event(ev)] == "" {
				t.Errorf("%s, event %d: no next state, and no reason why", tcp.State(state), ev)
			}
		}
	}
	for ev := range impossible {
		if !used[ev] {
			t.Errorf("event %d is explained as impossible but never is", ev)
		}
	}
}

// TestFigure5 holds the table to every arrow of the state diagram (RFC 9293 section 3.3.2, figure
// 5).
func TestFigure5(t *testing.T) {
	for _, arrow := range []struct {
		from tcp.State
		ev   event
		to   tcp.State
	}{
		{tcp.Closed, sndSYN, tcp.SynSent},             // active OPEN
		{tcp.Listen, rcvSYN, tcp.SynReceived},         // rcv SYN, snd SYN,ACK
		{tcp.Listen, sndSYN, tcp.SynSent},             // SEND
		{tcp.SynSent, rcvSYN, tcp.SynReceived},        // simultaneous open
		{tcp.SynSent, rcvSYNACK, tcp.Established},     // rcv SYN,ACK
		{tcp.SynReceived, rcvACKSYN, tcp.Established}, // rcv ACK of SYN
		{tcp.SynReceived, sndFIN, tcp.FinWait1},       // CLOSE
		{tcp.Established, sndFIN, tcp.FinWait1},       // CLOSE
		{tcp.Established, rcvFIN, tcp.CloseWait},      // rcv FIN
		{tcp.FinWait1, rcvACKFIN, tcp.FinWait2},       // rcv ACK of FIN
		{tcp.FinWait1, rcvFIN, tcp.Closing},           // rcv FIN
		{tcp.FinWait2, rcvFIN, tcp.TimeWait},          // rcv FIN
		{tcp.CloseWait, sndFIN, tcp.LastAck},          // CLOSE
		{tcp.Closing, rcvACKFIN, tcp.TimeWait},        // rcv ACK of FIN
		{tcp.LastAck, rcvACKFIN, tcp.Closed},          // rcv ACK of FIN
		{tcp.TimeWait, expire, tcp.Closed},            // timeout 2MSL
	} {
		if got := next[arrow.from][arrow.ev]; got != arrow.to {
			t.Errorf("%s, event %d leads to %s, want %s", arrow.from, arrow.ev, got, arrow.to)
		}
	}
}

// TestResetEndsEveryState: note 3 of figure 5, and RFC 9293 section 3.10.7.4 second: a valid RST
// leads to CLOSED from every state but LISTEN, where it is ignored (section 3.10.7.2 first).
func TestResetEndsEveryState(t *testing.T) {
	for state := tcp.Closed; state < tcp.NumStates; state++ {
		want := tcp.Closed
		if state == tcp.Listen {
			want = tcp.Listen
		}
		if got := next[state][rcvRST]; got != want {
			t.Errorf("%s after a RST: %s, want %s", state, got, want)
		}
	}
}

// TestNoWayBack: from a synchronized state no event leads back to one of the opening.
func TestNoWayBack(t *testing.T) {
	opening := []tcp.State{tcp.Listen, tcp.SynSent, tcp.SynReceived}
	for state := tcp.Established; state < tcp.NumStates; state++ {
		for ev, to := range next[state] {
			if slices.Contains(opening, to) {
				t.Errorf("%s, event %d leads back to %s", state, ev, to)
			}
		}
	}
}
