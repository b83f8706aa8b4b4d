package scenario

import (
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// The ports of most stories.
const (
	clientPort = 40001
	serverPort = 8080
)

// pair is a connection's two sockets, and the listener that it came from.
type pair struct {
	client, server, listener *world.Socket
}

// of gives the socket on a host.
func (p pair) of(host string) *world.Socket {
	if host == lab.Responder {
		return p.server
	}
	return p.client
}

// other gives the host that is not the given one.
func other(host string) string {
	if host == lab.Responder {
		return lab.Initiator
	}
	return lab.Responder
}

// Listen opens a listener on the responder.
func (s *Story) Listen() *world.Socket {
	l, err := s.Responder.Listen(s.ServerPort, 16)
	s.Must(err)
	return l
}

// Open opens a connection between the two applications.
func (s *Story) Open() pair { return s.OpenTo(s.Listen(), s.ClientPort) }

// OpenTo opens a connection to a listener from a port.
func (s *Story) OpenTo(l *world.Socket, port uint16) pair {
	client, err := s.Initiator.Connect(port, l.Local())
	s.Must(err)
	server, err := l.Accept()
	s.Must(err)
	return pair{client, server, l}
}

// Exchange sends a request and its answer.
func (s *Story) Exchange(p pair, request, answer int) {
	request, answer = s.size(request), s.size(answer)
	s.Must(p.client.Write(request))
	s.Must(p.server.Read(request))
	s.Must(p.server.Write(answer))
	s.Must(p.client.Read(answer))
	s.RoundTrips(1) // the last acknowledgment gets across
}

// CloseBoth closes a connection in good order, the first host first.
func (s *Story) CloseBoth(p pair, first string) {
	s.Must(p.of(first).Close())
	_, err := p.of(other(first)).ReadEnd(soon)
	s.Must(err)
	s.Must(p.of(other(first)).Close())
}
