package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var lastAckLost = &Rule{
	Code:     "last-ack-lost",
	Title:    "The last acknowledgment of a close was lost",
	Group:    GroupClosing,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "a FIN comes again to a side in TIME-WAIT, which acknowledges it again and restarts 2MSL",
	What: "The last segment of the close, the acknowledgment of the second FIN, did not arrive in time. The FIN was repeated, " +
		"and the side in TIME-WAIT acknowledged it again.",
	Why: "This is what TIME-WAIT is for (RFC 9293 section 3.6.1): somebody must still be there to acknowledge a repeated FIN. " +
		"The 2MSL timer starts anew, on Linux 60 s from then (tcp_timewait_state_process).",
	Confirm: []string{
		"on the side in TIME-WAIT: ss -tno state time-wait (the timer is back at 60 s)",
		"on the other side: nstat -az TcpRetransSegs; ss -tn state last-ack",
	},
	Do:          []string{"Nothing: TCP has dealt with it."},
	Misreadings: []string{"A repeated FIN to a closed connection is not an attack and not a second close."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [FIN, ACK], TCP Dup ACK",
		"Zeek: none; conn_state SF, and an equal FIN adds no letter to the history",
		"Suricata: stream.timewait_ack_wrong_seq only when the numbers are off",
		"Snort: none",
		"kernel: TcpRetransSegs, TcpExtTCPTimeouts on the side that repeats",
	},
	LooksLike: []string{"a last acknowledgment that was only late: the FIN's timer was shorter than the round trip"},
	says:      saysTimeWait,
	RFC:       []string{"RFC 9293 section 3.6.1", "RFC 9293 section 3.10.7.4"},
	Kernel:    []string{"tcp_timewait_state_process", "tcp_retransmit_timer"},
	Counter:   []string{"TcpRetransSegs"},
	Absorbs: []string{"fin-retransmitted", "challenge-ack", "segment-out-of-window", "paws-discard", "old-duplicate-segment",
		"time-wait-assassination"},
	needs:  hasRepeatedFIN | hasTimeWaitVisit,
	wholly: true,
	check:  checkLastAckLost,
}

func checkLastAckLost(c *Case) {
	fin := c.first(c.finAgain)
	if fin == nil || c.Sides[fin.From].FINAcked.Frame == 0 { // no acknowledgment was sent that could be lost
		return
	}
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	d.context(c.step(c.Sides[fin.From].FirstFIN.Frame), "FIN")
	d.context(c.step(c.Sides[fin.From].FINAcked.Frame), "last acknowledgment")
	for i := range c.Steps {
		if s := &c.Steps[i]; c.finAgain(s) && s.From == fin.From {
			d.trigger(s, "FIN again, to a side in TIME-WAIT")
			d.context(c.answer(s), "acknowledged again")
		}
	}
	c.claimFarewells(d, c.Sides[fin.From].FirstFIN)
	waits := fin.From.Peer()
	after := fin.Time - c.Sides[fin.From].FirstFIN.Time
	d.Title = fmt.Sprintf("%s's last acknowledgment did not arrive in time", c.addr(waits))
	d.Explanation = fmt.Sprintf("%s repeated its FIN %s after the first, while %s was already in TIME-WAIT. There it was acknowledged "+
		"again, and TIME-WAIT starts anew.", upper(c.side(fin.From)), dur(after), c.addr(waits))
	d.note("side", waits.String())
	d.note("after", seconds(after))
}

// finAgain likes a repeated FIN that meets TIME-WAIT.
func (c *Case) finAgain(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.FIN) && !s.Flags.Any(tcp.SYN|tcp.RST) && s.ReceiverBefore == tcp.TimeWait &&
		s.Notes.Has(fsm.Retransmission) && s.Reason != tcp.NoConnection && !c.doubled(s)
}
