package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var timeWaitSynRejected = &Rule{
	Code:     "time-wait-syn-rejected",
	Title:    "A connect met TIME-WAIT and was not accepted",
	Group:    GroupTimeWait,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a SYN for a four-tuple in TIME-WAIT fails the comparison: last ACK again, RST, and the connect stalls or fails",
	What: "The client opened a new connection from a port whose previous connection the server still held in TIME-WAIT. The " +
		"server could not tell the request from an old duplicate, and answered with the old connection's last " +
		"acknowledgment. The client did not know that connection and reset it.",
	Why: "In TIME-WAIT Linux accepts a SYN if its timestamp is not older than the last one seen and either its sequence number " +
		"is after the next one expected or its timestamp is newer (RFC 6191 section 2; tcp_timewait_state_process). Any other " +
		"gets the last acknowledgment again, one in 500 ms (tcp_invalid_ratelimit). The client in SYN-SENT answers that with " +
		"a reset (RFC 9293 section 3.10.7.3), which ends TIME-WAIT unless tcp_rfc1337 is 1, and repeats its SYN, on Linux " +
		"about 10 ms later or at its next timeout.",
	Confirm: []string{
		"on the server: ss -tno state time-wait 'dport = :CLIENTPORT'",
		"on the server: nstat -az TcpExtTCPACKSkippedTimeWait TcpExtPAWSTimewait (TcpExtPAWSEstab before Linux 6.15)",
		"on the client: sysctl net.ipv4.tcp_timestamps; nstat -az TcpOutRsts TcpExtTCPSynRetrans",
	},
	Do: []string{
		"Let the client use more source ports or addresses, or keep connections open, so that a port does not come back within 60 s.",
		"Leave timestamps on at both ends: with them every later SYN of the same host is newer.",
		"Behind NAT several hosts share one address and their timestamps do not fit together: give the NAT more addresses, or let " +
			"it rewrite timestamps.",
		"Let the client close first, so that TIME-WAIT is at its side, where it picks another port.",
	},
	Misreadings: []string{
		"The bare ACK in answer to a SYN is not a broken server or an attack.",
		"tcp_fin_timeout does not shorten TIME-WAIT, and tcp_tw_reuse on the server does nothing for accepted connections.",
		"TIME-WAIT on the server means that the server closed first.",
	},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused, TCP Dup ACK or TCP ACKed unseen segment, RST, TCP Retransmission",
		"Zeek: conn_state RSTOS0 or OTH for the second attempt",
		"Suricata: stream.shutdown_syn_resend (its rule is off by default), stream.timewait_invalid_ack",
		"Snort: 129:4 timestamp outside of PAWS window, 129:15 reset outside window",
		"kernel: TcpExtTCPACKSkippedTimeWait, TcpExtPAWSTimewait, drop reason TCP_RFC7323_TW_PAWS",
	},
	says:    saysTimeWaitSYN,
	RFC:     []string{"RFC 6191 section 2", "RFC 9293 section 3.6.1", "RFC 9293 section 3.10.7.3", "RFC 1337"},
	Kernel:  []string{"tcp_timewait_state_process", "tcp_rcv_synsent_state_process"},
	Sysctl:  []string{"net.ipv4.tcp_timestamps", "net.ipv4.tcp_rfc1337", "net.ipv4.tcp_invalid_ratelimit"},
	Counter: []string{"TcpExtTCPACKSkippedTimeWait", "TcpExtPAWSTimewait", "TcpExtPAWSEstab"},
	Absorbs: []string{"time-wait-assassination", "challenge-ack", "syn-retransmitted", "syn-ack-retransmitted", "paws-discard",
		"rst-out-of-window", "segment-out-of-window", "syn-unanswered", "old-duplicate-segment", "stale-rst", "time-wait-reuse",
		"handshake-failed", "old-duplicate-syn", "last-ack-lost", "rst-from-time-wait"},
	differs: true,
	needs:   hasTimeWaitVisit | hasDiscard,
	check:   checkTimeWaitSynRejected,
}

