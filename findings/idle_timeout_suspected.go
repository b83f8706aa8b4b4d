package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var idleTimeoutSuspected = &Rule{
	Code:     "idle-timeout-suspected",
	Title:    "Something on the way forgot the idle connection",
	Group:    GroupLiveness,
	Severity: Error,
	Since:    "0.1",
	Summary:  "after a long idle period the next segment gets no answer, or a RST that the peer did not cause",
	What: "The connection had been silent for a while, with both sides alive before. The first segment after that got no answer at " +
		"all, or was reset at once.",
	Why: "Firewalls, NAT devices and load balancers keep a table of connections and drop an entry that was idle for too long; TCP " +
		"itself has no such limit (RFC 5382 asks for 2 h 4 min at the least, many devices use minutes). What comes after is dropped " +
		"silently, or answered with a reset that neither end sent.",
	Confirm: []string{
		"capture at both ends: the segment leaves one side and does not reach the other",
		"on both ends: ss -tn still shows the connection as established",
		"the idle timeout of each firewall, NAT and load balancer on the way (Linux: net.netfilter.nf_conntrack_tcp_timeout_established)",
	},
	Do: []string{
		"Let one side send keep-alives more often than the shortest idle timeout (SO_KEEPALIVE with TCP_KEEPIDLE, or the application's own).",
		"Raise the device's idle timeout, or let connection pools drop idle connections before it.",
	},
	Misreadings: []string{
		"Neither end closed or crashed; both still believe in the connection.",
		"Linux's keep-alive of 7200 s is too late for most firewalls.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission after a long gap, or Connection reset (RST)",
		"Zeek: history T or t, or conn_state RSTO or RSTR",
		"Suricata: tcp.rst in the flow record when it was a RST",
		"Snort: none",
		"kernel: TcpExtTCPTimeouts, TcpExtTCPAbortOnTimeout, TcpEstabResets",
		"nf_conntrack: invalid packets after the timeout",
		"cloud load balancers: idle timeout",
	},
	LooksLike: []string{
		"a peer that crashed or rebooted during the silence: its uptime tells",
		"a path that broke at that moment: other connections to the same host fail too",
	},
	RFC:    []string{"RFC 5382 section 5", "RFC 9293 section 3.8.4"},
	Kernel: []string{"tcp_retransmit_timer", "tcp_keepalive_timer"},
	Sysctl: []string{"net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_keepalive_intvl"},
	Absorbs: []string{"peer-unresponsive", "reset-mid-stream", "rst-injection-suspected", "data-after-close", "peer-rebooted",
		"retransmission-burst", "abortive-close", "fin-unacknowledged"},
	needs: hasSpace,
	check: checkIdleTimeout,
}

func checkIdleTimeout(c *Case) {
	if c.OneWay || !c.Sides[0].FirstData.Seen() && !c.Sides[1].FirstData.Seen() {
		return
	}
	closed := c.Sides[0].FINs+c.Sides[1].FINs > 0
	if rst := c.first(c.resetsAfterIdle); rst != nil && (!closed || c.closedAfterIdle() && c.oddTTL(rst)) {
		d := fireIdleTimeout(c, rst.From.Peer(), "and a reset came back at once")
		d.trigger(rst, "reset after the silence")
		d.claim(min(c.IdleEnd.Frame, rst.Frame), c.Last.Frame)
		d.between(c.IdleEnd.Time, rst.Time)
		d.note("reset", true)
		return
	}
	if closed {
		return
	}
	for s := range tcp.NoSide {
		b := &c.Sides[s].Backoff
		deaf := b.Count >= deafAfter && !b.Heard.Seen() && c.Sides[s.Peer()].Last.Time < c.IdleEnd.Time && growing(b)
		if c.over() && deaf && b.First.Frame >= c.IdleEnd.Frame && b.First.Time-c.IdleEnd.Time < c.RTT+outage {
			d := fireIdleTimeout(c, s, fmt.Sprintf("and repeated that %s; nothing came back", times(b.Count)))
			c.showRun(d, s, b)
			d.between(c.IdleEnd.Time, c.Now)
			d.note("reset", false)
			d.note("repetitions", b.Count)
		}
	}
}

