package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var timeWaitAssassination = &Rule{
	Code:     "time-wait-assassination",
	Title:    "A reset reached a side in TIME-WAIT",
	Group:    GroupTimeWait,
	Severity: Warning,
	Since:    "0.1",
	Summary: "a RST with the exact number reaches TIME-WAIT: with tcp_rfc1337=0 it ends it early, with 1 it is ignored (a notice if it " +
		"answers one more acknowledgment of the last FIN)",
	What: "A side in TIME-WAIT received a reset with exactly the number that it expected next. On a stock Linux host that ends " +
		"TIME-WAIT before its time.",
	Why: "RFC 1337 names the hazard: an old segment arrives in TIME-WAIT and is answered with an acknowledgment; the peer, closed " +
		"long since, resets that; and the reset ends the very state that is there to absorb old segments. Linux obeys such a " +
		"reset with tcp_rfc1337 0, the default, and ignores it with 1 (tcp_timewait_state_process); the kernel's " +
		"documentation reads the other way round.",
	Confirm: []string{
		"on the side in TIME-WAIT: sysctl net.ipv4.tcp_rfc1337",
		"on the side in TIME-WAIT: ss -tn state time-wait for the four-tuple, after the reset",
	},
	Do: []string{
		"Set net.ipv4.tcp_rfc1337=1 on hosts whose ports come round quickly, so that old segments cannot enter a new connection.",
		"Find what sent the old segment or the reset.",
	},
	Misreadings: []string{"The connection was over: no data was lost by this. What is lost is the protection of the next one."},
	OtherNames: []string{
		"Wireshark: Connection reset (RST) after both FINs",
		"Zeek: conn_state SF, history with a late r or R",
		"Suricata: stream.rst_invalid_ack only when the acknowledgment is off",
		"Snort: none",
		"kernel: no counter of its own; a late segment that led to it may show in TcpExtPAWSTimewait",
	},
	LooksLike: []string{"a host with tcp_rfc1337=1, where the reset did nothing: give --sysctl ADDR:net.ipv4.tcp_rfc1337=1"},
	says:      saysTimeWaitRST,
	RFC:       []string{"RFC 1337", "RFC 9293 section 3.10.7.4"},
	Kernel:    []string{"tcp_timewait_state_process", "inet_twsk_deschedule_put"},
	Sysctl:    []string{"net.ipv4.tcp_rfc1337"},
	Absorbs:   []string{"stale-rst", "segment-out-of-window", "challenge-ack"},
	differs:   true,
	needs:     hasTimeWaitVisit | hasRST,
	check:     checkTimeWaitAssassination,
}

func checkTimeWaitAssassination(c *Case) {
	rst := c.first(func(s *fsm.Step) bool {
		return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) && s.ReceiverBefore == tcp.TimeWait && !c.endsBoth(s) &&
			(s.Verdict == tcp.Reset || s.Verdict == tcp.Discard && s.Wanted.Known && s.Seq == s.Wanted.RcvNxt)
	})
	if rst == nil {
		return
	}
	waits := rst.From.Peer()
	d := c.fire()
	d.acts = waits
	d.Blame = BlameUnknown
	ack := c.step(rst.Answers)
	if ack != nil {
		d.context(c.step(ack.Answers), "old segment that met TIME-WAIT")
		d.context(ack, "acknowledgment of that")
		d.claimTo(max(ack.Answers, 1), rst)
	}
	d.trigger(rst, "reset that reaches TIME-WAIT")
	ended := rst.Verdict == tcp.Reset
	proof := c.shownAfter(rst)
	switch {
	case proof != nil:
	case ended:
		d.unsure(Likely)
	case foreign(c.Sides[waits].Stack): // that it ignores the reset is its stack's way
		d.Severity = Info
	default:
		d.unsure(Likely, "a host that had tcp_rfc1337 at 0 at that time, where the reset ended TIME-WAIT: sysctl net.ipv4.tcp_rfc1337 there")
	}
	if c.repeatsFarewell(rst) {
		d.Severity = Notice
	}
	d.context(proof, outcome(ended, "what shows that TIME-WAIT was over", "what shows that TIME-WAIT went on"))
	age := int64(0)
	if t := c.Entered(waits, tcp.TimeWait); t != nil {
		age = rst.Time - t.Time
	}
	d.Title = fmt.Sprintf("A reset reached %s %s into TIME-WAIT%s", c.addr(waits), dur(age), outcome(ended, " and ended it", ""))
	d.Explanation = fmt.Sprintf("%s was in TIME-WAIT for %s when a reset came with number %s, exactly the next one expected. %s",
		upper(c.side(waits)), dur(age), c.seq(rst.From, rst.Seq), assassinated(c.profile(waits), ended))
	d.note("age", seconds(age))
	d.note("ended", ended)
	d.note("shown", proof != nil)
}

// assassinated says what a reset did to TIME-WAIT.
func assassinated(p *fsm.Profile, ended bool) string {
	exposed := "ended TIME-WAIT, so old segments can now meet a new connection unhindered."
	switch {
	case foreign(p.Stack) && ended:
		return "That " + exposed
	case foreign(p.Stack):
		return fmt.Sprintf("%s ignores that.", p.System)
	case ended:
		return "With tcp_rfc1337 at 0 that " + exposed
	}
	return "With tcp_rfc1337 at 1 it was ignored."
}

// endsBoth reports whether a reset is the last word of a socket that has sent its FIN: it
// acknowledges, which one that answers an old segment does not (tcp_send_active_reset,
// tcp_v4_send_reset). It comes right after the FIN. Nothing old meets TIME-WAIT then, and nothing
// is lost.
func (c *Case) endsBoth(rst *fsm.Step) bool {
	fin := c.ownFIN(rst)
	return fin != nil && rst.Flags.Has(tcp.ACK) && rst.Answers == 0 && rst.Seq == fin.EndSeq()
}

// repeatsFarewell reports whether rst is a closed side's answer to one more last acknowledgment:
// both FINs had been acknowledged by then, so that nothing can be lost by it.
func (c *Case) repeatsFarewell(rst *fsm.Step) bool {
	ack := c.step(rst.Answers)
	if !isTCP(rst, rst.From, tcp.RST, tcp.ACK|tcp.SYN) || !rst.Notes.Has(fsm.FromFormerPeer) || ack == nil || ack.Len > 0 {
		return false
	}
	for s := range tcp.NoSide {
		if acked := c.Sides[s].FINAcked; !acked.Seen() || acked.Frame > rst.Frame {
			return false
		}
	}
	old := c.step(ack.Answers)
	return old == nil || old.Len == 0 || old.Flags.Has(tcp.FIN)
}

// claimFarewells lets a finding about a FIN that was sent again explain such resets after that.
func (c *Case) claimFarewells(d *draft, fin fsm.Mark) {
	for i := range c.Steps {
		if s := &c.Steps[i]; s.Frame > fin.Frame && c.repeatsFarewell(s) {
			d.claim(s.Frame, s.Frame)
		}
	}
}

// shownAfter gives a later segment to the side that was in TIME-WAIT whose answer shows what the
// reset had done: a reset by a socket that is gone, or the last acknowledgment by one that is not.
func (c *Case) shownAfter(rst *fsm.Step) *fsm.Step {
	ended := rst.Verdict == tcp.Reset
	return c.first(func(s *fsm.Step) bool {
		return isTCP(s, rst.From.Peer(), 0, tcp.SYN) && s.Frame > rst.Frame && s.Flags.Has(tcp.RST) == ended
	})
}
