package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var halfClose = &Rule{
	Code:     "half-close",
	Title:    "One side went on sending after the other had closed its half",
	Group:    GroupClosing,
	Severity: Info,
	Since:    "0.1",
	Summary:  "new data after the peer's FIN; says how long and how many bytes",
	What:     "One side said that it would send no more, and the other went on sending until it closed too.",
	Why: "A FIN closes one direction only (RFC 9293 section 3.6): a side in CLOSE-WAIT may send as long as it likes, and the " +
		"other takes it in FIN-WAIT-2. Programs ask for that with shutdown(SHUT_WR), to say \"that was my whole request\".",
	Confirm:     []string{"ss -tn state fin-wait-2 and state close-wait on the two hosts, while it lasts"},
	Do:          []string{"Nothing, if the program means to. Proxies and firewalls in between must allow for it."},
	Misreadings: []string{"CLOSE-WAIT with data flowing is no leak."},
	OtherNames: []string{
		"Wireshark: data after [FIN, ACK] of the other side",
		"Zeek: history F followed by d",
		"Suricata: tcp.state close_wait or fin_wait2 in the flow record, until the other FIN",
		"Snort: none",
		"kernel: none; no counter",
	},
	RFC:    []string{"RFC 9293 section 3.6"},
	Kernel: []string{"tcp_shutdown", "tcp_fin"},
	needs:  hasLateData,
	check:  checkHalfClose,
}

func checkHalfClose(c *Case) {
	for s := range tcp.NoSide {
		if c.Sides[s].BytesAfterPeerFIN > 0 && c.first(func(st *fsm.Step) bool { return c.dataAfterClosing(st, s) }) == nil {
			fireHalfClose(c, s)
		}
	}
}

func fireHalfClose(c *Case, s tcp.Side) {
	side, peer := &c.Sides[s], &c.Sides[s.Peer()]
	lasted := side.LastData.Time - peer.FirstFIN.Time
	d := c.fire()
	d.trigger(c.step(peer.FirstFIN.Frame), "FIN: this side sends no more")
	d.context(c.step(side.FirstFIN.Frame), "FIN of the side that went on")
	d.Title = fmt.Sprintf("%s sent %s after %s had closed its half", c.addr(s), count(side.BytesAfterPeerFIN, "byte"),
		c.addr(s.Peer()))
	d.Explanation = fmt.Sprintf("%s closed its direction, and %s went on sending %s, for %s after that.", upper(c.side(s.Peer())),
		c.addr(s), count(side.BytesAfterPeerFIN, "byte"), dur(lasted))
	d.between(peer.FirstFIN.Time, side.LastData.Time)
	d.note("bytes", side.BytesAfterPeerFIN)
	d.note("lasted", seconds(lasted))
}
