package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var simultaneousClose = &Rule{
	Code:     "simultaneous-close",
	Title:    "Both sides closed at once",
	Group:    GroupClosing,
	Severity: Info,
	Since:    "0.1",
	Summary:  "the FINs crossed: both sides passed CLOSING",
	What:     "Each side sent its FIN before it had seen the other's. Both passed through CLOSING, and both end in TIME-WAIT.",
	Why: "A FIN that arrives in FIN-WAIT-1, before the own FIN is acknowledged, leads to CLOSING, and the acknowledgment from " +
		"there to TIME-WAIT (RFC 9293 section 3.6 figure 13; tcp_fin, tcp_rcv_state_process).",
	Confirm:     []string{"ss -tn state time-wait on both hosts: the connection is in both lists"},
	Do:          []string{"Nothing. If TIME-WAIT on a busy server matters, let the client close first."},
	Misreadings: []string{"TIME-WAIT on both sides is not an error: both closed first."},
	OtherNames: []string{
		"Wireshark: two FINs, no note",
		"Zeek: conn_state SF, history Ff without an order",
		"Suricata: tcp.state closing in the flow record, until the last ACK",
		"Snort: none",
		"kernel: none; no counter",
	},
	RFC:    []string{"RFC 9293 section 3.6 figure 13"},
	Kernel: []string{"tcp_fin", "tcp_rcv_state_process"},
	needs:  hasSimultaneousClose,
	check:  checkSimultaneousClose,
}

func checkSimultaneousClose(c *Case) {
	a, b := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	if c.Closing != tcp.SimultaneousClose || !a.FirstFIN.Seen() || !b.FirstFIN.Seen() {
		return
	}
	d := c.fire()
	d.trigger(c.step(a.FirstFIN.Frame), "FIN")
	d.trigger(c.step(b.FirstFIN.Frame), "FIN, sent before the other's was seen")
	apart := a.FirstFIN.Time - b.FirstFIN.Time
	apart = max(apart, -apart)
	d.Title = fmt.Sprintf("%s and %s closed at once", c.addr(tcp.Initiator), c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s and %s closed %s apart at the capture point, before either had seen the other's FIN. Both "+
		"passed CLOSING.", c.addr(tcp.Initiator), c.addr(tcp.Responder), dur(apart))
	d.note("apart", seconds(apart))
}
