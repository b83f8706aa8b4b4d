package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// closing are the stories of connections that end by themselves.
var closing = []Scenario{
	{Name: "close-four-segments", Title: "A clean close: FIN, ACK, FIN, ACK", Variations: bySide, Play: closeFourSegments},
	{Name: "close-three-segments", Title: "A clean close in which the second FIN carries the ACK of the first",
		Variations: bySide, Play: closeThreeSegments},
	{Name: "close-simultaneous", Title: "Both sides close before they see the other's FIN", Variations: plain,
		Play: closeSimultaneous},
	{Name: "half-close-data", Title: "One side closes its direction and the other goes on sending", Variations: bySide,
		Play: halfCloseData},
	{Name: "last-ack-lost", Title: "The last ACK is lost, the FIN comes again, TIME-WAIT answers it", Variations: bySide,
		Play: lastAckLost},
	{Name: "close-wait-leak", Title: "An application never closes after its peer has", Variations: bySide, Play: closeWaitLeak},
	{Name: "fin-lost", Title: "A FIN is lost once and sent again", Variations: bySide, Play: finLost},
	{Name: "abortive-close", Title: "SO_LINGER 0: a RST in place of the FIN", Variations: bySide, Play: abortiveClose},
	{Name: "close-with-unread-data", Title: "An application closes without having read everything: RST",
		Variations: bySide, Play: closeWithUnreadData},
	{Name: "data-after-close", Title: "Data for an application that has closed: RST", Variations: append([]Variation{
		{Name: "ipv4-far-initiator-large", By: lab.Initiator, Far: true, Size: 20},
		{Name: "ipv6-near-responder-large", By: lab.Responder, IPv6: true, Size: 20},
	}, bySide...), Play: dataAfterClose},
	{Name: "fin-into-request", Title: "A request crosses the FIN of an idle connection",
		Variations: append([]Variation{{Name: "ipv4-300ms", Delay: 300 * time.Millisecond}}, plain...), Play: finIntoRequest},
}

func closeFourSegments(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(s.By).Close())
	s.Moved(s.By, "FIN-WAIT-1", "FIN-WAIT-2", 1)
	_, err := p.of(other(s.By)).ReadEnd(soon)
	s.Must(err)
	s.Must(p.of(other(s.By)).Close())
	s.Moved(s.By, "FIN-WAIT-2", "CLOSED", 1)
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.InState(s.By, p.of(s.By).Local().Port(), "TIME-WAIT")
	s.Clean()
	s.Tell("The %s closed first, the other application saw the end of the data and closed too. The %s is left in TIME-WAIT.",
		s.By, s.By)
}

func closeThreeSegments(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	// Without quick acknowledgments the ACK of the FIN waits up to 40 ms, so the second FIN takes
	// it along.
	second := p.of(other(s.By))
	s.Must(second.Set(world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_QUICKACK, Value: 0}))
	acks := s.Wire.Count(world.From(other(s.By), tcp.ACK))
	s.Must(p.of(s.By).Close())
	_, err := second.ReadEnd(soon)
	s.Must(err)
	s.Must(second.Close())
	s.Moved(s.By, "FIN-WAIT-2", "CLOSED", 1)
	if s.Wire.Count(world.From(other(s.By), tcp.ACK)) != acks {
		s.Fail("the %s acknowledged the FIN by itself", other(s.By))
	}
	s.know("the wire: no ACK between the two FINs")
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.InState(s.By, p.of(s.By).Local().Port(), "TIME-WAIT")
	s.Clean()
	s.Tell("The %s closed; the other side's FIN carried the ACK of that FIN, so the %s went from FIN-WAIT-1 through FIN-WAIT-2 to TIME-WAIT in one segment.",
		s.By, s.By)
}

func closeSimultaneous(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	fins := s.Wire.Hold(func(p *world.Packet) bool { return p.Is(tcp.FIN | tcp.ACK) }, 2)
	s.Must(p.client.Close())
	s.Must(p.server.Close())
	if !fins.Wait(2, soon) {
		s.Fail("no two FINs came to be held")
	}
	fins.Release()
	for _, host := range []string{lab.Initiator, lab.Responder} {
		s.Moved(host, "FIN-WAIT-1", "CLOSING", 1)
		s.Moved(host, "CLOSING", "CLOSED", 1)
	}
	s.InState(lab.Initiator, s.ClientPort, "TIME-WAIT")
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Expect("simultaneous-close")
	s.Clean()
	s.Tell("The two FINs crossed on the wire. Both sides went through CLOSING and are left in TIME-WAIT.")
}

func halfCloseData(s *Story) {
	rest := s.size(6_000) / 2 * 2
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(s.By).Shutdown())
	second := p.of(other(s.By))
	_, err := second.ReadEnd(soon)
	s.Must(err)
	s.Moved(s.By, "FIN-WAIT-1", "FIN-WAIT-2", 1)
	s.Must(second.Write(rest / 2))
	s.Must(p.of(s.By).Read(rest / 2))
	s.Pause(2 * time.Second)
	s.Must(second.Write(rest / 2))
	s.Must(p.of(s.By).Read(rest / 2))
	s.Must(second.Close())
	_, err = p.of(s.By).ReadEnd(soon)
	s.Must(err)
	s.Must(p.of(s.By).Close())
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.Expect("half-close")
	s.Clean()
	s.Tell("The %s shut its direction down; the other side sent %d bytes more over two seconds and then closed.", s.By, rest)
}

