package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// liveness are the stories of hosts, cables and middleboxes that go away.
var liveness = []Scenario{
	{Name: "process-killed", Title: "A process is killed with nothing unread: the kernel sends its FIN", Variations: bySide,
		Play: processKilled},
	{Name: "process-killed-unread", Title: "A process is killed with data unread: the kernel sends a RST",
		Variations: bySide, Play: processKilledUnread},
	{Name: "host-gone-data", Title: "The other host is gone while data is in flight (tcp_retries2 5)", Variations: bySide,
		Play: hostGoneData},
	{Name: "host-gone-fin", Title: "The other host is gone when the connection is closed (tcp_orphan_retries 3)",
		Variations: bySide, Play: hostGoneFin},
	{Name: "cable-out-and-in", Title: "The cable is out for some seconds and the connection goes on", Variations: bySide,
		Play: cableOutAndIn},
	{Name: "host-rebooted", Title: "A host reboots during an outage and resets what it no longer knows", Variations: bySide,
		Play: hostRebooted},
	{Name: "keepalive-answered", Title: "Keep-alive probes on an idle connection, answered", Variations: bySide,
		Play: keepaliveAnswered},
	{Name: "keepalive-unanswered", Title: "Keep-alive probes unanswered: the prober resets", Variations: bySide,
		Play: keepaliveUnanswered},
	{Name: "middlebox-forgets", Title: "A middlebox forgets an idle connection", Variations: kinds("silent", "rst"),
		Play: middleboxForgets},
	{Name: "fin-wait-2-late", Title: "FIN-WAIT-2 has timed out when the peer's data or FIN comes",
		Variations: kinds("data", "fin"), Play: finWait2Late},
}

func processKilled(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(s.By).KillOwner())
	s.Moved(s.By, "ESTABLISHED", "FIN-WAIT-1", 1)
	_, err := p.of(other(s.By)).ReadEnd(soon)
	s.Must(err)
	s.Must(p.of(other(s.By)).Close())
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.Clean()
	s.Tell("The %s's process was killed with SIGKILL. Its kernel closed the connection in good order.", s.By)
}

func processKilledUnread(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(other(s.By)).Write(s.size(500)))
	s.RoundTrips(2)
	s.Must(p.of(s.By).KillOwner())
	s.SentReset(s.By, 1)
	s.GotReset(other(s.By), 1)
	s.Expect("close-with-unread-data")
	s.Tell("The %s's process was killed with SIGKILL while %d bytes waited to be read: RST.", s.By, s.size(500))
}

func hostGoneData(s *Story) {
	s.Sysctl(s.By, "tcp_retries2", "5")
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Lose(func(*world.Packet) bool { return true }, 0)
	s.Must(p.of(s.By).Write(s.size(400)))
	s.Wants(p.of(s.By).WaitError(2*time.Minute), unix.ETIMEDOUT)
	s.Moved(s.By, "ESTABLISHED", "CLOSED", 1)
	s.ExpectAt(s.By, "peer-unresponsive")
	s.ExpectAt(lab.Middle, "peer-unresponsive")
	s.Tell("Nothing crossed the wire past the middle any more. The %s repeated its data until tcp_retries2 (5) was used up.",
		s.By)
}

func hostGoneFin(s *Story) {
	s.Sysctl(s.By, "tcp_orphan_retries", "3")
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Lose(func(*world.Packet) bool { return true }, 0)
	s.Must(p.of(s.By).Close())
	s.MovedWithin(time.Minute, s.By, "FIN-WAIT-1", "CLOSED", 1)
	s.ExpectAt(s.By, "fin-unacknowledged")
	s.ExpectAt(lab.Middle, "fin-unacknowledged")
	s.Tell("Nothing crossed the wire past the middle any more. The %s repeated its FIN until tcp_orphan_retries (3) was used "+
		"up.", s.By)
}

func cableOutAndIn(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	cable := s.Lose(func(*world.Packet) bool { return true }, 0)
	s.Must(p.of(s.By).Write(s.size(2000)))
	s.Retransmitted(s.By, 4)
	cable.Off()
	s.Must(p.of(other(s.By)).Read(s.size(2000)))
	s.RoundTrips(1)
	s.lives(p)
	s.ExpectAt(s.By, "connection-recovered")
	s.Never("peer-unresponsive", "keepalive-timeout")
	s.Tell("Nothing crossed the wire past the middle for some seconds while the %s sent. Then everything went on.", s.By)
}

