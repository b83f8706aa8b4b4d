package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var zeroWindow = &Rule{
	Code:     "zero-window",
	Title:    "A receiver closed its window",
	Group:    GroupLiveness,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a receiver closed its window; says how long, how many probes, and whether it reopened (info if nobody had to wait)",
	What: "A side announced a receive window of 0: its application did not read as fast as data came, its buffer is full, and the " +
		"sender must wait.",
	Why: "The window tells how much room the receiver has (RFC 9293 section 3.8.6). At 0 the sender stops and probes from time to " +
		"time, at growing intervals, whether it has opened again (tcp_probe_timer). So it is the receiving application that sets the " +
		"pace, not the network.",
	Confirm: []string{
		"on the receiver: ss -tnmi (Recv-Q large; skmem r near rb); which thread reads the socket?",
		"on the receiver: nstat -az TcpExtTCPToZeroWindowAdv TcpExtTCPFromZeroWindowAdv; on the sender: TcpExtTCPWinProbe",
	},
	Do: []string{
		"Find out why the application does not read: blocked on a disk, a lock, another connection, or out of CPU.",
		"If it reads steadily and the windows are short, raise net.ipv4.tcp_rmem or the socket's buffer.",
	},
	Misreadings: []string{
		"A zero window is not congestion and no fault of the network or the sender.",
		"A larger buffer only delays it if the application stays slower than the sender.",
		"A window that is closed for less than a retransmission timeout (200 ms) is ordinary flow control, and info only.",
	},
	OtherNames: []string{
		"Wireshark: TCP ZeroWindow, TCP ZeroWindowProbe, TCP Window Full",
		"Zeek: history W or w",
		"Suricata: none",
		"Snort: 129:19 TCP window closed before receiving data",
		"kernel: TcpExtTCPToZeroWindowAdv, TcpExtTCPWinProbe",
	},
	RFC:     []string{"RFC 9293 section 3.8.6", "RFC 9293 section 3.8.6.1"},
	Kernel:  []string{"tcp_select_window", "tcp_probe_timer", "tcp_write_wakeup"},
	Sysctl:  []string{"net.ipv4.tcp_rmem"},
	Counter: []string{"TcpExtTCPToZeroWindowAdv", "TcpExtTCPFromZeroWindowAdv", "TcpExtTCPWantZeroWindowAdv", "TcpExtTCPWinProbe"},
	Absorbs: []string{"keepalive-timeout", "segment-out-of-window", "abortive-close", "close-with-unread-data"},
	needs:   hasZeroWindow,
	check:   checkZeroWindow,
}

func checkZeroWindow(c *Case) {
	for s := range tcp.NoSide {
		if z := &c.Sides[s].Zero; z.Count > 0 {
			fireZeroWindow(c, s, z)
		}
	}
}

// heldUp reports whether closed windows kept the sender waiting. One that has something to send
// probes after a timeout, which is minRTO at the least; a buffer that is full for a moment, or at
// the end of all data, is ordinary flow control.
func heldUp(c *Case, z *fsm.ZeroWindows, closed int64) bool {
	return z.Probes > 0 && closed >= minRTO/2 || closed >= minRTO && (c.OneWay || !z.Since.Seen())
}

// closedFor is how long a side's window was closed in all.
func (c *Case) closedFor(z *fsm.ZeroWindows) int64 {
	if !z.Since.Seen() {
		return z.Total
	}
	return z.Total + max(0, c.Now-z.Since.Time)
}

// endOfStall gives the reset that ended the connection while a closed window held the sender up, by
// either side: what one leaves unread and what the other gives up have that one cause.
func (c *Case) endOfStall() *fsm.Step {
	rst := c.abort()
	for s := range tcp.NoSide {
		z := &c.Sides[s].Zero
		if rst != nil && z.Since.Seen() && z.Since.Frame < rst.Frame && heldUp(c, z, c.closedFor(z)) {
			return rst
		}
	}
	return nil
}

// claimStall lets a closed window explain all of the connection, but no reset that came when it was
// open.
func (c *Case) claimStall(d *draft) {
	if rst := c.abort(); rst != nil && c.endOfStall() == nil {
		d.claim(c.First.Frame, rst.Frame-1)
		d.claim(rst.Frame+1, c.Last.Frame)
		return
	}
	d.claim(c.First.Frame, c.Last.Frame)
}

// stallText says how a stall ended without the window having been opened.
func (c *Case) stallText() string {
	if rst := c.endOfStall(); rst != nil {
		return fmt.Sprintf("The window was still closed when %s reset the connection.", c.side(rst.From))
	}
	return "The window was still closed at the end."
}

func fireZeroWindow(c *Case, s tcp.Side, z *fsm.ZeroWindows) {
	d := c.fire()
	d.acts = s
	d.Blame = BlameSide(s)
	closed := c.closedFor(z)
	d.context(c.endOfStall(), "reset while the window is closed") // before the probes, which may be more than there is room for
	for i := range c.Steps {
		st := &c.Steps[i]
		switch {
		case st.From == s && st.Notes.Has(fsm.ZeroWindow):
			d.trigger(st, "closes its window")
		case st.From == s && st.Notes.Has(fsm.WindowReopened):
			d.context(st, "opens it again")
		case st.From != s && st.Notes.Has(fsm.WindowProbe):
			d.context(st, "window probe")
		}
	}
	waited := fmt.Sprintf("Its application read more slowly than %s sent, which had to wait %s and probed %s.", c.addr(s.Peer()),
		dur(closed), times(z.Probes))
	if heldUp(c, z, closed) {
		c.claimStall(d)
	} else {
		d.Severity = Info
		waited = fmt.Sprintf("Nobody had to wait for it: it was closed for %s and %s had no need to probe.", dur(closed),
			c.addr(s.Peer()))
	}
	d.Title = fmt.Sprintf("%s closed its receive window %s", c.addr(s), outcome(z.Count == 1, "for "+dur(closed),
		fmt.Sprintf("%s, for %s in all", times(z.Count), dur(closed))))
	d.Explanation = fmt.Sprintf("%s closed its window (announced 0 bytes) %s. %s %s", upper(c.side(s)), times(z.Count), waited,
		outcome(!z.Since.Seen(), "The window opened again.", c.stallText()))
	d.note("side", s.String())
	d.note("count", z.Count)
	d.note("closed", seconds(closed))
	d.note("probes", z.Probes)
	d.note("reopened", !z.Since.Seen())
}
