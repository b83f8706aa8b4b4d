package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var portReusedEarly = &Rule{
	Code:     "port-reused-early",
	Title:    "The closer itself used the port again within TIME-WAIT",
	Group:    GroupTimeWait,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "the active closer reopened the four-tuple within 2MSL (tcp_tw_reuse); says the age of the TIME-WAIT",
	What: "The side that had closed first, and so held TIME-WAIT, opened a new connection to the same destination from the same " +
		"port before the 60 s were over.",
	Why: "With timestamps on, a host may use its own TIME-WAIT again for an outgoing connection, as its new timestamps are newer " +
		"(RFC 6191; tcp_twsk_unique). Linux does so for ports that it picks itself after 1 s with tcp_tw_reuse 1 (the default, " +
		"2, means on loopback only), and for a port that the program bound. The SYN then carries a timestamp echo that is not 0.",
	Confirm: []string{
		"on the closer: nstat -az TcpExtTWRecycled; sysctl net.ipv4.tcp_tw_reuse net.ipv4.ip_local_port_range",
		"on the closer: ss -s (timewait), and strace for bind before connect",
	},
	Do: []string{
		"Nothing, as long as the peer had received the last acknowledgment. If connects then meet syn-in-last-ack, give the host more ports or addresses.",
		"Programs that bind a fixed source port should leave the choice to the kernel.",
	},
	Misreadings: []string{
		"tcp_tw_reuse does nothing for accepted connections.",
		"It is not tcp_tw_recycle, which broke clients behind NAT and left the kernel with Linux 4.12.",
	},
	OtherNames: []string{
		"Wireshark: TCP Port numbers reused",
		"Zeek: premature_connection_reuse within tcp_connection_linger (5 s)",
		"Suricata: counter flow.tcp_reuse",
		"Snort: none",
		"kernel: TcpExtTWRecycled",
	},
	LooksLike: []string{
		"a TIME-WAIT that had gone early: dropped for lack of room (tcp_max_tw_buckets) or ended by a reset that is not in the capture",
		"another host behind the same NAT address that happens to use the port",
	},
	says:    saysTimeWait,
	RFC:     []string{"RFC 6191 section 2", "RFC 9293 section 3.6.1"},
	Kernel:  []string{"tcp_twsk_unique", "__inet_check_established"},
	Sysctl:  []string{"net.ipv4.tcp_tw_reuse", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_max_tw_buckets"},
	Counter: []string{"TcpExtTWRecycled"},
	needs:   hasFormer,
	wholly:  true,
	check:   checkPortReusedEarly,
}

func checkPortReusedEarly(c *Case) {
	closer := c.Former.TimeWait
	if c.Former.ReusedBy != fsm.ByOwner || closer == tcp.NoSide || recordedAgain(c.Life) {
		return
	}
	syn := c.step(c.Sides[closer].FirstSYN.Frame)
	if syn == nil {
		return
	}
	age := syn.Time - c.Former.TimeWaitAt
	if age < 0 || age >= int64(c.profile(closer).TimeWait) {
		return
	}
	d := c.fire()
	d.acts = closer
	d.Blame = BlameSide(closer)
	if syn.TSecr == 0 {
		d.unsure(Likely)
		if age <= recordsApart {
			d.unsure(Possible, recordedLate)
		}
	}
	d.trigger(syn, "SYN from a port whose TIME-WAIT is not over")
	d.Title = fmt.Sprintf("%s used its port again %s into TIME-WAIT", c.addr(closer), dur(age))
	d.Explanation = fmt.Sprintf("%s had closed the previous connection to %s and still owed it a TIME-WAIT of %s. It opened a new "+
		"one from the same port only %s after that began.%s", upper(c.side(closer)), c.addr(closer.Peer()), text(c.profile(closer).TimeWait), dur(age),
		outcome(syn.TSecr != 0, " The new SYN echoes a timestamp of the old connection, which shows that the kernel reused its "+
			"own TIME-WAIT.", ""))
	d.note("age", seconds(age))
	d.note("tsecr", syn.TSecr)
}
