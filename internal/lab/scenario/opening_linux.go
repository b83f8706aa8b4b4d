package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// opening are the stories of connections that begin, or fail to.
var opening = []Scenario{
	{Name: "open-refused", Title: "Nothing listens on the port: RST", Variations: plain, Play: openRefused},
	{Name: "open-unanswered", Title: "No SYN is ever answered", Variations: []Variation{
		{Name: "ipv4-default-retries", Kind: "default"},
		{Name: "ipv6-few-retries", IPv6: true, Kind: "few"},
	}, Play: openUnanswered},
	{Name: "open-syn-lost", Title: "The first SYN is lost", Variations: plain, Play: openSynLost},
	{Name: "open-syn-ack-lost", Title: "The first SYN,ACK is lost", Variations: plain, Play: openSynAckLost},
	{Name: "open-last-ack-lost", Title: "The handshake's last ACK is lost", Variations: plain, Play: openLastAckLost},
}

func openRefused(s *Story) {
	_, err := s.Initiator.Connect(s.ClientPort, s.At(lab.Responder, s.ServerPort))
	s.Wants(err, unix.ECONNREFUSED)
	s.Dropped(lab.Responder, "NO_SOCKET", 1)
	s.SentReset(lab.Responder, 1)
	s.Moved(lab.Initiator, "SYN-SENT", "CLOSED", 1)
	s.Expect("connection-refused")
	s.Tell("The initiator connected to a port on which nothing listens. The SYN was answered by RST,ACK.")
}

func openUnanswered(s *Story) {
	s.Listen()
	s.Wire.Drop(world.From(lab.Initiator, tcp.SYN), 0)
	var options []world.Option
	patience := 3 * time.Minute
	if s.Kind == "few" {
		options = append(options, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_SYNCNT, Value: 2})
	}
	c, err := s.Initiator.Dial(s.ClientPort, s.At(lab.Responder, s.ServerPort), options...)
	s.Must(err)
	s.Wants(c.Connected(patience), unix.ETIMEDOUT)
	s.Moved(lab.Initiator, "SYN-SENT", "CLOSED", 1)
	s.ExpectAt(lab.Initiator, "syn-unanswered")
	s.Tell("Every SYN was lost before the middle of the wire until the initiator gave up with ETIMEDOUT.")
}

func openSynLost(s *Story) {
	s.Lose(world.From(lab.Initiator, tcp.SYN), 1)
	p := s.Open()
	s.Retransmitted(lab.Initiator, 1)
	s.Exchange(p, 100, 100)
	s.CloseBoth(p, lab.Initiator)
	s.ExpectAt(lab.Initiator, "syn-retransmitted")
	s.ExpectAt(lab.Middle, "syn-retransmitted")
	s.Tell("The first SYN was lost past the middle; the second, a second later, opened the connection.")
}

func openSynAckLost(s *Story) {
	// The responder's timer may run out just before the initiator's: what it sends again is lost,
	// too, until the SYN has come again.
	syns, answer := 0, world.From(lab.Responder, tcp.SYN|tcp.ACK)
	s.Lose(func(p *world.Packet) bool {
		if p.From == lab.Initiator && p.Flags == tcp.SYN {
			syns++
		}
		return syns < 2 && answer(p)
	}, 0)
	p := s.Open()
	s.Retransmitted(lab.Initiator, 1)
	s.Exchange(p, 100, 100)
	s.CloseBoth(p, lab.Initiator)
	s.Never("syn-unanswered", "connection-refused")
	s.Tell("The first SYN,ACK was lost past the middle. The SYN came again after a second and was answered again.")
}

func openLastAckLost(s *Story) {
	l := s.Listen()
	s.Lose(world.From(lab.Initiator, tcp.ACK), 1)
	client, err := s.Initiator.Connect(s.ClientPort, l.Local())
	s.Must(err)
	// Neither side has anything to say, so only the responder's timer can mend it.
	server, err := l.Accept()
	s.Must(err)
	s.Retransmitted(lab.Responder, 1)
	p := pair{client, server, l}
	s.Exchange(p, 100, 100)
	s.CloseBoth(p, lab.Initiator)
	s.Expect("syn-ack-retransmitted")
	s.Tell("The last ACK of the handshake was lost past the middle. The initiator was ESTABLISHED, the responder repeated " +
		"its SYN,ACK after a second, and the initiator answered it with another ACK.")
}
