package tcp

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

// TestNames: what records call things is a contract with their readers, so a change here is a
// change of the interface.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		kind  string
		names []string
		name  func(i uint8) fmt.Stringer
	}{
		{"state", []string{"UNKNOWN", "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2",
			"CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"}, func(i uint8) fmt.Stringer { return State(i) }},
		{"certainty", []string{"inferred", "timer", "confirmed", "observed"}, func(i uint8) fmt.Stringer { return Certainty(i) }},
		{"side", []string{"initiator", "responder", ""}, func(i uint8) fmt.Stringer { return Side(i) }},
		{"vantage", []string{"unknown", "initiator", "middle", "responder"}, func(i uint8) fmt.Stringer { return Vantage(i) }},
		{"verdict", []string{"unknown", "accept", "queue", "duplicate", "discard", "reset"},
			func(i uint8) fmt.Stringer { return Verdict(i) }},
		{"reason", []string{"", "out-of-order", "old-data", "old-ack", "out-of-window", "paws", "timestamp-echo", "rst-not-exact",
			"syn-in-window", "ack-unacceptable", "bad-flags", "bad-checksum", "no-connection", "listen-overflow", "closed", "time-wait",
			"rst", "mid-stream", "not-captured"}, func(i uint8) fmt.Stringer { return Reason(i) }},
		{"response", []string{"none", "ack", "challenge-ack", "syn-ack", "rst"}, func(i uint8) fmt.Stringer { return Response(i) }},
		{"opening", []string{"mid-stream", "three-way", "simultaneous", "fast-open", "refused", "unreachable", "unanswered",
			"incomplete"}, func(i uint8) fmt.Stringer { return OpeningKind(i) }},
		{"closing", []string{"open", "four-segment", "three-segment", "simultaneous", "reset", "half-closed", "timed-out"},
			func(i uint8) fmt.Stringer { return ClosingKind(i) }},
		{"direction", []string{"syn", "syn-ack", "port", "first-seen"}, func(i uint8) fmt.Stringer { return DirectionSource(i) }},
	} {
		for i, want := range c.names {
			if got := c.name(uint8(i)).String(); got != want {
				t.Errorf("%s %d is called %q, want %q", c.kind, i, got, want)
			}
		}
		if got := c.name(uint8(len(c.names))).String(); got != "?" {
			t.Errorf("%s %d is called %q, but there is none", c.kind, len(c.names), got)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		flags          Flags
		letters, names string
	}{
		{0, "", "none"},
		{SYN, "S", "SYN"},
		{SYN | ACK, "SA", "SYN,ACK"},
		{FIN | PSH | ACK, "FPA", "FIN,PSH,ACK"},
		{RST | ACK, "RA", "RST,ACK"},
		{FIN | SYN | RST | PSH | ACK | URG | ECE | CWR | AE, "FSRPAUECN", "FIN,SYN,RST,PSH,ACK,URG,ECE,CWR,AE"},
	} {
		if got := c.flags.String(); got != c.letters {
			t.Errorf("%#x is %q, want %q", uint16(c.flags), got, c.letters)
		}
		if got := c.flags.Names(); got != c.names {
			t.Errorf("%#x is %q, want %q", uint16(c.flags), got, c.names)
		}
	}
	// RFC 9293 section 3.1: the bits as they stand in the header, FIN the lowest.
	if FIN != 1 || SYN != 2 || RST != 4 || PSH != 8 || ACK != 0x10 || URG != 0x20 || ECE != 0x40 || CWR != 0x80 || AE != 0x100 {
		t.Error("a control bit is not where the header has it")
	}
	f := SYN | ACK
	if !f.Has(SYN) || !f.Has(SYN|ACK) || f.Has(SYN|FIN) || !f.Any(SYN|FIN) || f.Any(FIN|RST) {
		t.Error("Has wants all the bits, Any one of them")
	}
}

// TestStateSets: RFC 9293 section 3.3.2 names the states; figure 5 has who has sent or received a
// FIN.
func TestStateSets(t *testing.T) {
	synchronized := []State{Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait}
	sent := []State{FinWait1, FinWait2, Closing, LastAck, TimeWait}
	received := []State{CloseWait, Closing, LastAck, TimeWait}
	for s := Unknown; s < NumStates; s++ {
		if got, want := s.Synchronized(), slices.Contains(synchronized, s); got != want {
			t.Errorf("%s synchronized: %v, want %v", s, got, want)
		}
		if got, want := s.SentFIN(), slices.Contains(sent, s); got != want {
			t.Errorf("%s has sent FIN: %v, want %v", s, got, want)
		}
		if got, want := s.ReceivedFIN(), slices.Contains(received, s); got != want {
			t.Errorf("%s has received FIN: %v, want %v", s, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, text := range []string{"192.0.2.1", "2001:db8::1", "0.0.0.0", "::"} {
		a := netip.MustParseAddr(text)
		if got := AddrFrom(a).Netip(); got != a {
			t.Errorf("%s becomes %s", a, got)
		}
	}
	tuple := FourTuple{Src: Addr{1}, Dst: Addr{2}, SrcPort: 3, DstPort: 4, Path: 5}
	if back := tuple.Reverse(); back != (FourTuple{Src: Addr{2}, Dst: Addr{1}, SrcPort: 4, DstPort: 3, Path: 5}) || back.Reverse() != tuple {
		t.Errorf("the reverse of %v is %v", tuple, back)
	}
	if Initiator.Peer() != Responder || Responder.Peer() != Initiator {
		t.Error("the two sides are each other's peers")
	}
}