func hostRebooted(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	cable := s.Lose(func(*world.Packet) bool { return true }, 0)
	s.Must(p.of(s.By).Write(s.size(400)))
	s.Must(p.of(other(s.By)).Vanish())
	s.Retransmitted(s.By, 4)
	cable.Off()
	s.SentReset(other(s.By), 1)
	s.GotReset(s.By, 1)
	s.ExpectAt(s.By, "peer-rebooted")
	s.ExpectAt(lab.Middle, "peer-rebooted")
	s.Tell("During an outage the %s lost its connections without a word. When packets crossed again, the %s's repeated data "+
		"was answered with RST by a host that no longer knew the connection.", other(s.By), s.By)
}

// keepalive asks for quick probes: after one idle second, one a second, three of them.
func keepalive(s *Story, c *world.Socket) {
	for _, o := range []world.Option{
		{Level: unix.SOL_SOCKET, Name: unix.SO_KEEPALIVE, Value: 1},
		{Level: unix.IPPROTO_TCP, Name: unix.TCP_KEEPIDLE, Value: 1},
		{Level: unix.IPPROTO_TCP, Name: unix.TCP_KEEPINTVL, Value: 1},
		{Level: unix.IPPROTO_TCP, Name: unix.TCP_KEEPCNT, Value: 3},
	} {
		s.Must(c.Set(o))
	}
}

func keepaliveAnswered(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	keepalive(s, p.of(s.By))
	s.Dropped(other(s.By), "TCP_OLD_SEQUENCE", 3)
	s.lives(p)
	s.Clean()
	s.Never("keepalive-timeout", "segment-out-of-window")
	s.Tell("The idle connection was probed by the %s once a second; each probe was answered.", s.By)
}

func keepaliveUnanswered(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Lose(func(*world.Packet) bool { return true }, 0)
	keepalive(s, p.of(s.By))
	s.Wants(p.of(s.By).WaitError(20*time.Second), unix.ETIMEDOUT)
	s.SentReset(s.By, 1)
	s.ExpectAt(s.By, "keepalive-timeout")
	s.ExpectAt(lab.Middle, "keepalive-timeout")
	s.Tell("Nothing crossed the wire past the middle any more. The %s probed the idle connection three times and reset it.",
		s.By)
}

func middleboxForgets(s *Story) {
	s.Sysctl(lab.Initiator, "tcp_retries2", "4")
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Pause(65 * time.Second)
	s.Lose(func(*world.Packet) bool { return true }, 0)
	before := s.Wire.Count(world.DataFrom(lab.Initiator))
	s.Must(p.client.Write(s.size(400)))
	s.ExpectAt(lab.Initiator, "idle-timeout-suspected")
	if s.Kind == "silent" {
		s.Wants(p.client.WaitError(time.Minute), unix.ETIMEDOUT)
		s.InState(lab.Responder, s.ServerPort, "ESTABLISHED")
		s.Tell("The connection was idle for 65 seconds; then the middle dropped everything that belonged to it. The initiator " +
			"repeated its data until it gave up, while the responder's connection was still there.")
		return
	}
	data := s.Sees(world.DataFrom(lab.Initiator), before+1, soon)
	s.Inject(packet.Segment{Src: data.Dst, Dst: data.Src, Seq: data.Ack, Flags: tcp.RST, TTL: 61})
	s.GotReset(lab.Initiator, 1)
	s.InState(lab.Responder, s.ServerPort, "ESTABLISHED")
	s.Tell("The connection was idle for 65 seconds; then the middle answered the initiator's next data with a RST that the " +
		"responder never sent, its own connection still there.")
}

func finWait2Late(s *Story) {
	s.Sysctl(lab.Initiator, "tcp_fin_timeout", "5")
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.client.Close())
	_, err := p.server.ReadEnd(soon)
	s.Must(err)
	s.Moved(lab.Initiator, "FIN-WAIT-1", "FIN-WAIT-2", 1)
	s.InStateWithin(20*time.Second, lab.Initiator, s.ClientPort, "")
	s.Pause(time.Second)
	if s.Kind == "data" {
		s.Must(p.server.Write(s.size(700)))
	} else {
		s.Must(p.server.Close())
	}
	s.SentReset(lab.Initiator, 1)
	s.GotReset(lab.Responder, 1)
	s.Expect("fin-wait-2-timeout")
	s.Tell("The initiator closed and its orphaned FIN-WAIT-2 timed out (tcp_fin_timeout 5). The responder's late %s was "+
		"answered with RST.", s.Kind)
}
