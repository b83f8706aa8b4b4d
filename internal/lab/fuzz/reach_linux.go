package fuzz

import (
	"fmt"

	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/tcp"
)

// How many bytes the requests and answers on the way to a state have.
const (
	request = 300
	answer  = 1000
	gap     = 200
	beyond  = 100
)

// reach brings the kernel's socket into the plan's situation.
func (c *conn) reach() error {
	if err := c.open(); err != nil {
		return err
	}
	switch c.plan.Goal {
	case GoalClosed, GoalListen, GoalSynSent, GoalSynReceived, GoalSimultaneous:
		return nil
	}
	if err := c.exchange(); err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	return c.decorate()
}

// open goes as far through the handshake as the goal asks.
func (c *conn) open() error {
	if c.plan.Goal == GoalClosed {
		return nil
	}
	if c.plan.Active {
		return c.openActive()
	}
	if err := c.listen(); err != nil || c.plan.Goal == GoalListen {
		return err
	}
	p := c.say(tcp.SYN, 0, nil)
	if !answered(p, tcp.SYN|tcp.ACK) {
		return fmt.Errorf("no SYN,ACK")
	}
	if c.plan.Goal == GoalSynReceived {
		return nil
	}
	c.say(tcp.ACK, 0, nil)
	return c.accept()
}

// openActive is open when the kernel connects.
func (c *conn) openActive() error {
	if err := c.connect(); err != nil || c.plan.Goal == GoalSynSent {
		return err
	}
	if c.plan.Goal == GoalSimultaneous {
		c.say(tcp.SYN, 0, func(s *packet.Segment) { s.Options.TSecr = 0 })
		return nil
	}
	p := c.say(tcp.SYN|tcp.ACK, 0, nil)
	if !answered(p, tcp.ACK) {
		return fmt.Errorf("no final ACK")
	}
	return nil
}

// answered reports whether a packet made the kernel send exactly the given flags.
func answered(p *passed, flags tcp.Flags) bool {
	for _, a := range p.answers {
		if a.Is(flags) {
			return true
		}
	}
	return false
}

// exchange lets a request and an answer pass.
func (c *conn) exchange() error {
	if !c.plan.History {
		return nil
	}
	c.say(tcp.PSH|tcp.ACK, request, nil)
	if err := c.read(); err != nil {
		return err
	}
	if err := c.write(answer); err != nil {
		return err
	}
	c.say(tcp.ACK, 0, nil)
	return nil
}

// finish goes as far through the close as the goal asks.
func (c *conn) finish() error {
	switch c.plan.Goal {
	case GoalEstablished:
		return c.send0()
	case GoalFinWait1:
		if err := c.send0(); err != nil {
			return err
		}
		return c.leave()
	case GoalCloseWait, GoalLastAck:
		if err := c.send0(); err != nil {
			return err
		}
		c.say(tcp.FIN|tcp.ACK, 0, c.onlyUnacked)
		if c.plan.Goal == GoalLastAck {
			return c.leave()
		}
		return nil
	}
	if err := c.leave(); err != nil {
		return err
	}
	switch c.plan.Goal {
	case GoalFinWait2:
		c.say(tcp.ACK, 0, nil)
	case GoalClosing:
		c.say(tcp.FIN|tcp.ACK, 0, func(s *packet.Segment) { s.Ack = c.sndNxt - 1 })
	case GoalTimeWait:
		c.say(tcp.FIN|tcp.ACK, 0, nil)
	case GoalTimeWaitBoth:
		c.say(tcp.FIN|tcp.ACK, 0, func(s *packet.Segment) { s.Ack = c.sndNxt - 1 })
		c.say(tcp.ACK, 0, nil)
	}
	return nil
}

// onlyUnacked keeps what is in flight unacknowledged, and the FIN that makes FIN-WAIT-1.
func (c *conn) onlyUnacked(s *packet.Segment) {
	if c.plan.InFlight > 0 || c.plan.Goal == GoalFinWait1 {
		s.Ack = c.sndUna
	}
}

// send0 puts the plan's data in flight.
func (c *conn) send0() error {
	if c.plan.InFlight == 0 {
		return nil
	}
	return c.write(c.plan.InFlight)
}

// leave ends the application's sending.
func (c *conn) leave() error {
	if c.plan.Orphan {
		return c.close()
	}
	return c.shutdown()
}

// decorate gives the socket what else the plan says, as far as the state allows.
func (c *conn) decorate() error {
	switch c.plan.Goal {
	case GoalEstablished, GoalFinWait1, GoalFinWait2:
	default:
		return nil
	}
	if c.plan.ZeroWindow {
		c.fill()
	}
	if c.plan.Gap {
		c.say(tcp.PSH|tcp.ACK, beyond, func(s *packet.Segment) {
			s.Seq += gap
			c.sackLeft, c.sackRight = s.Seq, s.EndSeq()
			c.onlyUnacked(s)
		})
		c.look(func() { c.next = c.sackLeft - gap }) // the gap is still to be sent
	}
	return nil
}

// fill sends data until the kernel's window is closed.
func (c *conn) fill() {
	for range 40 {
		room := c.room()
		if room <= 0 {
			return
		}
		c.say(tcp.PSH|tcp.ACK, min(room, 1400), c.onlyUnacked)
	}
}

// room tells how much the kernel's window still takes.
func (c *conn) room() (n int) {
	c.look(func() { n = int(int32(c.edge - c.next)) })
	return n
}