// refusedInTimeWait likes a SYN that a side in TIME-WAIT did not accept.
func refusedInTimeWait(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.SYN) && !s.Flags.Any(tcp.ACK|tcp.RST) && s.ReceiverBefore == tcp.TimeWait &&
		s.Verdict == tcp.Discard
}

func checkTimeWaitSynRejected(c *Case) {
	syn := c.first(refusedInTimeWait)
	if syn == nil || !c.answeredOrRepeated(syn) {
		return
	}
	d := c.fire()
	d.acts = syn.From.Peer()
	d.Blame = BlameSide(syn.From)
	refused := uint32(0)
	for i := range c.Steps {
		s := &c.Steps[i]
		if !refusedInTimeWait(s) {
			continue
		}
		refused++
		d.trigger(s, "SYN that TIME-WAIT does not accept")
		if ack := c.answer(s); ack != nil {
			d.context(ack, "the old connection's last acknowledgment again")
			d.context(c.answer(ack), "the client's reset of that")
		}
	}
	d.claim(syn.Frame, c.Last.Frame)
	d.carryUntil(c, syn)
	if t := c.Entered(syn.From.Peer(), tcp.TimeWait); t != nil && syn.Time-t.Time <= recordsApart && !c.hasReset(syn) {
		d.unsure(Possible, recordedLate)
	}
	why := whyRefused(syn, c.profile(syn.From.Peer()))
	d.Title = fmt.Sprintf("%s refused a SYN on a connection in TIME-WAIT: %s", c.addr(syn.From.Peer()), why.short)
	d.Explanation = fmt.Sprintf("%s asked for a new connection from a port whose previous connection %s still held in TIME-WAIT. "+
		"%s So the request was %s. ", upper(c.side(syn.From)), c.addr(syn.From.Peer()), why.long, c.refusalText(syn))
	c.tellStall(d, syn)
	d.note("comparison", why.failed)
	d.note("refused", refused)
	why.numbers(d, syn)
}

// refusalText says how TIME-WAIT answered a SYN.
func (c *Case) refusalText(syn *fsm.Step) string {
	switch ack := c.answer(syn); {
	case ack != nil && ack.Flags.Has(tcp.RST):
		return "answered with a reset"
	case ack == nil && c.profile(syn.From.Peer()).TimeWaitSYNAnswer == fsm.AnswerSilence:
		return "dropped without a word"
	}
	return "answered with the old connection's last acknowledgment" + outcome(c.hasReset(syn), ", which the client reset", "")
}

// answeredOrRepeated tells a refusal from a capture that just ends there: the answer is seen, or
// the SYN comes again.
func (c *Case) answeredOrRepeated(syn *fsm.Step) bool {
	taken := syn.Options&tcp.OptCut != 0 // perhaps, for its timestamp
	return c.answer(syn) != nil || c.Next.Known && !taken || c.first(func(s *fsm.Step) bool {
		return refusedInTimeWait(s) && s.Frame > syn.Frame
	}) != nil
}

// hasReset reports whether the sender of the SYN answered the last acknowledgment with a reset.
func (c *Case) hasReset(syn *fsm.Step) bool {
	return c.first(func(s *fsm.Step) bool { return isTCP(s, syn.From, tcp.RST, 0) && s.Frame > syn.Frame }) != nil
}

// tellStall adds how it ended.
func (c *Case) tellStall(d *draft, syn *fsm.Step) {
	if !c.Next.Known {
		d.Explanation += "No connection came of it in this capture."
		d.between(syn.Time, max(c.Last.Time, syn.Time))
		d.note("connected", false)
		return
	}
	stall := c.Next.SYN.Time - syn.Time
	if unknown := c.Sides[syn.From.Peer()].Stack == fsm.AnyStack; unknown && c.hasReset(syn) {
		// It may have ended TIME-WAIT, or not: what answers the next request tells.
		d.Explanation += fmt.Sprintf("Another request came after %s.", dur(stall))
	} else {
		d.Explanation += fmt.Sprintf("A later request, after %s, was accepted.", dur(stall))
		d.note("connected", true)
	}
	c.tellHeld(d, syn)
	d.between(syn.Time, c.Next.SYN.Time)
	d.note("stall", seconds(stall))
}

