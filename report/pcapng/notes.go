package pcapng

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/report"
)

// maxRemarks bounds how many packets that are no evidence have a comment: in a capture that
// consists of discarded segments they would say nothing, and fill the memory.
const maxRemarks = 1 << 20

// note is what there is to say of one packet.
type note struct {
	what   string   // who did what with it
	proves []string // the findings that it is evidence of, with its role
}

// notes are those of the run, by frame.
type notes map[uint64]*note

// add takes in what became of a segment.
func (n notes) add(frame uint64, what string) {
	if old := n[frame]; old != nil {
		old.what = what
	} else if len(n) < maxRemarks {
		n[frame] = &note{what: what}
	}
}

// prove takes in that a packet is evidence.
func (n notes) prove(frame uint64, f *report.Finding, e *report.Evidence) {
	one := n[frame]
	if one == nil {
		one = new(note)
		n[frame] = one
	}
	if f.Conn != 0 {
		one.what = describe(f.Conn, &e.Event)
	} else if one.what == "" {
		one.what = describe(0, &e.Event)
	}
	one.proves = append(one.proves, fmt.Sprintf("%s %s: %s", f.ID, f.Code, e.Role))
}

// proves reports whether a packet is evidence.
func (n notes) proves(frame uint64) bool { return n[frame] != nil && len(n[frame].proves) > 0 }

// comment gives a packet's comment. The number that it has in the input comes first: in an excerpt
// it has another.
func (n notes) comment(frame uint64) string {
	one := n[frame]
	if one == nil {
		return ""
	}
	lines := append(one.proves[:len(one.proves):len(one.proves)], one.what)
	return fmt.Sprintf("lastack frame %d: %s", frame, strings.Join(lines, "\n"))
}

// remarkable reports whether there is more to say of a segment than that it was accepted and
// changed nothing.
func remarkable(e *report.Event) bool {
	return e.Verdict != "accept" || e.ReceiverState.Before != e.ReceiverState.After || e.Notes != 0 || e.ICMP != nil
}

// describe says what a segment met: "C2: initiator in SYN-SENT sent it; responder in TIME-WAIT:
// discard (paws), answered by frame 12".
func describe(conn report.ConnID, e *report.Event) string {
	var b strings.Builder
	if conn != 0 {
		fmt.Fprintf(&b, "%s: ", conn)
	}
	sender, receiver := "initiator", "responder"
	if e.From != sender {
		sender, receiver = receiver, sender
	}
	if e.ICMP != nil {
		fmt.Fprintf(&b, "an ICMP error about a segment of the %s, ", sender)
	}
	fmt.Fprintf(&b, "%s %s; %s %s", sender, e.SenderState, receiver, e.ReceiverState.Before)
	if e.ReceiverState.After != e.ReceiverState.Before {
		fmt.Fprintf(&b, " to %s", e.ReceiverState.After)
	}
	fmt.Fprintf(&b, "; verdict %s", e.Verdict)
	if e.Reason != "" {
		fmt.Fprintf(&b, " (%s)", e.Reason)
	}
	if e.Response != "none" && e.Response != "" {
		fmt.Fprintf(&b, ", response %s", e.Response)
	}
	if e.AnsweredBy != 0 {
		fmt.Fprintf(&b, " in frame %d", e.AnsweredBy)
	}
	for name := range e.Notes.All {
		fmt.Fprintf(&b, ", %s", name)
	}
	return b.String()
}
