package fuzz

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/score"
	"github.com/lastack/lastack/tcp"
)

// Difference is a segment of which the tracker and the kernel do not say the same.
type Difference struct {
	Frame  int
	Shot   int    // which of the plan's, -1 for one that led to the state
	Kind   string // "verdict", "answer" or "state"
	State  string // the kernel's, before the segment
	Flags  string // with "+data"
	Said   string
	Kernel string
}

// Signature is what two differences of the same cause have in common.
func (d *Difference) Signature() string {
	return fmt.Sprintf("%s in %s on %s: said %s, the kernel %s", d.Kind, d.State, d.Flags, d.Said, d.Kernel)
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// Name is the signature as a file name.
func (d *Difference) Name() string {
	s := strings.ToLower(strings.Join([]string{d.Kind, d.State, d.Flags, d.Said, d.Kernel}, " "))
	return strings.Trim(notInNames.ReplaceAllString(s, "-"), "-")
}

// Compared is one segment that was compared.
type Compared struct {
	State             string // the kernel's, before the segment
	Predicted, Actual string // the answers
	Agreed            bool
	Unknowable        string // why no observer could have known better, "" if one could, or if they agree
	// Assumed are the assumptions that changed what the tracker says of it, in order.
	Assumed []infer.Assumption
}

// compare holds the tracker against what the kernel did. It ends at the first difference, since
// others may follow from that.
func compare(c *conn) (all []Compared, first *Difference) {
	said, made := replay(c.packets), assumed(c.packets)
	c.gather()
	for i, p := range c.packets {
		if p.fromKernel {
			continue
		}
		step := said[uint64(i+1)]
		d := c.differs(p, step, c.settled(said, i))
		one := Compared{State: p.before, Actual: c.answerOf(p), Agreed: d == nil,
			Assumed: made[uint64(i+1)]}
		if step != nil {
			one.Predicted = step.Response.String()
		}
		all = append(all, one)
		if d != nil {
			d.Frame = i + 1
			all[len(all)-1].Unknowable = c.unknowable(p, step, d)
			return all, d
		}
	}
	return all, nil
}

// gather finds the answers that the device gave only when nobody looked any more: another
// connection's packets were under way.
func (c *conn) gather() {
	for i, p := range c.packets {
		if p.fromKernel || len(p.answers) > 0 {
			continue
		}
		if i+1 == len(c.packets) {
			return
		}
		if a := c.packets[i+1]; a.fromKernel && !a.byCall && a.at-p.done < timerSlack && (a.SeqLen() == 0 || a.Flags.Has(tcp.SYN)) {
			p.answers = c.packets[i+1 : i+2]
		}
	}
}

// settled gives the state that the tracker has the kernel in after the i-th packet and what that
// made the kernel send: its FIN may have waited for the packet.
func (c *conn) settled(said steps, i int) tcp.State {
	step := said[uint64(i+1)]
	if step == nil {
		return tcp.Unknown
	}
	p := c.packets[i]
	for _, a := range p.answers {
		if last := said[uint64(i+1+len(p.answers))]; a.Flags.Has(tcp.FIN) && last != nil {
			return last.SenderAfter
		}
	}
	return step.ReceiverAfter
}

// differs compares one segment that was handed to the kernel. after is the tracker's state of the
// kernel when that was done with it.
func (c *conn) differs(p *passed, step *fsm.Step, after tcp.State) *Difference {
	d := &Difference{Shot: p.shot, State: p.before, Flags: flagsClass(p)}
	drop := c.dropOf(p)
	if why := score.Judge(step, drop); why != "" {
		d.Kind, d.Said, d.Kernel = "verdict", verdictOf(step), "took it"
		if step != nil && !sameState(step.ReceiverBefore, p.before) {
			d.Said += " in " + step.ReceiverBefore.String()
		}
		if drop != nil {
			d.Kernel = drop.Reason
		}
		return d
	}
	if !c.answersAs(p, step) {
		d.Kind, d.Said = "answer", verdictOf(step)+" answered "+step.Response.String()
		d.Kernel = "answered " + c.answerOf(p)
		return d
	}
	if !sameState(step.ReceiverBefore, c.met(p)) || !sameState(after, p.after) {
		d.Kind, d.Said = "state", fmt.Sprintf("%s to %s", step.ReceiverBefore, after)
		d.Kernel = fmt.Sprintf("%s to %s", p.before, p.after)
		return d
	}
	return nil
}

// met gives the state of the socket that dealt with a packet: a SYN that TIME-WAIT takes for a new
// connection is handed on to the listener.
func (c *conn) met(p *passed) string {
	toListener := p.after == "LISTEN" && p.Flags.Has(tcp.SYN) && !p.Flags.Any(tcp.ACK|tcp.RST)
	if p.before == "TIME-WAIT" && (p.after == "SYN-RECEIVED" || toListener) {
		return "LISTEN"
	}
	return p.before
}

// dropOf gives the kernel's drop of a packet, nil if it took it: one with a name counts before one
// without.
func (c *conn) dropOf(p *passed) *lab.Event {
	var found *lab.Event
	for i := range c.ear.events {
		e := &c.ear.events[i]
		if e.about(p) && e.Kind == lab.KindDrop && (found == nil || found.Reason == "NOT_SPECIFIED") {
			found = &e.Event
		}
	}
	return found
}

// about reports whether an event happened while the kernel dealt with a packet, and names it.
func (h *heard) about(p *passed) bool {
	s := h.Segment
	return h.incoming && s != nil && h.nanos >= p.at && h.nanos <= p.done && s.Seq == p.Seq && s.Ack == p.Ack &&
		s.Flags == p.Flags.String() && s.Len == len(p.Payload)
}

// flagsClass gives the flags that decide, and whether there is data.
func flagsClass(p *passed) string {
	f := (p.Flags &^ (tcp.PSH | tcp.URG | tcp.ECE | tcp.CWR)).String()
	if f == "" {
		f = "no flags"
	}
	if len(p.Payload) > 0 {
		f += "+data"
	}
	return f
}

func verdictOf(step *fsm.Step) string {
	if step == nil {
		return "nothing"
	}
	return strings.TrimSuffix(step.Verdict.String()+"/"+step.Reason.String(), "/")
}

// answerOf names what the kernel sent because of a packet, by what decides: "rst", "syn-ack", "ack"
// for one that carries nothing, "late-ack" for one that was owed to an earlier segment, "data" for
// what it would also have sent by itself, "none". What a timer sent meanwhile is no answer.
func (c *conn) answerOf(p *passed) string {
	found := "none"
	for _, a := range p.answers {
		switch {
		case c.byTimer(p, a):
		case a.Flags.Has(tcp.RST):
			return "rst"
		case a.Flags.Has(tcp.SYN | tcp.ACK):
			return "syn-ack"
		case a.Flags.Has(tcp.ACK) && a.SeqLen() == 0:
			found = "ack"
			if a.Ack != p.acked && (p.SeqLen() == 0 || p.Flags.Has(tcp.SYN) || tcp.Seq(a.Ack).Before(tcp.Seq(p.EndSeq()))) {
				found = "late-ack"
			}
		case found == "none":
			found = "data"
		}
	}
	return found
}

// byTimer reports whether a timer ran out while the kernel dealt with a packet and sent what came
// as its answer. A packet may make the kernel send a SYN,ACK again, but only if it is a SYN.
func (c *conn) byTimer(p, a *passed) bool {
	if a.SeqLen() == 0 || p.Flags.Has(tcp.SYN) && !p.Flags.Has(tcp.ACK) && c.dropOf(p) == nil {
		return false
	}
	if a.Flags.Has(tcp.SYN|tcp.ACK) && p.Flags&(tcp.SYN|tcp.ACK) == tcp.ACK {
		return true // which nothing but a timer repeats then
	}
	for i := range c.ear.events {
		h := &c.ear.events[i]
		if h.Kind == lab.KindRetransmit && h.nanos >= p.at-timerSlack && h.nanos <= p.done+timerSlack && h.Segment != nil &&
			h.Segment.Seq == a.Seq {
			return true
		}
	}
	return false
}

// timerSlack is how far from the time that a packet is dealt with a timer's packet may still be
// taken for its answer.
const timerSlack = int64(time.Millisecond)

// answersAs reports whether a predicted response is what the kernel sent. An acknowledgment of what
// was taken may be delayed, and it may ride on data.
func (c *conn) answersAs(p *passed, step *fsm.Step) bool {
	actual := c.answerOf(p)
	switch step.Response {
	case tcp.RespondNone:
		return actual == "none" || actual == "data" || actual == "late-ack"
	case tcp.RespondAck, tcp.RespondChallengeAck:
		return actual == "ack" || actual == "late-ack" || actual == "data" || actual == "none" && c.mayDelay(p, step)
	case tcp.RespondSynAck:
		return actual == "syn-ack"
	case tcp.RespondRst:
		return actual == "rst"
	}
	return false
}

// mayDelay reports whether the kernel may wait with an acknowledgment: of what it took, of what it
// queued when it has sent a few duplicate ones (SACK compression, tcp_comp_sack_delay_ns), and of
// old data while it owes an ACK of new data that would not open the window (__tcp_ack_snd_check).
func (c *conn) mayDelay(p *passed, step *fsm.Step) bool {
	switch step.Verdict {
	case tcp.Accept:
		return true
	case tcp.Queue:
		return c.plan.SACK
	case tcp.Duplicate, tcp.Discard:
		old := step.Reason == tcp.OldData || c.refusedAs(p, "TCP_ZEROWINDOW")
		return old && c.plan.ZeroWindow && uint32(step.Wanted.RcvNxt) != p.acked
	}
	return false
}

// sameState reports whether the tracker's state is the kernel's. Without a connection the two need
// not agree on whether somebody listens.
func sameState(said tcp.State, kernel string) bool {
	none := func(s string) bool { return s == "CLOSED" || s == "LISTEN" || s == "UNKNOWN" }
	return said.String() == kernel || none(said.String()) && none(kernel)
}
