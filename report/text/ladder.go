package text

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// rung is one line of a ladder: what crossed the wire, between both sides' states after it.
type rung struct {
	frame, time string
	states      [2]string
	flags       string
	numbers     string
	toRight     bool
	refused     bool // the receiver discarded it: the arrow ends in a cross
	remark      string
}

// ladder is a run of segments between two lanes, one for each side's state.
type ladder struct {
	names [2]string
	rungs []rung
}

// base is what each side's sequence numbers are shown relative to.
type base [2]report.Optional[tcp.Seq]

// newLadder starts a ladder of a connection.
func newLadder(initiator, responder report.Endpoint, isn report.ISNs) (*ladder, base) {
	l := &ladder{names: roles}
	if initiator.IP.IsValid() { // a finding about a group has no two ends
		l.names = [2]string{initiator.String(), responder.String()}
	}
	return l, base{isn.Initiator, isn.Responder}
}

// roles name the lanes where addresses cannot.
var roles = [2]string{tcp.Initiator.String(), tcp.Responder.String()}

// learn takes the first numbers seen as the base of a side whose initial sequence number is not in the capture.
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

// add puts a segment on the ladder. start is the time of the first one, role what it is in a finding's story.
func (l *ladder) add(e *report.Event, b *base, start report.Time, role string) {
	b.learn(e)
	from := sideOf(e)
	r := rung{frame: fmt.Sprint(e.Frame), time: fmt.Sprintf("%.6f", float64(e.Time-start)/1e9), remark: remark(e, role)}
	r.states[from], r.states[from.Peer()] = e.SenderState, e.ReceiverState.After
	r.toRight = from == tcp.Initiator
	r.refused = e.Verdict == tcp.Discard.String()
	if e.ICMP != nil {
		r.toRight = !r.toRight // it goes back to the sender of the segment that it quotes
		r.refused = false
		r.flags, r.numbers = "ICMP", icmpNumbers(e.ICMP)
	} else {
		r.flags, r.numbers = e.Flags, segmentNumbers(e, b)
	}
	l.rungs = append(l.rungs, r)
}

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

// spellFlags turns the flags' letters into names: "SA" into "SYN,ACK".
func (l *ladder) spellFlags() {
	for i := range l.rungs {
		if r := &l.rungs[i]; r.flags != "ICMP" {
			r.flags = flagNames(r.flags)
		}
	}
}

func flagNames(letters string) string {
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

// remark says what is not to be seen from the rung itself: the role, a verdict other than a plain accept, what is notable.
func remark(e *report.Event, role string) string {
	var parts []string
	if role != "" {
		parts = append(parts, role)
	}
	if e.ICMP != nil {
		parts = append(parts, "from "+e.ICMP.From.String())
	} else if v := verdict(e); v != "" && (role == "" || e.Verdict != tcp.VerdictUnknown.String()) {
		parts = append(parts, v) // an unknown one says nothing that the role does not
	}
	if role == "" {
		for name := range e.Notes.All {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, " · ")
}

// verdict gives a verdict other than a plain accept: "discard (time-wait)".
func verdict(e *report.Event) string {
	switch {
	case e.Verdict == tcp.Accept.String() && e.Reason == "":
		return ""
	case e.Reason == "", e.Verdict == tcp.Reset.String():
		return e.Verdict
	}
	return e.Verdict + " (" + e.Reason + ")"
}
