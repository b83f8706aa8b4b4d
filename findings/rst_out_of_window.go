package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var rstOutOfWindow = &Rule{
	Code:     "rst-out-of-window",
	Title:    "A reset outside the receive window was ignored",
	Group:    GroupValidity,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "a RST whose sequence number lies outside the receive window, ignored",
	What:     "A reset came whose sequence number does not lie in the receive window. Its receiver ignored it without a word.",
	Why: "A reset is believed only with exactly the next number expected, and challenged when it lies elsewhere in the window; " +
		"outside it is dropped silently (RFC 5961 section 3.2, RFC 9293 section 3.10.7.4; tcp_sequence).",
	Confirm: []string{
		"on the receiver: ss -tn shows the connection still there; nstat -az TcpEstabResets does not rise",
		"on the host that is said to have sent it: capture; does it send resets at all?",
	},
	Do: []string{
		"Nothing for the connection: it goes on.",
		"If it happens often, find the sender: late resets of earlier connections, or somebody guessing.",
	},
	Misreadings: []string{"Not every RST on the wire resets anything: the connection lives on."},
	OtherNames: []string{
		"Wireshark: Connection reset (RST), then (suspected) retransmission",
		"Zeek: conn_state RSTO or RSTR, then data_after_reset",
		"Suricata: stream.rst_invalid_ack",
		"Snort: 129:15 reset outside window",
		"kernel: drop reasons TCP_INVALID_SEQUENCE, TCP_OLD_SEQUENCE",
	},
	RFC:     []string{"RFC 5961 section 3.2", "RFC 9293 section 3.10.7.4"},
	Kernel:  []string{"tcp_validate_incoming", "tcp_sequence"},
	wholly:  true,
	differs: true,
	needs:   hasDiscard | hasRST,
	check:   checkRstOutOfWindow,
}

// strayReset likes a reset outside the window of a live connection. One with which a host answers
// what it got bears the number of that (RFC 9293 section 3.10.7.1), and follows from what became of
// that.
func strayReset(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Flags.Has(tcp.RST) && s.Verdict == tcp.Discard && s.Reason == tcp.OutOfWindow &&
		s.ReceiverBefore != tcp.Closed && s.Wanted.Known && s.Answers == 0
}

func checkRstOutOfWindow(c *Case) {
	rst := c.first(strayReset)
	if rst == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameUnknown
	n := 0
	for s := range c.all(strayReset) {
		d.trigger(s, "reset outside the window")
		n++
	}
	off := rst.Seq.Sub(rst.Wanted.RcvNxt)
	d.Title = fmt.Sprintf("%s ignored a reset outside its receive window", c.addr(rst.From.Peer()))
	d.Explanation = fmt.Sprintf("A reset in the name of %s came with number %s, but %s expected %s and took up to %d bytes from there: "+
		"it is %s. It was ignored.", c.side(rst.From), c.seq(rst.From, rst.Seq), c.addr(rst.From.Peer()),
		c.seq(rst.From, rst.Wanted.RcvNxt), rst.Wanted.RcvWnd, offText(off, rst.Wanted.RcvWnd))
	d.note("count", n)
	d.note("seq", uint32(rst.Seq))
	d.note("rcv_nxt", uint32(rst.Wanted.RcvNxt))
	d.note("rcv_wnd", rst.Wanted.RcvWnd)
}

// offText says how far a number lies outside the window that begins off bytes before it.
func offText(off int32, window uint32) string {
	if off < 0 {
		return fmt.Sprintf("%d too low", -int64(off))
	}
	return fmt.Sprintf("%d beyond the window", int64(off)-int64(window))
}
