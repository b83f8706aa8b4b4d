package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var finRetransmitted = &Rule{
	Code:     "fin-retransmitted",
	Title:    "A FIN had to be repeated",
	Group:    GroupClosing,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "a FIN needed more than one transmission and was then acknowledged",
	What:     "A side's FIN was not acknowledged in time and was sent again; then it was.",
	Why: "A FIN takes a sequence number and is repeated like data until it is acknowledged (RFC 9293 section 3.6; " +
		"tcp_retransmit_timer). The FIN or its acknowledgment was lost, or came late. The application has closed already and " +
		"notices nothing.",
	Confirm:     []string{"on that side: nstat -az TcpRetransSegs TcpExtTCPTimeouts TcpExtTCPLossProbes"},
	Do:          []string{"Nothing for one; many of them mean loss on the path like any other retransmission."},
	Misreadings: []string{"A repeated FIN is not a second close."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission, TCP Spurious Retransmission on [FIN, ACK]",
		"Zeek: none; an equal FIN adds no letter to the history",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpRetransSegs, TcpExtTCPTimeouts",
	},
	RFC:     []string{"RFC 9293 section 3.6", "RFC 6298 section 5"},
	Kernel:  []string{"tcp_retransmit_timer", "tcp_send_loss_probe"},
	Counter: []string{"TcpRetransSegs", "TcpExtTCPTimeouts"},
	Absorbs: []string{"time-wait-assassination"},
	needs:   hasRepeatedFIN,
	check:   checkFinRetransmitted,
}

func checkFinRetransmitted(c *Case) {
	for s := range tcp.NoSide {
		if side := &c.Sides[s]; side.FINs > 1 && side.FINAcked.Seen() && side.LastFIN.Frame > side.FirstFIN.Frame {
			fireFinRetransmitted(c, s)
		}
	}
}

func fireFinRetransmitted(c *Case, s tcp.Side) {
	side := &c.Sides[s]
	d := c.fire()
	d.acts = s
	d.Blame = BlameUnknown
	sent := c.showFINs(d, s)
	if sent < 2 {
		c.drop()
		return
	}
	d.context(c.step(side.FINAcked.Frame), "acknowledgment of the FIN")
	c.claimFarewells(d, side.FirstFIN)
	took := side.FINAcked.Time - side.FirstFIN.Time
	d.Title = fmt.Sprintf("%s sent its FIN %s", c.addr(s), times(sent))
	d.Explanation = fmt.Sprintf("%s sent its FIN %s; it was acknowledged %s after the first. The FIN or its acknowledgment was lost "+
		"or late.", upper(c.side(s)), times(sent), dur(took))
	d.note("side", s.String())
	d.note("fins", sent)
	d.note("took", seconds(took))
}

// showFINs adds the FINs of a side to a finding, the repetitions as what made it fire, and says how
// often it was sent.
func (c *Case) showFINs(d *draft, s tcp.Side) int {
	return 1 + len(c.showRepeats(d, c.Sides[s].FirstFIN, "FIN", func(st *fsm.Step) bool {
		return isTCP(st, s, tcp.FIN, tcp.SYN|tcp.RST) && st.EndSeq()-1 == c.Sides[s].FINSeq
	}))
}
