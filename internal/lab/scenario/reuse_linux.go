package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// reuse are the stories of an old connection's segments that meet a new one on the same four-tuple.
var reuse = []Scenario{
	{Name: "stale-rst", Title: "A delayed RST of the old connection reaches the new one",
		Variations: kinds("outside", "in-window", "exact"), Play: staleRst},
	{Name: "stale-data", Title: "Delayed data of the old connection reaches the new one", Variations: append(
		kinds("paws"),
		Variation{Name: "outside-ipv4-near-nots", Kind: "outside", NoTimestamps: true},
		Variation{Name: "outside-ipv6-far-nots", Kind: "outside", NoTimestamps: true, IPv6: true, Far: true},
		Variation{Name: "in-window-ipv4-near-nots", Kind: "in-window", NoTimestamps: true},
		Variation{Name: "in-window-ipv6-far-nots", Kind: "in-window", NoTimestamps: true, IPv6: true, Far: true}),
		Play: staleData},
	{Name: "syn-in-last-ack", Title: "The last ACK is lost, and a new SYN meets LAST-ACK", Variations: plain,
		Play: synInLastAck},
	{Name: "fin-meets-syn-sent", Title: "The last ACK is lost, and the repeated FIN meets a new SYN-SENT",
		Variations: plain, Play: finMeetsSynSent},
	{Name: "old-duplicate-syn", Title: "A delayed SYN of an attempt given up arrives before the new one (RFC 9293 figure 9)",
		Variations: append([]Variation{
			{Name: "ipv4-300ms", Delay: 300 * time.Millisecond},
			{Name: "ipv6-5ms", IPv6: true, Delay: 5 * time.Millisecond},
		}, plain...), Play: oldDuplicateSyn},
	{Name: "half-open-reboot", Title: "The initiator forgets the connection and opens it again (RFC 9293 figure 10)",
		Variations: plain, Play: halfOpenReboot},
}

// reopen connects again from the usual port, with an initial sequence number of choice.
func (s *Story) reopen(old pair, isn uint32) pair {
	client, err := s.Initiator.DialISN(s.ClientPort, old.listener.Local(), isn)
	s.Must(err)
	s.Must(client.Connected(soon))
	server, err := old.listener.Accept()
	s.Must(err)
	return pair{client, server, old.listener}
}

func staleRst(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Wire.Add(&world.Rule{Match: func(p *world.Packet) bool { return p.From == lab.Initiator && p.Flags.Has(tcp.RST) },
		Where: world.AfterMiddle, Copy: 5 * time.Second})
	s.Must(p.client.Abort())
	s.GotReset(lab.Responder, 1)
	old := s.Wire.Last(func(p *world.Packet) bool { return p.From == lab.Initiator && p.Flags.Has(tcp.RST) }).Seq
	s.Expect("stale-rst", "abortive-close")
	switch s.Kind {
	case "outside":
		second := s.reopen(p, old+5_000_000)
		s.Exchange(second, 300, 1200)
		s.Pause(5 * time.Second)
		s.lives(second)
		s.Tell("The old connection's RST came again five seconds later, far outside the new connection's window: ignored.")
	case "in-window":
		second := s.reopen(p, old-uint32(s.size(300))-5_000)
		s.Exchange(second, 300, 1200)
		s.Dropped(lab.Responder, "TCP_RESET", 1)
		s.lives(second)
		s.Tell("The old connection's RST came again five seconds later and lay inside the new connection's window, not at " +
			"RCV.NXT: challenge ACK, the new connection went on.")
	case "exact":
		second := s.reopen(p, old-uint32(s.size(300))-1)
		s.Exchange(second, 300, 1200)
		s.GotReset(lab.Responder, 2)
		_, err := second.server.ReadEnd(soon)
		s.Wants(err, unix.ECONNRESET)
		s.Tell("The old connection's RST came again five seconds later and happened to be exactly at the new connection's " +
			"RCV.NXT: it ended the new connection at the responder.")
	}
}

func staleData(s *Story) {
	p := s.Open()
	s.Exchange(p, 100, 100)
	s.Wire.Add(&world.Rule{Match: world.DataFrom(lab.Initiator), Times: 1, Where: world.AfterMiddle, Copy: 5 * time.Second})
	s.Exchange(p, 300, 1200)
	old := s.Wire.Last(world.DataFrom(lab.Initiator)).Seq
	s.CloseBoth(p, lab.Initiator)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.Pause(1500 * time.Millisecond)
	isn := old - uint32(s.size(200)) - 1
	if s.Kind == "outside" {
		isn = old + 5_000_000
	}
	second := s.afterTimeWait(p, isn)
	s.Exchange(second, 200, 500)
	s.Expect("old-duplicate-segment")
	if !s.NoTimestamps {
		s.Expect("port-reused-early")
	}
	switch s.Kind {
	case "outside":
		s.Dropped(lab.Responder, "TCP_OLD_SEQUENCE", 1)
		s.Tell("Data of the old connection came again in the new one, outside its window: answered with an ACK, harmless.")
	case "paws":
		s.Dropped(lab.Responder, "TCP_RFC7323_PAWS", 1)
		s.Tell("Data of the old connection came again in the new one, exactly at RCV.NXT; only its old timestamp kept it out.")
	case "in-window":
		s.Dropped(lab.Responder, "TCP_TOO_OLD_ACK", 1)
		s.Tell("Data of the old connection came again in the new one, exactly at RCV.NXT, without timestamps. Only its " +
			"acknowledgment, far from the new connection's numbers, kept it out (RFC 5961 section 5): challenge ACK.")
	}
	s.lives(second)
}

