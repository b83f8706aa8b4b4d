package findings

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

const (
	// fewHops is how many hops a refusal may be nearer than the server and still be its host's: what
	// listens in a container or a virtual machine answers from behind its host's routing.
	fewHops = 3
	// quickerBy is how much sooner a refusal must come than the server's answers, ns: more than what
	// hosts add to a round trip.
	quickerBy = 2_000_000
	// answersForTime is how many answers of the server must have come for the time alone to tell:
	// one of them may have been late.
	answersForTime = 3
	// farthest is how many hops there are to anywhere.
	farthest = 40
)

// refusedOnTheWay: something on the way refused in the server's name. The refusal comes from nearer
// than the server's other segments, by its TTL or by the time that it took.
func (c *Case) refusedOnTheWay(d *draft, rst *fsm.Step) {
	way := &c.ServerWay
	syn := rst
	for s := range c.all(func(s *fsm.Step) bool { return isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) && s.Frame < rst.Frame }) {
		syn = s
	}
	waited := rst.Time - syn.Time
	nearer := nearerThan(way, rst.TTL)
	quicker := way.QuickestAnswer-waited >= quickerBy && waited < way.QuickestAnswer/2 && waited > 0
	if nearer < fewHops && !(quicker && (nearer > 0 || way.Answers >= answersForTime)) {
		return
	}
	var told []string
	if nearer > 0 {
		others := fmt.Sprint(way.LeastTTL)
		if way.LeastTTL != way.GreatestTTL {
			others = fmt.Sprintf("%d to %d", way.LeastTTL, way.GreatestTTL)
		}
		told = append(told, fmt.Sprintf("its TTL is %d, the server's others have %s", rst.TTL, others))
		d.note("usual_ttl", way.LeastTTL)
	}
	if quicker {
		told = append(told, fmt.Sprintf("it came %s after the SYN, the server's quickest answer took %s", dur(waited), dur(way.QuickestAnswer)))
		d.note("usual_wait", seconds(way.QuickestAnswer))
	}
	server := c.addr(tcp.Responder)
	d.Blame = BlamePath
	d.unsure(Likely, "a balancer or a NAT device that has the server's address: it refuses itself, and its other answers come from hosts behind it",
		"a route that has changed in between")
	d.Title = fmt.Sprintf("Something on the way refused the connection in the name of %s", server)
	d.Explanation = fmt.Sprintf("%s asked %s for a connection, and a reset came back that acknowledges exactly that request. The server did not "+
		"send it: %s. A firewall between them answers in its place.", upper(c.side(tcp.Initiator)), server, strings.Join(told, ", and "))
	d.Advice = []string{
		fmt.Sprintf("Ask who runs the firewall: it is %s from where the capture was made (traceroute %s).", count(uint32(hops(rst.TTL)), "hop"),
			c.Tuple.Dst.Netip()),
		fmt.Sprintf("Let it pass port %d, if the connection is wanted.", c.Tuple.DstPort),
	}
}

// initialTTLs are what stacks let a TTL begin at.
var initialTTLs = [...]int{32, 60, 64, 128, 255}

// hops gives how far a segment came, if its TTL began at the next number that stacks let it begin
// at.
func hops(ttl uint8) int {
	for _, initial := range initialTTLs {
		if int(ttl) <= initial && initial != 60 { // few begin at 60
			return initial - int(ttl)
		}
	}
	return 0
}

// nearerThan gives by how many hops a segment's sender is nearer than the nearest that a host's
// segments have come from. It is 0 if both may have come as far: stacks let resets begin at another
// TTL than other segments.
func nearerThan(way *fsm.Way, ttl uint8) int {
	if way.Answers == 0 || sameDistance(ttl, way.LeastTTL) || sameDistance(ttl, way.GreatestTTL) {
		return 0
	}
	return max(0, min(hops(way.LeastTTL), hops(way.GreatestTTL))-hops(ttl))
}

// sameDistance reports whether two TTLs may have begun at two numbers and come equally far.
func sameDistance(a, b uint8) bool {
	for _, i := range initialTTLs {
		for _, j := range initialTTLs {
			if far := i - int(a); far == j-int(b) && far >= 0 && far <= farthest {
				return true
			}
		}
	}
	return false
}
