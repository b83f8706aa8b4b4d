package scenario

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// subject is a kernel's connection with the scripted peer that was led into a state.
type subject struct {
	story  *Story
	conn   *world.Conn
	socket *world.Socket // nil in SYN-RECEIVED
	port   uint16        // the scripted side's port, which names the connection
	isn    uint32        // the scripted side's initial sequence number
	state  string
}

// lead leads a new connection of the responder's kernel into a state.
type lead struct {
	state  string
	orphan bool // the application has closed: no process owns the socket
	into   func(s *Story, x *subject)
}

// name says what the connection was led into.
func (l *lead) name() string {
	if l.orphan {
		return l.state + " closed by the application"
	}
	return l.state
}

// leads has one for each state that a passively opened connection goes through.
var leads = []lead{
	{state: "ESTABLISHED", into: established},
	{state: "FIN-WAIT-1", into: func(s *Story, x *subject) {
		established(s, x)
		s.Must(x.socket.Shutdown())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		// The FIN is not acknowledged: what goes on to be acknowledged is what was there before it.
		x.conn.Expected--
	}},
	{state: "FIN-WAIT-2", into: func(s *Story, x *subject) {
		established(s, x)
		s.Must(x.socket.Shutdown())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		x.conn.Send(tcp.ACK, 0)
	}},
	{state: "FIN-WAIT-1", orphan: true, into: func(s *Story, x *subject) {
		established(s, x)
		s.Must(x.socket.Close())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		x.conn.Expected--
	}},
	{state: "FIN-WAIT-2", orphan: true, into: func(s *Story, x *subject) {
		established(s, x)
		s.Must(x.socket.Close())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		x.conn.Send(tcp.ACK, 0)
	}},
	{state: "CLOSE-WAIT", into: func(s *Story, x *subject) {
		established(s, x)
		x.conn.Send(tcp.FIN|tcp.ACK, 0)
		s.Acked(x.conn)
	}},
	{state: "CLOSING", into: func(s *Story, x *subject) {
		established(s, x)
		s.Must(x.socket.Shutdown())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		x.conn.Expected--
		x.conn.Send(tcp.FIN|tcp.ACK, 0)
		s.Acked(x.conn)
		x.conn.Expected--
	}},
	{state: "LAST-ACK", into: func(s *Story, x *subject) {
		established(s, x)
		x.conn.Send(tcp.FIN|tcp.ACK, 0)
		s.Acked(x.conn)
		s.Must(x.socket.Close())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		x.conn.Expected--
	}},
	{state: "TIME-WAIT", into: func(s *Story, x *subject) {
		established(s, x)
		s.Must(x.socket.Shutdown())
		s.Awaits(x.conn, tcp.FIN|tcp.ACK)
		x.conn.Send(tcp.FIN|tcp.ACK, 0)
		s.Acked(x.conn)
	}},
	// Last, because a probe may complete the handshake and leave a connection that nobody accepts.
	{state: "SYN-RECEIVED", into: func(*Story, *subject) {}},
}

// established completes the handshake and exchanges a request and an answer.
func established(s *Story, x *subject) {
	x.conn.Send(tcp.ACK, 0)
	server, err := s.listener.Accept()
	s.Must(err)
	x.socket = server
	s.ScriptRequest(x.conn, server, 50, 60)
	s.RoundTrips(1)
}

// subjectIn makes a new connection and leads it into a state.
func (s *Story) subjectIn(l lead, number int) *subject {
	x := &subject{story: s, port: uint16(41000 + number), isn: scriptISN + uint32(number)<<20, state: l.name()}
	x.conn = s.Peer.Conn(x.port, s.listener.Local(), x.isn, !s.NoTimestamps)
	x.conn.Send(tcp.SYN, 0)
	s.Awaits(x.conn, tcp.SYN|tcp.ACK)
	l.into(s, x)
	if got := x.now(l.state); got != l.state {
		s.Fail("port %d was to be in %s and is in %q", x.port, l.state, got)
	}
	return x
}

// now gives the connection's state by the kernel's socket table, "" when it is gone. It waits for
// the wanted one.
func (x *subject) now(want string) (state string) {
	for deadline := time.Now().Add(time.Second); ; x.story.Pause(20 * time.Millisecond) {
		rows, err := x.story.Responder.Sockets()
		x.story.Must(err)
		state = ""
		for _, r := range rows {
			if r.Remote.Port() == x.port {
				state = r.State
			}
		}
		if state == want || time.Now().After(deadline) {
			return state
		}
	}
}

// put sends a segment to the connection and writes down what its kernel did with it, by the truth.
func (x *subject) put(what string, segment packet.Segment) {
	s := x.story
	from := s.Count(func(*lab.Event) bool { return true })
	answers := s.Wire.Count(x.answer)
	s.Peer.Send(segment)
	s.Pause(120*time.Millisecond + s.delay() + s.back())
	did := "taken or ignored"
	for _, e := range s.Events()[from:] {
		switch {
		case e.Kind == lab.KindDrop && e.Segment.Src.Port() == x.port:
			did = e.Reason
		case e.Kind == lab.KindTransition && e.Remote.Port() == x.port:
			did += fmt.Sprintf(", %s to %s", e.From, e.To)
		}
	}
	answer := "no answer"
	if n := s.Wire.Count(x.answer); n > answers {
		p := s.Sees(x.answer, answers+1, soon)
		answer = fmt.Sprintf("answered by %s, sequence number %+d, acknowledgment %+d", p.Flags.Names(),
			int32(p.Seq-x.conn.Expected), int32(p.Ack-x.conn.Next))
	}
	s.know("%s, %s: %s; %s", x.state, what, did, answer)
}

// answer matches what the kernel sends on this connection.
func (x *subject) answer(p *world.Packet) bool {
	return p.From == lab.Responder && !p.ICMP && p.Dst.Port() == x.port
}
