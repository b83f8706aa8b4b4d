package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var keepaliveTimeout = &Rule{
	Code:     "keepalive-timeout",
	Title:    "Keep-alive probes got no answer",
	Group:    GroupLiveness,
	Severity: Error,
	Since:    "0.1",
	Summary:  "keep-alive probes unanswered until the prober resets or closes; says interval, count and total",
	What: "An idle connection was probed with keep-alives and no answer came. The prober then ended the connection, or the capture " +
		"ended with its probes unanswered.",
	Why: "A keep-alive probe repeats the last number already acknowledged, so that a living peer must acknowledge it (RFC 1122 " +
		"section 4.2.3.6, RFC 9293 section 3.8.4; tcp_keepalive_timer). Linux probes after 7200 s of silence, then every 75 s, " +
		"and after 9 probes without an answer sends a reset and fails the socket: 7875 s in all. Programs often set shorter " +
		"times (TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT).",
	Confirm: []string{
		"on the prober: ss -tno (timer:(keepalive,…)); nstat -az TcpExtTCPKeepAlive TcpExtTCPAbortOnTimeout",
		"sysctl net.ipv4.tcp_keepalive_time net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes",
	},
	Do: []string{
		"Find out whether the peer's host is gone, or a firewall on the way forgot the idle connection.",
		"If a firewall's idle timeout is the cause, let keep-alive probe more often than that timeout.",
	},
	Misreadings: []string{
		"The reset at the end is the prober's own giving up, not the cause.",
		"Keep-alive is off unless the program asks for it (SO_KEEPALIVE): the sysctls alone do nothing.",
	},
	OtherNames: []string{
		"Wireshark: TCP Keep-Alive without TCP Keep-Alive ACK, then RST",
		"Zeek: history T or t when the probes carry a byte",
		"Suricata: tcp.rst in the flow record when the prober resets",
		"Snort: none",
		"kernel: TcpExtTCPKeepAlive, TcpExtTCPAbortOnTimeout, ETIMEDOUT",
	},
	LooksLike: []string{"answers that do not pass the capture point: capture at the prober"},
	says:      saysKeepAlive,
	RFC:       []string{"RFC 9293 section 3.8.4", "RFC 1122 section 4.2.3.6"},
	Kernel:    []string{"tcp_keepalive_timer", "tcp_write_wakeup", "tcp_send_active_reset"},
	Sysctl: []string{"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl",
		"net.ipv4.tcp_keepalive_probes"},
	Counter: []string{"TcpExtTCPKeepAlive", "TcpExtTCPAbortOnTimeout"},
	Absorbs: []string{"abortive-close", "close-with-unread-data", "reset-mid-stream", "peer-unresponsive",
		"idle-timeout-suspected", "segment-out-of-window", "close-wait-leak"},
	needs: hasProbes,
	check: checkKeepaliveTimeout,
}

func checkKeepaliveTimeout(c *Case) {
	if c.OneWay {
		return
	}
	for s := range tcp.NoSide {
		k := &c.Sides[s].Keep
		if k.Count < 2 {
			continue
		}
		rst := c.first(func(st *fsm.Step) bool { return isTCP(st, s, tcp.RST, tcp.SYN) && st.Frame > k.Last.Frame })
		if rst != nil || c.over() && c.Now-k.Last.Time > 2*k.Interval {
			fireKeepaliveTimeout(c, s, k, rst)
		}
	}
}

func fireKeepaliveTimeout(c *Case, s tcp.Side, k *fsm.Probes, rst *fsm.Step) {
	d := c.fire()
	d.acts = s
	d.Blame = BlameUnknown
	for i := range c.Steps {
		st := &c.Steps[i]
		if st.From == s && st.Notes.Has(fsm.KeepAlive) && st.Frame >= k.First.Frame && st.Frame <= k.Last.Frame {
			d.trigger(st, "keep-alive probe without an answer")
		}
	}
	d.trigger(rst, "the prober gives up")
	d.claim(k.First.Frame, c.Last.Frame)
	total := k.IdleBefore + k.Last.Time - k.First.Time
	end, until := fmt.Sprintf("Nothing came back before the capture ended, %s after the last probe.", dur(c.Now-k.Last.Time)), c.Now
	if rst == nil {
		d.unsure(Likely)
	} else {
		end, until = fmt.Sprintf("%s after the last probe it gave up and reset the connection.", dur(rst.Time-k.Last.Time)), rst.Time
		total = k.IdleBefore + rst.Time - k.First.Time
	}
	d.Title = fmt.Sprintf("%s did not answer %s of %s", c.addr(s.Peer()), count(k.Count, "keep-alive probe"), c.addr(s))
	d.Explanation = fmt.Sprintf("After %s of silence %s probed whether %s was still there, %s, %s apart, and got no answer. %s",
		dur(k.IdleBefore), c.side(s), c.addr(s.Peer()), times(k.Count), dur(k.Interval), end)
	d.between(k.First.Time, until)
	d.note("side", s.String())
	d.note("probes", k.Count)
	d.note("interval", seconds(k.Interval))
	d.note("idle_before", seconds(k.IdleBefore))
	d.note("total", seconds(total))
	d.note("reset", rst != nil)
}
