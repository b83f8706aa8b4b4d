package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// wrongOuter gives how many of the segments that match likes, and that nobody reacted to, came in a
// tunnel with a wrong UDP checksum. It is 0 unless all of them did, and none that was reacted to:
// where the capture is made before the sender's card fills the checksum in, all are wrong.
func (c *Case) wrongOuter(match, reacted func(*fsm.Step) bool) (n int) {
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Kind != tcp.KindTCP || !match(s) {
			continue
		}
		if s.Notes.Has(fsm.OuterBad) == reacted(s) {
			return 0
		}
		if !reacted(s) {
			n++
		}
	}
	return n
}

// tellWrongOuter says that a tunnel's wrong checksum is why segments of a side were not answered.
func (c *Case) tellWrongOuter(d *draft, side tcp.Side, n int, what string) {
	if n == 0 {
		return
	}
	d.Blame = BlamePath
	d.unsure(Likely, "a capture that is made before the sender's card fills the tunnel's checksum in")
	d.Explanation += fmt.Sprintf(" %s came in a tunnel whose outer UDP checksum is wrong: the host at the tunnel's end drops them unread (RFC 768; "+
		"RFC 1122 section 4.1.3.4). The host that puts them into the tunnel, or its card, makes that checksum.", upper(count(n, what)))
	d.Advice = []string{
		"On the host at the tunnel's other end: nstat -az UdpInCsumErrors rises with each of them.",
		"On the host that makes the tunnel: turn its card's checksum offload off for the tunnel's interface (ethtool -K IFACE tx-checksum-ip-generic off), " +
			"or upgrade its kernel or its card's driver.",
		fmt.Sprintf("Or let the tunnel send no UDP checksum (VXLAN: udpcsum off), if the network below is IPv4. The inner segment of %s has its own.",
			c.addr(side)),
	}
	d.note("outer_checksum_bad", n)
}
