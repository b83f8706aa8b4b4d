package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var windowScaleIgnored = &Rule{
	Code:     "window-scale-ignored",
	Title:    "Something on the way takes the window without its scale",
	Group:    GroupLiveness,
	Severity: Error,
	Since:    "0.1",
	Summary:  "all that lies beyond the acknowledged plus the unscaled window is lost",
	What: "All data that lay beyond the receiver's window as it stands in the header was lost, and all that lay within it passed. The two " +
		"ends had agreed to multiply that number by a scale.",
	Why: "Both ends said in their SYNs by what power of two their windows are to be multiplied (RFC 7323 section 2.3), and do so " +
		"(tcp_parse_options, tcp_select_window). A firewall that watches sequence numbers must read that option in both SYNs. If it does not " +
		"know it, or did not see the SYNs, it takes the number as it is and drops what seems to lie outside. The sender repeats it after a " +
		"timeout, a piece at a time, so that a transfer crawls or stands still.",
	Confirm: []string{
		"on the sender: ss -tin dst RECEIVER (wscale, rto, backoff, retrans)",
		"capture on both sides of the firewall: what lies beyond enters it and does not come out",
		"on a Linux device on the way: sysctl net.netfilter.nf_conntrack_tcp_be_liberal; dmesg | grep 'invalid packet'",
	},
	Do: []string{
		"Find the firewall or load balancer that checks sequence numbers, and update it or let it be liberal about windows.",
		"Let it see both directions and the SYNs of each connection: after a failover, or with asymmetric routes, it does not know the scale.",
		"Until then: net.ipv4.tcp_window_scaling=0 on one end.",
	},
	Misreadings: []string{
		"It is no loss by chance: within the unscaled window nothing is lost.",
		"The receiver's window is not small: it is the scaled one that counts.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, TCP Window Full does not show",
		"Zeek: history T or t",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpRetransSegs, TcpExtTCPTimeouts",
	},
	LooksLike: []string{"a policer or a queue with room for one segment: it lets the first of each burst pass, wherever it lies"},
	RFC:       []string{"RFC 7323 section 2.3", "RFC 7323 section 2.2"},
	Kernel:    []string{"tcp_select_window", "tcp_in_window", "tcp_retransmit_timer"},
	Sysctl:    []string{"net.ipv4.tcp_window_scaling", "net.netfilter.nf_conntrack_tcp_be_liberal"},
	Counter:   []string{"TcpRetransSegs", "TcpExtTCPTimeouts"},
	Absorbs:   []string{"retransmission-burst", "connection-recovered", "peer-unresponsive"},
	wholly:    true,
	needs:     hasRetransmission,
	check:     checkWindowScaleIgnored,
}

func checkWindowScaleIgnored(c *Case) {
	for s := range tcp.NoSide {
		u := &c.Sides[s].Unscaled
		if u.LostBeyond >= splitAt && u.PassedWithin >= splitAt && u.LostWithin == 0 && c.Sides[s.Peer()].WScale > 0 {
			fireWindowScaleIgnored(c, s, u)
		}
	}
}

func fireWindowScaleIgnored(c *Case, s tcp.Side, u *fsm.Unscaled) {
	receiver := &c.Sides[s.Peer()]
	d := c.fire()
	d.acts = s
	d.Blame = BlamePath
	d.unsure(Likely)
	var first, last *fsm.Step
	for st := range c.all(func(st *fsm.Step) bool { return st.From == s && st.Notes.Has(fsm.Retransmission) }) {
		if first == nil {
			first = st
		}
		last = st
		d.trigger(st, "sent again, when the window had moved on")
	}
	if first == nil {
		c.drop()
		return
	}
	d.claim(first.Frame, last.Frame)
	d.between(first.Time, last.Time)
	d.Title = fmt.Sprintf("What %s sends beyond the unscaled window of %s is lost: %d of %d", c.addr(s), c.addr(s.Peer()), u.LostBeyond, u.LostBeyond)
	d.Explanation = fmt.Sprintf("%s agreed to multiply its window by %d. From the first repetition on, all %d transmissions that lay beyond the "+
		"window without that were lost, and all %d within it were acknowledged. A firewall on the way takes the window as it stands in the header.",
		upper(c.side(s.Peer())), 1<<receiver.WScale, u.LostBeyond, u.PassedWithin)
	d.note("side", s.String())
	d.note("scale", receiver.WScale)
	d.note("lost_beyond", u.LostBeyond)
	d.note("passed_within", u.PassedWithin)
}
