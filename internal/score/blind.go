package score

import (
	"slices"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

// The reasons why no observer at a tap could have known what a kernel did with a segment, which
// docs/truth.md explains. Each is a predicate over what the wire did out of the tap's sight.
const (
	resetLost   = "a reset before it was lost beyond the tap, and its receiver said nothing in between"
	answerLost  = "the reset with which its receiver refused it was lost before the tap"
	firstSilent = "it repeats a segment that had arrived, and nothing that its receiver sent since came as far as the tap"
	unseenSince = "a segment that the tap does not have reached its receiver before it, which has said nothing since"
	forgedSYN   = "it answers a SYN that was forged in its receiver's name"
	deferred    = "TCP_DEFER_ACCEPT ignores a bare ACK, which looks as if it was lost"
	forgedOpen  = "a SYN was forged in its name, and a host that opens and then forgets, as scanners do, looks the same"
	unseenFIN   = "its FIN was lost before the tap, which has nothing that it sent after that but answers from no socket"
	whichSYN    = "the SYN was sent again before an answer passed, and without timestamps nothing tells which was answered"
)

// sight is what a tap has of one segment and of what passed between the same two sockets.
type sight struct {
	tap  string
	e    *lab.Event
	step *fsm.Step
	drop *lab.Event
	with []lab.Event // all packets of the four-tuple, in the order in which they were sent
}

// blind gives the reason why no observer at the tap could have known better, "" if one could.
func blind(rec *lab.Recording, tap string, e *lab.Event, step *fsm.Step, drop *lab.Event) string {
	s := &sight{tap: tap, e: e, step: step, drop: drop}
	for _, p := range rec.Events(lab.KindPacket) {
		if p.Segment != nil && p.Segment.ICMP == "" && (sameWay(&p, e) || otherWay(&p, e)) {
			s.with = append(s.with, p)
		}
	}
	switch {
	case s.afterLostReset():
		return resetLost
	case s.refusalLost():
		return answerLost
	case s.repeatsUnanswered():
		return firstSilent
	case s.afterUnseen():
		return unseenSince
	case s.answersForgedSYN():
		return forgedSYN
	case s.isDeferred(rec):
		return deferred
	case s.eitherSYN():
		return whichSYN
	}
	return ""
}

// blindFor keeps why a verdict could not be known, for the states of the socket that the segment
// was for.
func (s *Score) blindFor(e *lab.Event, reason string) {
	if reason == "" {
		return
	}
	if s.blindTo == nil {
		s.blindTo = map[socketPair]string{}
	}
	s.blindTo[socketPair{e.Segment.Dst, e.Segment.Src}] = reason
}

func sameWay(a, b *lab.Event) bool {
	return a.Segment.Src == b.Segment.Src && a.Segment.Dst == b.Segment.Dst
}

func otherWay(a, b *lab.Event) bool {
	return a.Segment.Src == b.Segment.Dst && a.Segment.Dst == b.Segment.Src
}

// heard reports whether the tap has anything that the receiver sent after a moment and before the
// segment arrived.
func (s *sight) heard(since time.Time) bool {
	for _, p := range s.with {
		seen := otherWay(&p, s.e) && p.Wire.Origin == "kernel" && p.Wire.Frames[s.tap] != 0
		if seen && p.Time.After(since) && p.Time.Before(s.e.Wire.Arrived) {
			return true
		}
	}
	return false
}

// afterLostReset: what ended its receiver is the segment itself, or something after a reset that
// the tap has and the receiver lacks.
func (s *sight) afterLostReset() bool {
	way := s.e.Wire.Arrived.Sub(s.e.Time)
	for _, p := range s.with {
		frame := p.Wire.Frames[s.tap]
		lost := sameWay(&p, s.e) && strings.Contains(p.Segment.Flags, "R") && !p.Wire.Delivered
		if lost && frame != 0 && frame < s.e.Wire.Frames[s.tap] && s.step.ReceiverBefore == tcp.Closed && !s.heard(p.Time.Add(way)) {
			return true
		}
	}
	return false
}

// refusedByReset are the reasons of drops that are answered with a RST (tcp_v4_send_reset).
var refusedByReset = map[string]bool{"NO_SOCKET": true, "TCP_FLAGS": true, "TCP_ABORT_ON_DATA": true}

// refusalLost: the kernel answered it with a RST that the tap does not have, and has none with the
// same number.
func (s *sight) refusalLost() bool {
	if s.drop == nil || !refusedByReset[s.drop.Reason] || !strings.Contains(s.e.Segment.Flags, "A") {
		return false
	}
	lost := false
	for _, p := range s.with {
		if !otherWay(&p, s.e) || p.Segment.Flags != "R" || p.Segment.Seq != s.e.Segment.Ack || p.Time.Before(s.e.Wire.Arrived) {
			continue
		}
		if p.Wire.Frames[s.tap] != 0 {
			return false
		}
		lost = lost || p.Time.Sub(s.e.Wire.Arrived) < 10*time.Millisecond
	}
	return lost
}

// repeatsUnanswered: old data whose first copy arrived, of which nothing that the tap has tells.
func (s *sight) repeatsUnanswered() bool {
	bare := s.e.Segment.Len == 0 && !strings.Contains(s.e.Segment.Flags, "F")
	if s.drop == nil || !strings.HasPrefix(s.drop.Reason, "TCP_OLD_") || bare {
		return false
	}
	for _, p := range s.with {
		first := sameWay(&p, s.e) && p.Packet != s.e.Packet && p.Segment.Seq == s.e.Segment.Seq && p.Segment.Len == s.e.Segment.Len &&
			p.Wire.Delivered && p.Wire.Arrived.Before(s.e.Wire.Arrived)
		if first && !s.heard(p.Wire.Arrived) {
			return true
		}
	}
	return false
}

// afterUnseen: what the wire or a forger made beyond the tap changed the receiver.
func (s *sight) afterUnseen() bool {
	for _, p := range s.with {
		made := p.Wire.Origin == "injected" || p.Wire.Origin == "duplicate"
		if sameWay(&p, s.e) && made && p.Wire.Frames[s.tap] == 0 && p.Wire.Delivered && p.Wire.Arrived.Before(s.e.Wire.Arrived) &&
			!s.heard(p.Wire.Arrived) {
			return true
		}
	}
	return false
}

// answersForgedSYN: a RST,ACK to a SYN that its receiver never sent.
func (s *sight) answersForgedSYN() bool {
	if s.e.Segment.Flags != "RA" {
		return false
	}
	for _, p := range s.with {
		forged := otherWay(&p, s.e) && p.Wire.Origin == "injected" && p.Segment.Flags == "S"
		if forged && s.e.Segment.Ack == p.Segment.Seq+1 && p.Wire.Frames[s.tap] != 0 {
			return true
		}
	}
	return false
}

// openedByForger gives the reason why nobody could have known that a socket did not open again: the
// tap has a SYN that was forged in its name, and all that lastack says beyond the kernel is that it
// opened and was closed at once.
func openedByForger(rec *lab.Recording, tap string, k socketPair, agrees func(without []string) bool, got []string) string {
	for _, p := range rec.Events(lab.KindPacket) {
		forged := p.Segment != nil && p.Wire.Origin == "injected" && p.Segment.Flags == "S" && p.Wire.Frames[tap] != 0
		if forged && p.Segment.Src == k.local && p.Segment.Dst == k.remote && agrees(withoutOpenings(got)) {
			return forgedOpen
		}
	}
	return ""
}

// withoutOpenings leaves out each SYN-SENT that became nothing.
func withoutOpenings(states []string) []string {
	var out []string
	for i, s := range states {
		if s == tcp.SynSent.String() && i+1 < len(states) && states[i+1] == tcp.Closed.String() {
			continue
		}
		out = append(out, s)
	}
	return out
}

// closedUnseen gives the reason why nobody could have known that a socket closed: no FIN of it came
// as far as the tap, nor, after the first, anything that bears its next number. A bare RST bears
// that of the segment that it answers (tcp_v4_send_reset).
func closedUnseen(rec *lab.Recording, tap string, k socketPair, truth []lab.Event, agrees func(without []lab.Event) bool) string {
	closed := false
	for _, p := range rec.Events(lab.KindPacket) {
		if p.Segment == nil || p.Wire.Origin == "injected" || p.Segment.Src != k.local || p.Segment.Dst != k.remote {
			continue
		}
		fin := strings.Contains(p.Segment.Flags, "F")
		if (fin || closed && p.Segment.Flags != "R") && p.Wire.Frames[tap] != 0 {
			return ""
		}
		closed = closed || fin
	}
	without := slices.DeleteFunc(slices.Clone(truth), func(t lab.Event) bool {
		return t.To == tcp.FinWait1.String() || t.To == tcp.LastAck.String()
	})
	if closed && agrees(without) {
		return unseenFIN
	}
	return ""
}

// isDeferred: the listener waits for data (tcp_check_req), and lastack says that it does not know.
func (s *sight) isDeferred(rec *lab.Recording) bool {
	if s.drop == nil || s.drop.Reason != "NOT_SPECIFIED" || s.e.Segment.Len > 0 {
		return false
	}
	return s.step.Verdict == tcp.VerdictUnknown && s.step.ReceiverBefore == tcp.SynReceived && defers(rec, s.drop.Host)
}

// defers reports whether a host's listener ignored a bare ACK because it waits for data.
func defers(rec *lab.Recording, host string) bool {
	for _, c := range rec.Events(lab.KindCounters) {
		if c.Host == host && c.Counters["TcpExtTCPDeferAcceptDrop"] > 0 {
			return true
		}
	}
	return false
}

// eitherSYN: lastack says that it does not know whether the SYN came, and the next one may be the
// one that was answered.
func (s *sight) eitherSYN() bool {
	flags := s.e.Segment.Flags
	if s.step.Verdict != tcp.VerdictUnknown || s.e.Segment.TSval != nil || flags[0] != 'S' || strings.Contains(flags, "A") {
		return false
	}
	answer, again := 0, 0
	for _, p := range s.with {
		frame := p.Wire.Frames[s.tap]
		switch {
		case frame <= s.e.Wire.Frames[s.tap]:
		case answer == 0 && otherWay(&p, s.e) && strings.HasPrefix(p.Segment.Flags, "SA") && p.Segment.Ack == s.e.Segment.Seq+1:
			answer = frame
		case again == 0 && sameWay(&p, s.e) && p.Segment.Seq == s.e.Segment.Seq:
			again = frame
		}
	}
	return again != 0 && (answer == 0 || again < answer)
}
