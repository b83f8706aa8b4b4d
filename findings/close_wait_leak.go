package findings

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var closeWaitLeak = &Rule{
	Code:     "close-wait-leak",
	Title:    "An application does not close its connection",
	Group:    GroupClosing,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a side acknowledged the peer's FIN and sent no FIN of its own for longer than --close-wait (60 s)",
	What: "One side closed. The other side's TCP acknowledged that, but its application neither closed nor sent anything for " +
		"a long time: the socket stays in CLOSE-WAIT.",
	Why: "CLOSE-WAIT waits for nothing but the application's close (RFC 9293 section 3.3.2): no timer ends it, and no sysctl. " +
		"A program that does not read the end of file, or forgets a socket in a pool or in an error path, keeps it until it " +
		"exits, and runs out of file descriptors in the end.",
	Confirm: []string{
		"on that side: ss -tnp state close-wait (which process, how many; Recv-Q above 0: it does not even read)",
		"on that side: ls /proc/PID/fd | wc -l, and its limit in /proc/PID/limits",
	},
	Do: []string{
		"Repair the application: close the socket when read returns 0, also in error paths and in connection pools.",
		"Until then restart it before it runs out of file descriptors.",
	},
	Misreadings: []string{
		"No kernel setting ends CLOSE-WAIT: tcp_fin_timeout and keep-alive are about other states.",
		"The peer's FIN is not the fault: the side that stays in CLOSE-WAIT is.",
	},
	OtherNames: []string{
		"Wireshark: one [FIN, ACK] and its ACK, then nothing",
		"Zeek: conn_state S2 or S3",
		"Suricata: tcp.state close_wait or fin_wait2 in the flow record",
		"Snort: none",
		"kernel: none; no counter",
		"netstat, ss: CLOSE_WAIT, CLOSE-WAIT",
	},
	LooksLike: []string{
		"an answer that takes long to make after a deliberate half-close (shutdown(SHUT_WR)): ask whether the peer expects one",
	},
	RFC:     []string{"RFC 9293 section 3.3.2", "RFC 9293 section 3.6"},
	Kernel:  []string{"tcp_fin", "tcp_close_state"},
	Absorbs: []string{"mid-stream", "abortive-close", "close-with-unread-data", "reset-mid-stream"},
	needs:   hasCloseWait,
	check:   checkCloseWaitLeak,
}

func checkCloseWaitLeak(c *Case) {
	if c.OneWay {
		return
	}
	for s := range tcp.NoSide {
		if since, until, ok := c.closeWait(s); ok && until.Time-since >= int64(c.cfg.CloseWait) {
			fireCloseWaitLeak(c, s, since, until)
		}
	}
}

// closeWait gives the time that side s spent in CLOSE-WAIT without sending anything, and what ended
// it: the zero frame if only the capture did.
func (c *Case) closeWait(s tcp.Side) (since int64, until fsm.Mark, ok bool) {
	side, peer := &c.Sides[s], &c.Sides[s.Peer()]
	if !peer.FINAcked.Seen() || c.Entered(s, tcp.CloseWait) == nil {
		return 0, until, false
	}
	until = c.leftCloseWait(s)
	if side.LastData.Frame == until.Frame && side.BytesAfterPeerFIN > 0 {
		return 0, until, false // it may have been sending all the time
	}
	since = peer.FINAcked.Time
	if side.LastData.Frame != until.Frame {
		since = max(since, side.LastData.Time)
	}
	return since, until, true
}

// leftCloseWait gives the first FIN of side s, or the first reset by either side, whichever was
// first; else now.
func (c *Case) leftCloseWait(s tcp.Side) fsm.Mark {
	acked := c.Sides[s.Peer()].FINAcked
	left := fsm.Mark{Time: c.Now}
	if fin := c.Sides[s].FirstFIN; fin.Seen() {
		left = fin
	}
	rst := c.first(func(st *fsm.Step) bool {
		return st.Kind == tcp.KindTCP && st.Flags.Has(tcp.RST) && st.Verdict != tcp.Discard && st.Frame > acked.Frame
	})
	if rst != nil && (!left.Seen() || rst.Frame < left.Frame) {
		left = fsm.Mark{Frame: rst.Frame, Time: rst.Time}
	}
	return left
}

func fireCloseWaitLeak(c *Case, s tcp.Side, since int64, until fsm.Mark) {
	peer := &c.Sides[s.Peer()]
	held := until.Time - since
	d := c.fire()
	d.acts = s
	d.Blame = BlameSide(s)
	d.unsure(Likely)
	d.trigger(c.step(peer.FirstFIN.Frame), "FIN of the side that closed")
	d.trigger(c.step(peer.FINAcked.Frame), "its acknowledgment, sent from CLOSE-WAIT")
	d.context(c.step(until.Frame), "the end of CLOSE-WAIT")
	d.Title = fmt.Sprintf("%s stayed in CLOSE-WAIT for %s: its application does not close", c.addr(s), dur(held))
	ended := "It was still so when the capture ended."
	if rst := c.closersReset(s, until); rst != nil {
		d.claim(rst.Frame, c.Last.Frame)
		ended = fmt.Sprintf("Then %s gave up waiting for the other side's FIN, and reset the connection in frame %d: its timer for "+
			"FIN-WAIT-2 ran out.", c.side(s.Peer()), c.frame(rst.Frame))
	} else if until.Seen() {
		ended = fmt.Sprintf("That ended in frame %d.", c.frame(until.Frame))
	}
	d.Explanation = fmt.Sprintf("%s closed its direction, and the TCP of %s acknowledged that. The application there neither closed "+
		"nor sent anything for %s. %s", upper(c.side(s.Peer())), c.addr(s), dur(held), ended)
	d.between(peer.FirstFIN.Time, until.Time)
	d.note("side", s.String())
	d.note("held", seconds(held))
	d.note("threshold", c.cfg.CloseWait.Seconds())
	d.note("still", !until.Seen())
}

// finWait2Most is the longest that any stack is known to wait in FIN-WAIT-2 for a closed socket:
// FreeBSD and OpenBSD, eight times 75 s (tcp_maxidle). Windows waits 120 or 240 s and then resets
// (KB923200, TcpFinWait2Delay).
const finWait2Most = 660 * time.Second

// closersReset gives the reset with which the side that waited for s to close gave up; nil if
// something else ended the wait. Nothing asked for it.
func (c *Case) closersReset(s tcp.Side, until fsm.Mark) *fsm.Step {
	rst := c.step(until.Frame)
	if rst == nil || !isTCP(rst, s.Peer(), tcp.RST, tcp.SYN) || c.oddTTL(rst) ||
		until.Time-c.Sides[s.Peer()].FINAcked.Time > int64(finWait2Most) || c.Sides[s].Last.Frame > c.Sides[s.Peer()].FINAcked.Frame &&
		c.Sides[s].Last.Frame < rst.Frame {
		return nil
	}
	return rst
}
