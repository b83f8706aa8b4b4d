package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var timeWaitReuse = &Rule{
	Code:     "time-wait-reuse",
	Title:    "A new connection was accepted on a four-tuple in TIME-WAIT",
	Group:    GroupTimeWait,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "a SYN for a four-tuple in TIME-WAIT is accepted; says by which comparison",
	What: "The client opened a new connection from the same port while the server still held the previous one in TIME-WAIT. " +
		"The server accepted it.",
	Why: "A SYN may end TIME-WAIT when it is certainly newer than the old connection (RFC 6191 section 2, RFC 9293 section " +
		"3.6.1). Linux accepts it if its timestamp is not older than the last one seen and either its sequence number is after " +
		"the next one expected or its timestamp is newer (tcp_timewait_state_process). The server's new initial sequence " +
		"number is then the old connection's next one plus 65537.",
	Confirm: []string{
		"on the server: ss -tn state time-wait 'dport = :CLIENTPORT' before and after",
	},
	Do: []string{
		"Nothing: this is meant to work. If the client's ports come round within a minute, see time-wait-accumulation.",
	},
	Misreadings: []string{
		"tcp_tw_reuse does nothing for accepted connections: it is the connecting side's setting.",
		"TIME-WAIT on the server means that the server closed first.",
	},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused",
		"Zeek: premature_connection_reuse within tcp_connection_linger (5 s)",
		"Suricata: counter flow.tcp_reuse",
		"Snort: 129:1 SYN on established session, when its own timeout is longer",
		"kernel: none of its own on the side that accepts",
	},
	LooksLike: []string{"a TIME-WAIT that had already gone (tcp_max_tw_buckets): then the new initial sequence number is random"},
	says:      saysTimeWaitSYN,
	RFC:       []string{"RFC 6191 section 2", "RFC 9293 section 3.6.1"},
	Kernel:    []string{"tcp_timewait_state_process", "tcp_v4_rcv"},
	Sysctl:    []string{"net.ipv4.tcp_timestamps"},
	needs:     hasFormer,
	wholly:    true,
	check:     checkTimeWaitReuse,
}

var reuseBasis = map[fsm.ReuseBasis]string{
	fsm.BySequence:  "sequence",
	fsm.ByTimestamp: "timestamp",
	fsm.ByBoth:      "both",
}

func checkTimeWaitReuse(c *Case) {
	basis, ok := reuseBasis[c.Former.ReusedBy]
	waits := c.Former.TimeWait
	if !ok || waits == tcp.NoSide || recordedAgain(c.Life) {
		return
	}
	syn := c.step(c.Sides[waits.Peer()].FirstSYN.Frame)
	if syn == nil {
		return
	}
	linux := c.Sides[waits].ISNKnown && c.profile(waits).TimeWaitStep != 0 &&
		c.Sides[waits].ISN == c.Former.SndNxt[waits]+tcp.Seq(c.profile(waits).TimeWaitStep)
	age := syn.Time - c.Former.TimeWaitAt
	d := c.fire()
	d.acts = waits
	d.Blame = BlameSide(waits.Peer())
	if !linux {
		d.unsure(Likely)
	}
	d.trigger(syn, "SYN on a four-tuple in TIME-WAIT")
	d.context(c.step(c.Sides[waits].FirstSYNACK.Frame), "SYN,ACK: accepted")
	d.Title = fmt.Sprintf("%s accepted a SYN on a connection that was in TIME-WAIT for %s", c.addr(waits), dur(age))
	d.Explanation = fmt.Sprintf("%s opened a new connection from a port whose previous connection %s still held in TIME-WAIT, %s "+
		"after that began. %s%s", upper(c.side(waits.Peer())), c.addr(waits), dur(age), reuseText(c, syn),
		outcome(linux, " The server's new first number is the old one plus 65537, as Linux does it.", ""))
	d.note("basis", basis)
	d.note("age", seconds(age))
	d.note("isn_is_old_plus_65537", linux)
}

// reuseText says which comparisons the SYN passed, with both numbers of each.
func reuseText(c *Case, syn *fsm.Step) string {
	waits := c.Former.TimeWait
	next := c.Former.RcvNxt[waits]
	number := fmt.Sprintf("Its sequence number %d is %d after the next one expected, %d", uint32(syn.Seq), syn.Seq.Sub(next),
		uint32(next))
	stamp := fmt.Sprintf("ts timestamp %d is newer than the last one seen, %d", syn.TSval, c.Former.TSRecent[waits])
	switch c.Former.ReusedBy {
	case fsm.BySequence:
		return number + ", so it was accepted."
	case fsm.ByTimestamp:
		return "I" + stamp + ", so it was accepted."
	}
	return number + ", and i" + stamp + "; either is enough."
}
