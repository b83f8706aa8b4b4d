package score

import (
	"fmt"
	"slices"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

// allowed says which verdicts a drop reason of the kernel allows.
type allowed struct {
	verdict tcp.Verdict
	reasons []tcp.Reason
}

// byReason is the table of the output contract, read from the kernel's side. What is not in it has
// no name of its own.
var byReason = map[string][]allowed{
	"TCP_OLD_DATA":             {{tcp.Duplicate, []tcp.Reason{tcp.OldData}}},
	"TCP_OLD_ACK":              {{tcp.Duplicate, []tcp.Reason{tcp.OldAck}}},
	"TCP_TOO_OLD_ACK":          {{tcp.Duplicate, []tcp.Reason{tcp.OldAck}}},
	"TCP_OLD_SEQUENCE":         {{tcp.Duplicate, []tcp.Reason{tcp.OldData}}, {tcp.Discard, []tcp.Reason{tcp.OutOfWindow}}},
	"TCP_OVERWINDOW":           {{tcp.Discard, []tcp.Reason{tcp.OutOfWindow}}},
	"TCP_ZEROWINDOW":           {{tcp.Discard, []tcp.Reason{tcp.OutOfWindow}}},
	"TCP_INVALID_SEQUENCE":     {{tcp.Discard, []tcp.Reason{tcp.OutOfWindow}}},
	"TCP_INVALID_END_SEQUENCE": {{tcp.Discard, []tcp.Reason{tcp.OutOfWindow}}},
	"TCP_RFC7323_PAWS":         {{tcp.Discard, []tcp.Reason{tcp.PAWS}}},
	"TCP_RFC7323_PAWS_ACK":     {{tcp.Discard, []tcp.Reason{tcp.PAWS}}},
	"TCP_RFC7323_TW_PAWS":      {{tcp.Discard, []tcp.Reason{tcp.PAWS}}},
	"TCP_RFC7323_TSECR":        {{tcp.Discard, []tcp.Reason{tcp.TimestampEcho}}},
	"TCP_RESET":                {{tcp.Discard, []tcp.Reason{tcp.RstNotExact, tcp.NoConnection}}, {tcp.Reset, []tcp.Reason{tcp.ValidRst}}},
	"TCP_INVALID_SYN":          {{tcp.Discard, []tcp.Reason{tcp.SynInWindow}}},
	"TCP_INVALID_ACK_SEQUENCE": {{tcp.Discard, []tcp.Reason{tcp.AckUnacceptable}}},
	"TCP_ACK_UNSENT_DATA":      {{tcp.Discard, []tcp.Reason{tcp.AckUnacceptable}}},
	// A listener drops whatever has an ACK for its flags: a stray segment, which from outside
	// cannot be told from one that met no socket, and the unacceptable ACK of a request, which the
	// request hands on to its listener.
	"TCP_FLAGS":           {{tcp.Discard, []tcp.Reason{tcp.BadFlags, tcp.NoConnection, tcp.AckUnacceptable}}},
	"TCP_CSUM":            {{tcp.Discard, []tcp.Reason{tcp.BadChecksum}}},
	"NO_SOCKET":           {{tcp.Discard, []tcp.Reason{tcp.NoConnection}}},
	"TCP_LISTEN_OVERFLOW": {{tcp.Discard, []tcp.Reason{tcp.ListenOverflow}}},
	"TCP_CLOSE":           {{tcp.Discard, []tcp.Reason{tcp.AfterClose}}},
	"TCP_ABORT_ON_DATA":   {{tcp.Discard, []tcp.Reason{tcp.AfterClose}}},
}

// notDropped are reasons for which the kernel frees what it has taken, or names no reason.
var notDropped = []string{"NOT_SPECIFIED", "QUEUE_PURGE", "SOCKET_CLOSE", "TCP_OFOMERGE", "TCP_OFO_QUEUE_PRUNE"}

// verdicts compares the verdict on every segment that reached a kernel.
func (s *Score) verdicts(rec *lab.Recording, tap string, r *replay) {
	scripted := scriptedHosts(rec)
	drops := dropsByPacket(rec)
	for _, e := range rec.Events(lab.KindPacket) {
		frame, seen := e.Wire.Frames[tap]
		if !seen || !e.Wire.Delivered || scripted[e.Wire.To] || e.Segment == nil || e.Segment.ICMP != "" {
			continue
		}
		step, ok := r.steps[uint64(frame)]
		if unknowable(rec, tap, &e, &step) {
			continue
		}
		s.Segments++
		if why := judge(&step, ok, drops[e.Packet]); why != "" {
			reason := blind(rec, tap, &e, &step, drops[e.Packet])
			s.blindFor(&e, reason)
			s.SegmentMisses = append(s.SegmentMisses, Miss{rec.Dir, tap, rec.Meta.Params["by"], uint64(frame), why, reason})
			continue
		}
		s.SegmentsRight++
	}
}

// unknowable reports whether a verdict is rightly unknown: the tap has no segment of the receiver
// yet that would tell its numbers, or none that would tell that a SYN was answered.
func unknowable(rec *lab.Recording, tap string, e *lab.Event, step *fsm.Step) bool {
	if step.Verdict != tcp.VerdictUnknown {
		return false
	}
	syn := e.Segment.Flags == "S"
	if !syn && step.Reason != tcp.MidStream {
		return false
	}
	for _, a := range rec.Events(lab.KindPacket) {
		if a.Segment == nil || a.Segment.Src != e.Segment.Dst || a.Segment.Dst != e.Segment.Src || a.Wire.Frames[tap] == 0 {
			continue
		}
		if syn && a.Segment.Ack == e.Segment.Seq+1 || !syn && a.Wire.Frames[tap] < e.Wire.Frames[tap] {
			return false
		}
	}
	return true
}

// judge says what is wrong with a verdict, "" if the truth allows it.
func judge(step *fsm.Step, ok bool, drop *lab.Event) string {
	if !ok {
		return "no verdict"
	}
	named := drop != nil && !slices.Contains(notDropped, drop.Reason) &&
		!(drop.Reason == "TCP_OFO_DROP" && step.Verdict == tcp.Queue) // dropped when it was old, after it had been queued
	if !named {
		if takenByKernel(step) || drop != nil && drop.Reason == "NOT_SPECIFIED" && step.Verdict != tcp.VerdictUnknown {
			return ""
		}
		return fmt.Sprintf("said %v/%v in %v, the kernel took it (%s)", step.Verdict, step.Reason, step.ReceiverBefore,
			reasonOf(drop))
	}
	for _, a := range byReason[drop.Reason] {
		if a.verdict == step.Verdict && slices.Contains(a.reasons, step.Reason) {
			return ""
		}
	}
	return fmt.Sprintf("said %v/%v in %v, the kernel dropped it: %s in %s (%s)", step.Verdict, step.Reason,
		step.ReceiverBefore, drop.Reason, drop.To, drop.Function)
}

func reasonOf(drop *lab.Event) string {
	if drop == nil {
		return "no drop"
	}
	return drop.Reason + " in " + drop.Function
}

// takenByKernel reports whether a verdict goes with a segment that the kernel freed without a
// reason.
func takenByKernel(s *fsm.Step) bool {
	switch s.Verdict {
	case tcp.Accept, tcp.Queue, tcp.Reset:
		return true
	case tcp.Duplicate:
		// Header prediction frees a bare ACK that tcp_ack found too old without a reason
		// (tcp_rcv_established).
		return s.Reason == tcp.OldAck && s.SeqLen() == 0
	case tcp.Discard:
		return s.Reason == tcp.InTimeWait || s.Reason == tcp.AfterClose && s.Notes.Has(fsm.PastOwnFIN)
	}
	return false
}

func scriptedHosts(rec *lab.Recording) map[string]bool {
	out := map[string]bool{}
	for _, e := range rec.Events(lab.KindHost) {
		out[e.Host] = e.About != nil && e.About.Scripted
	}
	return out
}

// dropsByPacket gives the drop of each packet; one with a name counts before one without.
func dropsByPacket(rec *lab.Recording) map[int]*lab.Event {
	out := map[int]*lab.Event{}
	packets, used := rec.Events(lab.KindPacket), map[int]bool{}
	for _, e := range rec.Events(lab.KindDrop) {
		n := dropped(packets, used, &e)
		used[n] = true
		if old := out[n]; n != 0 && (old == nil || slices.Contains(notDropped, old.Reason)) {
			out[n] = &e
		}
	}
	return out
}

// dropped gives the packet that a drop is of: of those with the same header, timestamps included,
// the last to arrive before it that no other drop is of.
func dropped(packets []lab.Event, used map[int]bool, drop *lab.Event) int {
	n, at := drop.Packet, time.Time{}
	for i := range packets {
		p := &packets[i]
		if p.Segment == nil || !p.Wire.Delivered || p.Wire.To != drop.Host || used[p.Packet] || !sameHeader(p.Segment, drop.Segment) {
			continue
		}
		if p.Wire.Arrived.After(at) && !p.Wire.Arrived.After(drop.Time) {
			n, at = p.Packet, p.Wire.Arrived
		}
	}
	return n
}

func sameHeader(a, b *lab.Header) bool {
	return a != nil && b != nil && a.Src == b.Src && a.Dst == b.Dst && a.Seq == b.Seq && a.Ack == b.Ack && a.Flags == b.Flags &&
		a.Len == b.Len && (a.TSval == nil) == (b.TSval == nil) && (a.TSval == nil || *a.TSval == *b.TSval)
}
