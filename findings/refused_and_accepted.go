package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// refusedAndAccepted gives the reset that ended a connect, and the SYN, if the server accepted the
// very same SYN after that. A host does one or the other with a SYN (tcp_v4_rcv: it finds a
// listener or none), so it did not send the reset. A listener that has started meanwhile accepts
// another SYN.
func (c *Case) refusedAndAccepted() (syn, rst *fsm.Step) {
	if c.Opening != tcp.Incomplete || c.Sides[tcp.Responder].SYNACKs == 0 || c.Established.Seen() || c.first(c.gotSynAck) != nil {
		return nil, nil
	}
	for s := range c.all(func(s *fsm.Step) bool { return s.Kind == tcp.KindTCP }) {
		switch {
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK):
			if syn != nil {
				return nil, nil // the reset can be about one, the answer about the other
			}
			syn = s
		case isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0):
			if syn == nil || s.Ack != syn.EndSeq() {
				return nil, nil
			}
			return syn, rst
		case isTCP(s, tcp.Responder, tcp.RST|tcp.ACK, 0) && s.ReceiverBefore == tcp.SynSent && s.Verdict == tcp.Reset && rst == nil:
			rst = s
		}
	}
	return nil, nil
}

func fireRefusedAndAccepted(c *Case, syn, rst *fsm.Step) {
	synAck := c.first(func(s *fsm.Step) bool { return isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) })
	answer := c.answer(synAck)
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely, "two hosts that answer for one address: a load balancer that sends a SYN to two of its hosts, or an address "+
		"that is used twice")
	d.context(syn, "SYN")
	d.trigger(rst, "reset that its supposed sender did not send")
	d.context(synAck, "its supposed sender accepts the same SYN")
	d.context(answer, "the client, which has been reset, refuses that")
	d.claim(syn.Frame, c.Last.Frame)
	d.between(rst.Time, synAck.Time)
	d.Title = fmt.Sprintf("The refusal in the name of %s was probably sent by something else", c.addr(tcp.Responder))
	ttl := ""
	if rst.TTL != synAck.TTL {
		ttl = fmt.Sprintf(" The reset came with TTL %d, the SYN,ACK with %d.", rst.TTL, synAck.TTL)
	}
	d.Explanation = fmt.Sprintf("%s asked %s for a connection, and a reset in the server's name refused it. %s later the server "+
		"accepted the very same request with SYN,ACK, too late: the connect had failed. A host does one or the other.%s",
		upper(c.side(tcp.Initiator)), c.addr(tcp.Responder), upper(dur(synAck.Time-rst.Time)), ttl)
	d.note("side", tcp.Responder.String())
	d.note("ttl", rst.TTL)
	d.note("usual_ttl", synAck.TTL)
	d.note("ip_id", rst.IPID)
	d.note("sender_goes_on", true)
}
