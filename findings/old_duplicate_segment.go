package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var oldDuplicateSegment = &Rule{
	Code:     "old-duplicate-segment",
	Title:    "A segment came long after its time",
	Group:    GroupTimeWait,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a segment of an earlier incarnation arrives in a later one, or in TIME-WAIT; whether it was harmless",
	What: "The network held a segment back and delivered it, or delivered it a second time, when its connection was over: in " +
		"TIME-WAIT, or in a new connection of the same four-tuple.",
	Why: "This is what TIME-WAIT and timestamps guard against (RFC 9293 section 3.6.1, RFC 7323 section 5). TIME-WAIT answers it " +
		"with the last acknowledgment. A new connection refuses it because its number is out of the window, its timestamp is " +
		"old (PAWS), or its acknowledgment fits nothing that was sent (RFC 5961 section 5). If all of these fit by chance, its " +
		"bytes would become part of the new connection.",
	Confirm: []string{
		"on the receiver: nstat -az TcpExtPAWSTimewait TcpExtPAWSEstab TcpExtTCPChallengeACK",
		"capture at both ends: one packet sent, two or a late one received, proves the network",
	},
	Do: []string{
		"Look for a device that holds, loops or duplicates packets: load-balancing over unequal paths, a layer 2 loop, an overlay that failed over.",
		"Keep timestamps on, and do not shorten TIME-WAIT, where ports come round quickly.",
	},
	Misreadings: []string{"The answering ACK is no sign of loss, and the sender did not retransmit."},
	OtherNames: []string{
		"Wireshark: TCP Spurious Retransmission, TCP Out-Of-Order, TCP Dup ACK",
		"Zeek: TCP_seq_underflow_or_misorder, history T or t",
		"Suricata: stream.pkt_spurious_retransmission, stream.pkt_invalid_timestamp",
		"Snort: 129:4 timestamp outside of PAWS window",
		"kernel: TcpExtPAWSTimewait, TcpExtPAWSEstab, drop reason TCP_RFC7323_TW_PAWS",
	},
	LooksLike: []string{"a forged segment whose maker knew the old connection's numbers: compare TTL and IP ID"},
	RFC:       []string{"RFC 9293 section 3.6.1", "RFC 1337", "RFC 7323 section 5.3", "RFC 5961 section 5"},
	Kernel:    []string{"tcp_timewait_state_process", "tcp_validate_incoming", "tcp_ack"},
	Counter:   []string{"TcpExtPAWSTimewait", "TcpExtPAWSEstab", "TcpExtTCPChallengeACK"},
	Absorbs:   []string{"paws-discard", "challenge-ack", "segment-out-of-window", "ack-of-unsent-data"},
	wholly:    true,
	needs:     hasAfterlife,
	check:     checkOldDuplicateSegment,
}

// lateEnough is how long after TIME-WAIT began a segment is no longer an ordinary retransmission;
// with a timestamp from before the end it is none, and the time is one in which networks reorder.
const (
	lateEnough = 1e9
	lateBefore = 200e6
)

// oldDuplicate likes a segment that came after its connection was over.
func (c *Case) oldDuplicate(s *fsm.Step) bool {
	if s.Kind != tcp.KindTCP || s.Flags.Any(tcp.SYN|tcp.RST) {
		return false
	}
	if s.ReceiverBefore != tcp.TimeWait {
		return c.ofFormer(s) && s.ReceiverBefore != tcp.SynSent
	}
	began := c.Entered(s.From.Peer(), tcp.TimeWait)
	if s.Len == 0 || c.finAgain(s) || s.Verdict != tcp.Discard || began == nil || s.Wanted.Known && s.Seq.After(s.Wanted.RcvNxt) {
		return false // what is numbered beyond the connection's end is not old
	}
	age := s.Time - began.Time - c.RTT
	if s.Reason == tcp.PAWS { // sent so long before what ended the connection, at a tick a millisecond
		return age > lateBefore || int64(int32(s.Wanted.TSRecent-s.TSval))*1e6 > lateEnough
	}
	return age > lateEnough
}

func checkOldDuplicateSegment(c *Case) {
	old := c.first(c.oldDuplicate)
	if old == nil {
		return
	}
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	if c.soonAfterFormer(old) {
		d.unsure(Possible, recordedLate)
	}
	n := 0
	for i := range c.Steps {
		s := &c.Steps[i]
		if !c.oldDuplicate(s) {
			continue
		}
		n++
		d.trigger(s, "segment that came after its time")
		d.context(c.answer(s), "its answer")
	}
	harmless := old.Verdict == tcp.Discard || old.Verdict == tcp.Duplicate
	d.Title = fmt.Sprintf("%s of %s came after its connection was over", upper(segmentText(old)), c.addr(old.From))
	where := fmt.Sprintf("when %s was in TIME-WAIT", c.addr(old.From.Peer()))
	if old.ReceiverBefore != tcp.TimeWait {
		where = "in a new connection of the same addresses and ports"
	}
	d.Explanation = fmt.Sprintf("%s of %s came late, %s. %s", upper(segmentText(old)), c.side(old.From), where, keptOut(old))
	d.note("count", n)
	d.note("harmless", harmless)
	d.note("kept_out_by", old.Reason.String())
}

// keptOut says what kept an old segment out, or that nothing did.
func keptOut(s *fsm.Step) string {
	switch s.Reason {
	case tcp.PAWS:
		return fmt.Sprintf("Its timestamp %d, older than %d, kept it out.", s.TSval, s.Wanted.TSRecent)
	case tcp.AckUnacceptable:
		return fmt.Sprintf("Its sequence number would have fitted; only its acknowledgment %d, which fits nothing that was sent, kept it "+
			"out.", uint32(s.Ack))
	case tcp.InTimeWait:
		return "TIME-WAIT took it and answered with the last acknowledgment, as it is there for."
	}
	if s.Verdict == tcp.Discard || s.Verdict == tcp.Duplicate {
		return "Its number was outside of what was expected, so it did no harm."
	}
	return "Nothing kept it out: its bytes became part of the new connection."
}
