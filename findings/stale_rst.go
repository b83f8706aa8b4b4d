package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var staleRst = &Rule{
	Code:     "stale-rst",
	Title:    "A reset of the previous connection met the new one",
	Group:    GroupTimeWait,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a RST of an earlier incarnation ends, or tries to end, the new one",
	What: "A reset that belongs to the previous connection of the same addresses and ports arrived late, when a new one was " +
		"already open.",
	Why: "Resets carry no timestamp that is checked (RFC 7323 section 5.2), so only their sequence number tells whose they are: " +
		"exactly the next number expected resets, another one in the window is challenged, any other is ignored (RFC 5961 " +
		"section 3). A connection that ends by reset leaves no TIME-WAIT, so nothing keeps its four-tuple from being used " +
		"again at once.",
	Confirm: []string{
		"capture at both ends: when did the reset leave its sender?",
		"on the receiver: nstat -az TcpEstabResets TcpExtTCPChallengeACK",
	},
	Do: []string{
		"Look for a device that delays packets; and let source ports rest after aborted connections.",
		"Let applications close with FIN rather than abort (SO_LINGER 0), so that TIME-WAIT guards the next connection.",
	},
	Misreadings: []string{"The peer did not reset the new connection: this reset was meant for the old one."},
	OtherNames: []string{
		"Wireshark: Connection reset (RST)",
		"Zeek: conn_state RSTO or RSTR, then data_after_reset when the connection goes on",
		"Suricata: stream.suspected_rst_inject when the connection goes on",
		"Snort: 129:15 reset outside window",
		"kernel: TcpEstabResets",
	},
	LooksLike: []string{"a forged reset that uses the old connection's numbers: compare TTL and IP ID"},
	RFC:       []string{"RFC 5961 section 3", "RFC 7323 section 5.2", "RFC 1337"},
	Kernel:    []string{"tcp_validate_incoming", "tcp_reset"},
	Counter:   []string{"TcpEstabResets", "TcpExtTCPChallengeACK"},
	Absorbs: []string{"rst-out-of-window", "challenge-ack", "reset-mid-stream", "abortive-close", "close-with-unread-data",
		"rst-injection-suspected", "data-after-close"},
	needs:  hasFormer | hasRST,
	wholly: true,
	check:  checkStaleRst,
}

// stale likes a reset that the former life's sender sent: numbered as that one ended.
func (c *Case) stale(s *fsm.Step) bool {
	if s.Kind != tcp.KindTCP || !s.Flags.Has(tcp.RST) || !s.ReceiverBefore.Synchronized() || s.ReceiverBefore == tcp.TimeWait {
		return false
	}
	if s.Flags.Has(tcp.ACK) || s.Notes.Has(fsm.OldLife) {
		return c.ofFormer(s)
	}
	return c.Former.Known && s.Seq == c.Former.SndNxt[s.From] && s.Verdict == tcp.Discard
}

func checkStaleRst(c *Case) {
	rst := c.first(c.stale)
	if rst == nil {
		return
	}
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	if c.soonAfterFormer(rst) || c.soonAfterFormer(&c.Steps[0]) && rst.Verdict == tcp.Discard || rst.Verdict == tcp.Discard && rst.Time-c.First.Time <= recordsApart {
		d.unsure(Possible, recordedLate)
	}
	d.trigger(rst, "reset of the previous connection")
	if a := c.answer(rst); a != nil && rst.Response != tcp.RespondNone {
		d.trigger(a, "its answer")
	}
	ended := rst.Verdict == tcp.Reset
	if ended {
		d.claim(rst.Frame, c.Last.Frame)
	} else {
		d.Severity = Notice
	}
	d.Title = fmt.Sprintf("A reset of the previous connection %s the new one of %s", outcome(ended, "ended", "met"), c.addr(rst.From.Peer()))
	d.Explanation = fmt.Sprintf("A reset with number %d in the name of %s came %s into the new connection. The previous connection "+
		"ended at %d. %s", uint32(rst.Seq), c.side(rst.From), dur(rst.Time-c.First.Time), uint32(c.Former.SndNxt[rst.From]),
		outcome(ended, "It happened to be exactly the next number expected, so it ended the new connection.",
			"The new connection expected "+fmt.Sprint(uint32(rst.Wanted.RcvNxt))+" and did not believe it."))
	d.note("ended", ended)
	d.note("seq", uint32(rst.Seq))
	d.note("rcv_nxt", uint32(rst.Wanted.RcvNxt))
}
