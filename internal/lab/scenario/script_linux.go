package scenario

import (
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// scriptISN is the scripted peer's initial sequence number where a story does not choose.
const scriptISN = 0x20000000

// Awaits waits for the kernel's next segment with exactly the given flags.
func (s *Story) Awaits(c *world.Conn, flags tcp.Flags) *world.Packet {
	p, ok := c.Expect(flags, soon)
	if !ok {
		s.Fail("the kernel did not send %v", flags.Names())
	}
	return p
}

// Acked waits until the kernel acknowledges everything that the scripted side has sent.
func (s *Story) Acked(c *world.Conn) {
	all := func(p *world.Packet) bool { return p.Is(tcp.ACK) && p.Ack == c.Next }
	if _, ok := c.ExpectThat(all, soon); !ok {
		s.Fail("the kernel did not acknowledge %d", c.Next)
	}
}

// ScriptDials opens a connection from the scripted initiator to a listener.
func (s *Story) ScriptDials(l *world.Socket, port uint16, isn uint32) (*world.Conn, *world.Socket) {
	c := s.Peer.Conn(port, l.Local(), isn, !s.NoTimestamps)
	c.Send(tcp.SYN, 0)
	s.Awaits(c, tcp.SYN|tcp.ACK)
	c.Send(tcp.ACK, 0)
	server, err := l.Accept()
	s.Must(err)
	return c, server
}

// ScriptRequest sends a request from the scripted initiator and takes the server's answer.
func (s *Story) ScriptRequest(c *world.Conn, server *world.Socket, request, answer int) {
	c.Send(tcp.PSH|tcp.ACK, request)
	s.Must(server.Read(request))
	s.Must(server.Write(answer))
	if _, ok := c.ExpectThat((*world.Packet).HasData, soon); !ok {
		s.Fail("the server's answer did not come")
	}
	c.Send(tcp.ACK, 0)
}

// ScriptServerCloses ends a connection the kernel's side first, so that it is left in TIME-WAIT.
func (s *Story) ScriptServerCloses(c *world.Conn, server *world.Socket) {
	s.Must(server.Close())
	s.Awaits(c, tcp.FIN|tcp.ACK)
	c.Send(tcp.FIN|tcp.ACK, 0)
	s.Acked(c)
	s.InState(lab.Responder, server.Local().Port(), "TIME-WAIT")
}

// ScriptCloses ends a connection the scripted side first.
func (s *Story) ScriptCloses(c *world.Conn, server *world.Socket) {
	c.Send(tcp.FIN|tcp.ACK, 0)
	_, err := server.ReadEnd(soon)
	s.Must(err)
	s.Must(server.Close())
	s.Awaits(c, tcp.FIN|tcp.ACK)
	c.Send(tcp.ACK, 0)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
}
