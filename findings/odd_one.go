package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// When a side goes on after a reset in its name, one of the two is somebody else's: the reset, or
// what came after it. TTL and IP ID tell which.

// goesOnBehind gives the first segment in the name of a reset's sender after that, the first that
// has its usual TTL if there is one.
func (c *Case) goesOnBehind(rst *fsm.Step) *fsm.Step {
	goesOn := func(s *fsm.Step) bool { return isTCP(s, rst.From, 0, tcp.RST) && s.Frame > rst.Frame }
	if usual := c.first(func(s *fsm.Step) bool { return goesOn(s) && !c.oddTTL(s) }); usual != nil {
		return usual
	}
	return c.first(goesOn)
}

// isOdd reports whether what came after a reset fits its side less than the reset does.
func (c *Case) isOdd(after, rst *fsm.Step) bool {
	return c.oddTTL(after) || after.IPID != 0 && !nextIPID(rst.IPID, after.IPID) && c.knownIPID(rst)
}

// followsOthers reports whether a reset has the usual TTL of its side, and no IP ID that speaks
// against it.
func (c *Case) followsOthers(rst *fsm.Step) bool {
	before := c.before(rst)
	return !c.oddTTL(rst) && (before == nil || before.IPID == 0 || rst.IPID == 0 || nextIPID(before.IPID, rst.IPID))
}

// knownIPID reports whether the IP ID of a reset is known to continue its side's.
func (c *Case) knownIPID(rst *fsm.Step) bool {
	before := c.before(rst)
	return before != nil && before.IPID != 0 && nextIPID(before.IPID, rst.IPID)
}

// before gives the last segment of a reset's side before it that is among the steps.
func (c *Case) before(rst *fsm.Step) (last *fsm.Step) {
	for s := range c.all(func(s *fsm.Step) bool { return isTCP(s, rst.From, 0, tcp.RST) && s.Frame < rst.Frame }) {
		last = s
	}
	return last
}

// ipidAhead is how far apart two IP IDs of one host may be that counts them.
const ipidAhead = 500

// nextIPID reports whether b can be the IP ID of a later packet of a host whose earlier one has a.
func nextIPID(a, b uint16) bool { return b-a-1 < ipidAhead }

// isInitial reports whether a TTL is one that hosts begin with: Linux and macOS 64, Windows 128,
// Solaris and routers 255.
func isInitial(ttl uint8) bool { return ttl == 64 || ttl == 128 || ttl == 255 }

// startsHere reports whether a segment has crossed no router yet, though its side's others have:
// the capturing host itself or its neighbour made it. Example: a reset with TTL 64 in the name of a
// side whose others came with 63 or 127.
func (c *Case) startsHere(s *fsm.Step) bool {
	return c.oddTTL(s) && isInitial(s.TTL) && !isInitial(c.Sides[s.From&1].TTL)
}

// tellNeighbour says of a reset that was made at the capture point, or next to it, who does so: a
// host that translates addresses, and whose connection tracking called a segment INVALID. It is
// then not translated, and goes to the host's own stack, which has no such connection.
func (c *Case) tellNeighbour(d *draft, rst *fsm.Step) {
	if !c.startsHere(rst) {
		return
	}
	asked := c.lastOf(rst.From.Peer(), rst)
	answers := ""
	if asked != nil {
		d.context(asked, "what the reset answers")
		what := segmentText(asked)
		if asked.Again {
			what = "a late copy of " + what + " that had been acknowledged before"
		}
		answers = fmt.Sprintf(" It answers frame %d: %s.", c.frame(asked.Frame), what)
	}
	d.Explanation += fmt.Sprintf(" TTL %d is what hosts begin with: the reset was made by the capturing host or its neighbour.%s A host "+
		"that translates addresses (NAT) does so when its connection tracking finds a segment INVALID, such as a late copy: that is not "+
		"translated, and the host's own stack resets it.", rst.TTL, answers)
	d.Advice = append([]string{"On the host that translates addresses: drop what connection tracking calls INVALID (iptables -I INPUT -m " +
		"conntrack --ctstate INVALID -j DROP), or let it be liberal (sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1)."}, d.Advice...)
}

// lastOf gives the last segment of a side before a reset that is among the steps, if it came just
// before.
func (c *Case) lastOf(side tcp.Side, rst *fsm.Step) (last *fsm.Step) {
	for s := range c.all(func(s *fsm.Step) bool { return isTCP(s, side, 0, tcp.RST) && s.Frame < rst.Frame }) {
		last = s
	}
	if last == nil || rst.Time-last.Time > int64(c.RTT)+outage {
		return nil
	}
	return last
}