func lastAckLost(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(s.By).Close())
	_, err := p.of(other(s.By)).ReadEnd(soon)
	s.Must(err)
	s.Moved(s.By, "FIN-WAIT-1", "FIN-WAIT-2", 1)
	s.Lose(world.From(s.By, tcp.ACK), 1)
	s.Must(p.of(other(s.By)).Close())
	s.Moved(s.By, "FIN-WAIT-2", "CLOSED", 1)
	s.InState(other(s.By), p.of(other(s.By)).Local().Port(), "LAST-ACK")
	s.Retransmitted(other(s.By), 1)
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.InState(s.By, p.of(s.By).Local().Port(), "TIME-WAIT")
	s.Expect("last-ack-lost")
	s.Tell("The %s closed first. Its ACK of the other side's FIN was lost past the middle, so the FIN came again from "+
		"LAST-ACK, and TIME-WAIT acknowledged it again.", s.By)
}

func finLost(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Lose(world.From(s.By, tcp.FIN|tcp.ACK), 1)
	s.Must(p.of(s.By).Close())
	s.Retransmitted(s.By, 1)
	_, err := p.of(other(s.By)).ReadEnd(soon)
	s.Must(err)
	s.Must(p.of(other(s.By)).Close())
	s.Moved(s.By, "FIN-WAIT-2", "CLOSED", 1)
	s.Expect("fin-retransmitted")
	s.Tell("The %s's FIN was lost past the middle and repeated.", s.By)
}

func closeWaitLeak(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	// Shutdown, not close: the connection's orphan would go away after tcp_fin_timeout.
	s.Must(p.of(s.By).Shutdown())
	_, err := p.of(other(s.By)).ReadEnd(soon)
	s.Must(err)
	s.Moved(other(s.By), "ESTABLISHED", "CLOSE-WAIT", 1)
	s.Pause(70 * time.Second)
	s.InState(other(s.By), p.of(other(s.By)).Local().Port(), "CLOSE-WAIT")
	s.Must(p.of(other(s.By)).Close())
	s.Moved(other(s.By), "LAST-ACK", "CLOSED", 1)
	s.Expect("close-wait-leak")
	s.Never("fin-wait-2-timeout")
	s.Tell("The %s shut its direction down and waited. The other application saw the end of the data and did nothing for "+
		"70 seconds; then it closed.", s.By)
}

func abortiveClose(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(s.By).Abort())
	s.Moved(s.By, "ESTABLISHED", "CLOSED", 1)
	s.SentReset(s.By, 1)
	s.GotReset(other(s.By), 1)
	_, err := p.of(other(s.By)).ReadEnd(soon)
	s.Wants(err, unix.ECONNRESET)
	s.Expect("abortive-close")
	s.Never("reset-mid-stream", "close-with-unread-data")
	s.Tell("The %s set SO_LINGER to 0 and closed, with everything read and sent: a RST went out and both ends were gone "+
		"at once.", s.By)
}

func closeWithUnreadData(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(other(s.By)).Write(s.size(500)))
	s.RoundTrips(2)
	s.Must(p.of(s.By).Close())
	s.Moved(s.By, "ESTABLISHED", "CLOSED", 1)
	s.SentReset(s.By, 1)
	s.GotReset(other(s.By), 1)
	s.Expect("close-with-unread-data")
	s.Never("abortive-close", "reset-mid-stream")
	s.Tell("%d bytes had reached the %s and been acknowledged, but its application closed without reading them: RST.", s.size(500), s.By)
}

func dataAfterClose(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.of(s.By).Close())
	s.Moved(s.By, "FIN-WAIT-1", "FIN-WAIT-2", 1)
	s.Must(p.of(other(s.By)).Write(s.size(700)))
	s.SentReset(s.By, 1)
	s.GotReset(other(s.By), 1)
	s.Expect("data-after-close")
	s.Never("reset-mid-stream")
	s.Tell("The %s closed. The other application did not look and sent %d bytes, which the %s's TCP had nobody to give to: "+
		"RST, the data is lost.", s.By, s.size(700), s.By)
}

func finIntoRequest(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Pause(2 * time.Second)
	fin := s.Wire.Hold(world.From(lab.Responder, tcp.FIN|tcp.ACK), 1)
	s.Must(p.server.Close())
	if !fin.Wait(1, soon) {
		s.Fail("no FIN came to be held")
	}
	s.Must(p.client.Write(s.size(250)))
	s.Sees(world.DataFrom(lab.Initiator), 2, soon)
	fin.Release()
	s.SentReset(lab.Responder, 1)
	s.GotReset(lab.Initiator, 1)
	s.Expect("fin-into-request")
	s.Never("data-after-close", "reset-mid-stream")
	s.Tell("The responder closed an idle connection while the initiator sent its next request: FIN and request crossed, and the " +
		"request was answered with RST.")
}