// refusal says which comparison a SYN failed in TIME-WAIT.
type refusal struct{ failed, short, long string }

// whyRefused compares as the stack does (Profile.TimeWaitSYN). Linux: an older timestamp refuses
// alone; without it the sequence number must be after the next one expected or the timestamp newer.
func whyRefused(syn *fsm.Step, p *fsm.Profile) refusal {
	w := &syn.Wanted
	switch p.TimeWaitSYN {
	case fsm.SYNNever:
		return refusal{"never", "its stack takes none there", p.System + " takes no request in TIME-WAIT."}
	case fsm.SYNBeyondWindow:
		edge := w.RcvNxt + tcp.Seq(w.RcvWnd)
		return refusal{"sequence", fmt.Sprintf("its sequence number is %d too low", int64(edge.Sub(syn.Seq))+1),
			fmt.Sprintf("Its sequence number %d is not beyond the old receive window, which ends at %d.", uint32(syn.Seq), uint32(edge))}
	case fsm.SYNNewerEither, fsm.SYNNewerStamp, fsm.SYNNewerSeq:
	}
	stamped := syn.Options&tcp.OptTimestamps != 0 && w.TSKnown && p.TimeWaitSYN != fsm.SYNNewerSeq
	if stamped && tcp.TSBefore(syn.TSval, w.TSRecent) {
		return refusal{"timestamp", fmt.Sprintf("its timestamp is %d older", w.TSRecent-syn.TSval),
			fmt.Sprintf("Its timestamp %d is older than the last one seen, %d; that alone refuses it, whatever its sequence number.",
				syn.TSval, w.TSRecent)}
	}
	behind := w.RcvNxt.Sub(syn.Seq)
	r := refusal{"sequence", fmt.Sprintf("its sequence number is %d too low", int64(behind)+1),
		fmt.Sprintf("Its sequence number %d is not after the next one expected, %d", uint32(syn.Seq), uint32(w.RcvNxt))}
	switch {
	case stamped:
		r.long += fmt.Sprintf(", and its timestamp %d is not newer than the last one seen, %d.", syn.TSval, w.TSRecent)
	case p.TimeWaitSYN == fsm.SYNNewerSeq:
		r.long += ", and timestamps do not count."
	default:
		r.long += ", and there is no timestamp to compare."
	}
	return r
}

// numbers adds both numbers of each comparison.
func (refusal) numbers(d *draft, syn *fsm.Step) {
	d.note("seq", uint32(syn.Seq))
	d.note("rcv_nxt", uint32(syn.Wanted.RcvNxt))
	if syn.Options&tcp.OptTimestamps != 0 {
		d.note("tsval", syn.TSval)
	}
	if syn.Wanted.TSKnown {
		d.note("ts_recent", syn.Wanted.TSRecent)
	}
}

// tellHeld says how long TIME-WAIT had lasted when a SYN was refused that came in a life of its
// own, after a reset that would have ended TIME-WAIT or after its time: it lives all the same.
func (c *Case) tellHeld(d *draft, syn *fsm.Step) {
	entered := c.Former.WasTimeWait[syn.From.Peer()]
	if !c.Former.Known || entered == 0 {
		return
	}
	held, until := syn.Time-entered, c.Next.SYN.Time-entered
	d.Explanation += fmt.Sprintf(" The old connection had been in TIME-WAIT for %s by then, and neither a reset nor the time had ended "+
		"that. The next request came %s after TIME-WAIT began.", dur(held), dur(until))
	d.note("held", seconds(held))
	d.note("next_after", seconds(until))
}
