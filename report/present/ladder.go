package present

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// Rung is one line of a ladder: what crossed the wire, between both sides' states after it.
type Rung struct {
	Frame, Time string
	States      [2]string
	Flags       string
	Numbers     string
	ToRight     bool
	Refused     bool // the receiver discarded it: the arrow ends in a cross
	Remark      string
}

// Since gives the time since the first rung with its sign: a clock may have gone back.
func (r *Rung) Since() string {
	if strings.HasPrefix(r.Time, "-") {
		return r.Time
	}
	return "+" + r.Time
}

// Label is what stands on the rung's arrow.
func (r *Rung) Label() string { return r.Flags + " " + r.Numbers }

// Ladder is a run of segments between two lanes, one for each side's state.
type Ladder struct {
	Names [2]string
	Rungs []Rung
	base  base
}

// base is what each side's sequence numbers are shown relative to.
type base [2]report.Optional[tcp.Seq]

// NewLadder starts a ladder of a connection.
func NewLadder(initiator, responder report.Endpoint, isn report.ISNs) *Ladder {
	l := &Ladder{Names: Roles, base: base{isn.Initiator, isn.Responder}}
	if initiator.IP.IsValid() { // a finding about a group has no two ends
		l.Names = [2]string{initiator.String(), responder.String()}
	}
	return l
}

// EvidenceLadder makes the ladder of the segments that prove a finding.
func EvidenceLadder(f *report.Finding) *Ladder {
	l := NewLadder(f.Initiator, f.Responder, f.ISN)
	for i := range f.Evidence {
		l.Add(&f.Evidence[i].Event, f.Evidence[0].Time, f.Evidence[i].Role)
	}
	return l
}

// Roles name the lanes where addresses cannot.
var Roles = [2]string{tcp.Initiator.String(), tcp.Responder.String()}

// learn takes the first numbers seen as the base of a side whose initial sequence number is not in
// the capture.
func (b *base) learn(e *report.Event) {
	from := sideOf(e)
	if !b[from].Known {
		b[from] = report.Some(e.Seq)
	}
	if strings.Contains(e.Flags, "A") && !b[from.Peer()].Known {
		b[from.Peer()] = report.Some(e.Ack)
	}
}

func sideOf(e *report.Event) tcp.Side {
	if e.From == tcp.Initiator.String() {
		return tcp.Initiator
	}
	return tcp.Responder
}

// Add puts a segment on the ladder. start is the time of the first one, role what it is in a
// finding's story.
func (l *Ladder) Add(e *report.Event, start report.Time, role string) {
	l.base.learn(e)
	from := sideOf(e)
	r := Rung{Frame: fmt.Sprint(e.Frame), Time: fmt.Sprintf("%.6f", float64(e.Time-start)/1e9), Remark: remark(e, role)}
	r.States[from], r.States[from.Peer()] = e.SenderState, e.ReceiverState.After
	r.ToRight = from == tcp.Initiator
	r.Refused = e.Verdict == tcp.Discard.String()
	if e.ICMP != nil {
		r.ToRight = !r.ToRight // it goes back to the sender of the segment that it quotes
		r.Refused = false
		r.Flags, r.Numbers = icmpFlags, icmpNumbers(e.ICMP)
	} else {
		r.Flags, r.Numbers = e.Flags, segmentNumbers(e, &l.base)
	}
	l.Rungs = append(l.Rungs, r)
}

// icmpFlags stands for a segment's flags where an ICMP error came in its place.
const icmpFlags = "ICMP"

// segmentNumbers gives relative numbers and length: "seq 1 ack 1 len 100".
func segmentNumbers(e *report.Event, b *base) string {
	from := sideOf(e)
	s := fmt.Sprintf("seq %d", relative(e.Seq, b[from]))
	if strings.Contains(e.Flags, "A") {
		s += fmt.Sprintf(" ack %d", relative(e.Ack, b[from.Peer()]))
	}
	if e.Len > 0 {
		s += fmt.Sprintf(" len %d", e.Len)
	}
	if e.Win == 0 && !strings.ContainsAny(e.Flags, "RS") {
		s += " win 0"
	}
	return s
}

// relative gives a number relative to its base: negative for what is older.
func relative(n tcp.Seq, b report.Optional[tcp.Seq]) int32 { return n.Sub(b.Value) }

// Spelled gives the ladder with names in place of the flags' letters: "SYN,ACK" for "SA".
func (l *Ladder) Spelled() *Ladder {
	spelled := &Ladder{Names: l.Names, Rungs: slices.Clone(l.Rungs), base: l.base}
	for i := range spelled.Rungs {
		if r := &spelled.Rungs[i]; r.Flags != icmpFlags {
			r.Flags = FlagNames(r.Flags)
		}
	}
	return spelled
}

// FlagNames gives the names of the flags whose letters a record has.
func FlagNames(letters string) string {
	var f tcp.Flags
	for bit := tcp.FIN; bit <= tcp.AE; bit <<= 1 {
		if strings.Contains(letters, bit.String()) {
			f |= bit
		}
	}
	return f.Names()
}

func icmpNumbers(i *report.ICMP) string {
	s := fmt.Sprintf("type %d code %d", i.Type, i.Code)
	if i.MTU != 0 {
		s += fmt.Sprintf(" mtu %d", i.MTU)
	}
	return s
}

// remark says what is not to be seen from the rung itself: the role, a verdict other than a plain
// accept, what is notable.
func remark(e *report.Event, role string) string {
	var parts []string
	if role != "" {
		parts = append(parts, role)
	}
	if e.ICMP != nil {
		parts = append(parts, "from "+e.ICMP.From.String())
	} else if v := Outcome(e); v != "" && (role == "" || e.Verdict != tcp.VerdictUnknown.String()) {
		parts = append(parts, v) // an unknown one says nothing that the role does not
	}
	if role == "" {
		for name := range e.Notes.All {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, " · ")
}

// Outcome gives a verdict other than a plain accept: "discard (time-wait)".
func Outcome(e *report.Event) string {
	switch {
	case e.Verdict == tcp.Accept.String() && e.Reason == "":
		return ""
	case e.Reason == "", e.Verdict == tcp.Reset.String():
		return e.Verdict
	}
	return e.Verdict + " (" + e.Reason + ")"
}