// closedAfterIdle reports whether the first FIN came only when the longest silence was over: it met
// what a data segment would have met.
func (c *Case) closedAfterIdle() bool {
	for s := range tcp.NoSide {
		if fin := c.Sides[s].FirstFIN; fin.Seen() && fin.Frame < c.IdleEnd.Frame {
			return false
		}
	}
	return true
}

// resetsAfterIdle likes a reset that answers the first segment after the longest silence, from a
// side that said nothing else.
func (c *Case) resetsAfterIdle(s *fsm.Step) bool {
	if s.Kind != tcp.KindTCP || !s.Flags.Has(tcp.RST) || s.Verdict != tcp.Reset || !cutsShort(s.ReceiverBefore) {
		return false
	}
	after := s.Time - c.IdleEnd.Time
	return after >= 0 && after < c.RTT+outage && (!s.Flags.Has(tcp.ACK) && c.asked(s) || c.oddTTL(s))
}

// asked reports whether the peer of a reset's sender spoke first after the longest silence. If
// nobody did, the reset answers nothing: its sender has ended the connection by itself.
func (c *Case) asked(rst *fsm.Step) bool {
	if first := c.step(c.IdleEnd.Frame); first != nil {
		return first.From != rst.From
	}
	return c.Sides[rst.From.Peer()].LastData.Frame >= c.IdleEnd.Frame
}

func fireIdleTimeout(c *Case, speaker tcp.Side, what string) *draft {
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	if first := c.step(c.IdleEnd.Frame); first != nil && !first.Flags.Has(tcp.RST) {
		d.trigger(first, "first segment after the silence")
	}
	d.Title = fmt.Sprintf("After %s of silence the connection between %s and %s no longer worked", dur(c.MaxIdle), c.addr(0), c.addr(1))
	d.Explanation = fmt.Sprintf("Both sides had been alive. After %s of silence %s sent again %s. A firewall, NAT device or load balancer "+
		"on the way had most likely forgotten the connection.", dur(c.MaxIdle), c.side(speaker), what)
	d.note("idle", seconds(c.MaxIdle))
	return d
}

// repeated names what a run of retransmissions repeats: "400 bytes from number 301 on".
func (c *Case) repeated(s tcp.Side, b *fsm.Backoff) string {
	number := "number " + c.seq(s, b.Seq)
	others := c.first(func(st *fsm.Step) bool {
		return st.From == s && st.Frame > b.First.Frame && st.Frame <= b.Last.Frame && st.Notes.Has(fsm.Retransmission) && st.Seq != b.Seq
	})
	switch st := c.step(b.Last.Frame); {
	case others != nil:
		return "what it had sent from " + number + " on"
	case st == nil:
	case st.Len > 0:
		return count(st.Len, "byte") + " from " + number + " on"
	case st.Flags.Has(tcp.FIN):
		return "its FIN (" + number + ")"
	}
	return number
}

// showRun adds a run of retransmissions to a finding.
func (c *Case) showRun(d *draft, s tcp.Side, b *fsm.Backoff) {
	for i := range c.Steps {
		st := &c.Steps[i]
		switch again := st.Notes.Has(fsm.Retransmission); {
		case st.Kind != tcp.KindTCP || st.From != s || st.Frame > b.Last.Frame:
		case again && st.Frame >= b.First.Frame:
			d.trigger(st, "sent again")
		case !again && (st.Frame == b.First.Frame || st.Len > 0 && st.Seq == b.Seq):
			d.context(st, "sent first")
		}
	}
	d.claim(b.First.Frame, b.Last.Frame)
}
