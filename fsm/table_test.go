package fsm

import (
	"slices"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestTableIsComplete: every pair of state and event has a next state, or the event has a reason
// why it cannot happen there.
func TestTableIsComplete(t *testing.T) {
	used := make(map[Event]bool)
	for state := range Next {
		for ev, to := range Next[state] {
			if to != tcp.Unknown {
				continue
			}
			used[Event(ev)] = true
			if impossible[Event(ev)] == "" {
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
		ev   Event
		to   tcp.State
	}{
		{tcp.Closed, SndSYN, tcp.SynSent},             // active OPEN
		{tcp.Listen, RcvSYN, tcp.SynReceived},         // rcv SYN, snd SYN,ACK
		{tcp.Listen, SndSYN, tcp.SynSent},             // SEND
		{tcp.SynSent, RcvSYN, tcp.SynReceived},        // simultaneous open
		{tcp.SynSent, rcvSYNACK, tcp.Established},     // rcv SYN,ACK
		{tcp.SynReceived, RcvACKSYN, tcp.Established}, // rcv ACK of SYN
		{tcp.SynReceived, SndFIN, tcp.FinWait1},       // CLOSE
		{tcp.Established, SndFIN, tcp.FinWait1},       // CLOSE
		{tcp.Established, RcvFIN, tcp.CloseWait},      // rcv FIN
		{tcp.FinWait1, RcvACKFIN, tcp.FinWait2},       // rcv ACK of FIN
		{tcp.FinWait1, RcvFIN, tcp.Closing},           // rcv FIN
		{tcp.FinWait2, RcvFIN, tcp.TimeWait},          // rcv FIN
		{tcp.CloseWait, SndFIN, tcp.LastAck},          // CLOSE
		{tcp.Closing, RcvACKFIN, tcp.TimeWait},        // rcv ACK of FIN
		{tcp.LastAck, RcvACKFIN, tcp.Closed},          // rcv ACK of FIN
		{tcp.TimeWait, Expire, tcp.Closed},            // timeout 2MSL
	} {
		if got := Next[arrow.from][arrow.ev]; got != arrow.to {
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
		if got := Next[state][RcvRST]; got != want {
			t.Errorf("%s after a RST: %s, want %s", state, got, want)
		}
	}
}

// TestNoWayBack: from a synchronized state no event leads back to one of the opening.
func TestNoWayBack(t *testing.T) {
	opening := []tcp.State{tcp.Listen, tcp.SynSent, tcp.SynReceived}
	for state := tcp.Established; state < tcp.NumStates; state++ {
		for ev, to := range Next[state] {
			if slices.Contains(opening, to) {
				t.Errorf("%s, event %d leads back to %s", state, ev, to)
			}
		}
	}
}