// afterTimeWait opens the four-tuple again although the initiator holds it in TIME-WAIT. Without
// timestamps its kernel refuses that, so TIME-WAIT is first ended by a RST.
func (s *Story) afterTimeWait(old pair, isn uint32) pair {
	if s.NoTimestamps {
		s.Inject(s.ForgeUsual(lab.Responder, tcp.RST, 0))
		s.InState(lab.Initiator, s.ClientPort, "")
	}
	return s.reopen(old, isn)
}

// losesLastAck opens, exchanges and closes with the initiator first, and loses the initiator's ACKs
// of the FIN for as long as the returned rule is on.
func (s *Story) losesLastAck() (pair, *world.Rule) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.client.Close())
	_, err := p.server.ReadEnd(soon)
	s.Must(err)
	s.Moved(lab.Initiator, "FIN-WAIT-1", "FIN-WAIT-2", 1)
	acks := s.Lose(world.From(lab.Initiator, tcp.ACK), 0)
	s.Must(p.server.Close())
	s.InState(lab.Initiator, s.ClientPort, "TIME-WAIT")
	s.InState(lab.Responder, s.ServerPort, "LAST-ACK")
	return p, acks
}

func synInLastAck(s *Story) {
	p, acks := s.losesLastAck()
	s.Pause(1100 * time.Millisecond)
	// From here on only the FINs are lost, so that it is the SYN that comes first.
	fins := s.Lose(world.From(lab.Responder, tcp.FIN|tcp.ACK), 0)
	acks.Off()
	client, err := s.Initiator.Dial(s.ClientPort, p.listener.Local())
	s.Must(err)
	s.Dropped(lab.Responder, "TCP_INVALID_SYN", 1)
	s.SentReset(lab.Initiator, 1)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	fins.Off()
	s.Must(client.Connected(soon))
	server, err := p.listener.Accept()
	s.Must(err)
	s.Exchange(pair{client, server, p.listener}, 300, 1200)
	s.CloseBoth(pair{client, server, p.listener}, lab.Initiator)
	s.Expect("syn-in-last-ack")
	s.Tell("The initiator's last ACK was lost, so the responder stayed in LAST-ACK. The initiator connected again from the " +
		"same port; the SYN got a challenge ACK, which the initiator answered with RST; its next SYN opened the connection.")
}

func finMeetsSynSent(s *Story) {
	p, acks := s.losesLastAck()
	s.Pause(1100 * time.Millisecond)
	syns := s.Lose(world.From(lab.Initiator, tcp.SYN), 0) // on a long way the FIN comes later than the second SYN
	client, err := s.Initiator.Dial(s.ClientPort, p.listener.Local())
	s.Must(err)
	syns.Wait(1, soon)
	acks.Off()
	s.SentReset(lab.Initiator, 1)
	syns.Off()
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.Must(client.Connected(soon))
	server, err := p.listener.Accept()
	s.Must(err)
	s.Exchange(pair{client, server, p.listener}, 300, 1200)
	s.CloseBoth(pair{client, server, p.listener}, lab.Initiator)
	s.Expect("fin-meets-syn-sent")
	s.Tell("The initiator's last ACK was lost. It connected again from the same port; that SYN was lost too, and the " +
		"responder's repeated FIN met SYN-SENT, which answered it with RST. A later SYN opened the connection.")
}

func oldDuplicateSyn(s *Story) {
	l := s.Listen()
	first := s.Wire.Hold(world.From(lab.Initiator, tcp.SYN), 1)
	given, err := s.Initiator.Dial(s.ClientPort, l.Local())
	s.Must(err)
	first.Wait(1, soon)
	s.Must(given.Close())
	s.Moved(lab.Initiator, "SYN-SENT", "CLOSED", 1)
	second := s.Wire.Hold(world.From(lab.Initiator, tcp.SYN), 1)
	client, err := s.Initiator.Dial(s.ClientPort, l.Local())
	s.Must(err)
	second.Wait(1, soon)
	first.Release()
	s.SentReset(lab.Initiator, 1)
	s.Crossed(func(p *world.Packet) bool { return p.From == lab.Initiator && p.Flags.Has(tcp.RST) }, 1)
	second.Release()
	s.Must(client.Connected(soon))
	server, err := l.Accept()
	s.Must(err)
	s.Exchange(pair{client, server, l}, 300, 1200)
	s.CloseBoth(pair{client, server, l}, lab.Initiator)
	s.Expect("old-duplicate-syn")
	s.Tell("The initiator gave an attempt up and tried again. The old SYN arrived first and was answered; the initiator reset " +
		"that, and the new SYN opened the connection.")
}

func halfOpenReboot(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Must(p.client.Vanish())
	s.Pause(500 * time.Millisecond)
	second := s.OpenTo(p.listener, s.ClientPort)
	s.Dropped(lab.Responder, "TCP_INVALID_SYN", 1)
	s.SentReset(lab.Initiator, 1)
	s.GotReset(lab.Responder, 1)
	s.Exchange(second, 300, 1200)
	s.CloseBoth(second, lab.Initiator)
	s.Expect("half-open-discovered")
	s.Never("time-wait-reuse", "port-reused-early")
	s.Tell("The initiator's socket vanished without a word, as in a reboot, and a new one connected from the same port. Its " +
		"SYN met the responder's live connection: challenge ACK, RST, and a second SYN a second later.")
}
