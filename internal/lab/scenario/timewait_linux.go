package scenario

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// timeWait are the stories about TIME-WAIT and the reuse of ports.
var timeWait = []Scenario{
	{Name: "time-wait-expires", Title: "TIME-WAIT runs its 60 seconds and goes", Variations: bySide, Play: timeWaitExpires},
	{Name: "time-wait-syn-accepted", Title: "A SYN with a higher sequence number opens a new connection in TIME-WAIT",
		Variations: []Variation{
			{Name: "ipv4-near"},
			{Name: "ipv6-far", IPv6: true, Far: true, Middle: 0.3},
			{Name: "ipv4-near-nots", NoTimestamps: true},
		}, Play: timeWaitSynAccepted},
	{Name: "time-wait-syn-newer-timestamp", Scripted: lab.Initiator,
		Title:      "A SYN with a lower sequence number but a newer timestamp opens a new connection in TIME-WAIT",
		Variations: plain, Play: timeWaitSynNewerTimestamp},
	{Name: "time-wait-syn-rejected", Scripted: lab.Initiator, Title: "A SYN that TIME-WAIT refuses",
		Variations: append(kinds("both-older", "equal", "older-timestamp"),
			Variation{Name: "lower-ipv4-near-nots", Kind: "lower", NoTimestamps: true},
			Variation{Name: "lower-ipv6-far-nots", Kind: "lower", NoTimestamps: true, IPv6: true, Far: true}),
		Play: timeWaitSynRejected},
	{Name: "time-wait-syn-rejected-kernels", Title: "A kernel's SYN that TIME-WAIT refuses, and the retry that works",
		Variations: []Variation{
			{Name: "ipv4-near-nots", NoTimestamps: true},
			{Name: "ipv6-far-nots", NoTimestamps: true, IPv6: true, Far: true},
		}, Play: timeWaitSynRejectedKernels},
	{Name: "time-wait-rst", Title: "A RST reaches TIME-WAIT", Variations: kinds("rfc1337-0", "rfc1337-1"), Play: timeWaitRst},
	{Name: "time-wait-old-data", Title: "Delayed data of the same connection reaches TIME-WAIT",
		Variations: kinds("rfc1337-0", "rfc1337-1"), Play: timeWaitOldData},
	{Name: "time-wait-restarted", Title: "What reaches TIME-WAIT restarts its 60 seconds, or does not",
		Variations: kinds("fin", "data", "ack", "old-timestamp", "rst-outside"), Play: timeWaitRestarted},
	{Name: "time-wait-accumulation", Title: "TIME-WAIT takes most of the ephemeral ports", Variations: plain,
		Play: timeWaitAccumulation},
	{Name: "port-reuse-bound", Title: "The active closer opens the same four-tuple again from a bound port",
		Variations: plain, Play: portReuseBound},
	{Name: "port-reuse-automatic", Title: "The active closer's kernel chooses a port in TIME-WAIT (tcp_tw_reuse 1)",
		Variations: plain, Play: portReuseAutomatic},
}

func timeWaitExpires(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, s.By)
	port := p.of(s.By).Local().Port()
	s.InState(s.By, port, "TIME-WAIT")
	s.Pause(55 * time.Second)
	s.InState(s.By, port, "TIME-WAIT")
	s.InStateWithin(10*time.Second, s.By, port, "")
	s.Clean()
	s.Tell("A clean close. The %s's TIME-WAIT was there after 55 seconds and gone soon after 60.", s.By)
}

func timeWaitSynAccepted(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Responder)
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Pause(time.Second)
	end := s.Wire.Last(world.From(lab.Responder, tcp.ACK))
	second := s.OpenTo(p.listener, s.ClientPort)
	s.Moved(lab.Responder, "SYN-RECEIVED", "ESTABLISHED", 2)
	if got := s.Wire.Last(world.From(lab.Responder, tcp.SYN|tcp.ACK)).Seq; got != end.Seq+65535+2 {
		s.Fail("the new connection's initial sequence number is %d, not the old SND.NXT %d + 65537", got, end.Seq)
	}
	s.Exchange(second, 300, 1200)
	s.CloseBoth(second, lab.Initiator)
	s.Expect("time-wait-reuse")
	s.Never("time-wait-syn-rejected", "port-reused-early")
	s.Tell("The responder closed first and was in TIME-WAIT. A second later the initiator connected from the same port; its " +
		"SYN's sequence number was after RCV.NXT, and the responder's kernel opened a new connection at once, with the " +
		"old SND.NXT + 65537 as its initial sequence number.")
}

func timeWaitSynNewerTimestamp(s *Story) {
	l := s.Listen()
	c, server := s.ScriptDials(l, s.ClientPort, scriptISN)
	s.ScriptRequest(c, server, 300, 1200)
	s.ScriptServerCloses(c, server)
	next := s.Peer.Conn(s.ClientPort, l.Local(), c.Next-100_000, true)
	next.TSval = c.TSval + 1000
	next.Send(tcp.SYN, 0)
	s.Awaits(next, tcp.SYN|tcp.ACK)
	next.Send(tcp.ACK, 0)
	server, err := l.Accept()
	s.Must(err)
	s.Moved(lab.Responder, "SYN-RECEIVED", "ESTABLISHED", 2)
	s.ScriptRequest(next, server, 300, 1200)
	s.ScriptCloses(next, server)
	s.Expect("time-wait-reuse")
	s.Never("time-wait-syn-rejected")
	s.Tell("The responder was in TIME-WAIT. The scripted initiator sent a SYN with a sequence number 100000 before RCV.NXT " +
		"and a newer timestamp: the responder's kernel accepted it.")
}

// refusedSYN changes a SYN into one that TIME-WAIT refuses.
func (s *Story) refusedSYN(next, old *world.Conn) {
	switch s.Kind {
	case "both-older":
		next.Next, next.TSval = old.Next-100_000, old.TSval-1000
	case "equal":
		// RCV.NXT itself is not after RCV.NXT, and TS.Recent is not after TS.Recent.
		next.Next, next.TSval = old.Next, old.TSval-1
	case "older-timestamp":
		next.Next, next.TSval = old.Next+100_000, old.TSval-1000
	case "lower":
		next.Next = old.Next - 100_000
	}
}

func timeWaitSynRejected(s *Story) {
	l := s.Listen()
	c, server := s.ScriptDials(l, s.ClientPort, scriptISN)
	s.ScriptRequest(c, server, 300, 1200)
	s.ScriptServerCloses(c, server)
	next := s.Peer.Conn(s.ClientPort, l.Local(), 0, !s.NoTimestamps)
	s.refusedSYN(next, c)
	next.Probe(tcp.SYN, 0, nil)
	answer := s.Awaits(next, tcp.ACK)
	if answer.Ack != c.Next {
		s.Fail("the answer acknowledges %d, not RCV.NXT %d", answer.Ack, c.Next)
	}
	s.know("the answer to the SYN was the last ACK of the old connection")
	// What a kernel in SYN-SENT would send, and what it would try a second later.
	next.Probe(tcp.RST, 0, func(r *packet.Segment) { r.Seq = answer.Ack })
	s.InState(lab.Responder, s.ServerPort, "")
	s.Pause(max(0, time.Second-s.delay()-s.back()))
	next.TSval += 1000
	next.Send(tcp.SYN, 0)
	s.Awaits(next, tcp.SYN|tcp.ACK)
	next.Send(tcp.ACK, 0)
	server, err := l.Accept()
	s.Must(err)
	s.ScriptRequest(next, server, 300, 1200)
	s.ScriptCloses(next, server)
	s.Expect("time-wait-syn-rejected")
	s.Never("time-wait-reuse")
	s.Tell("The responder was in TIME-WAIT. The scripted initiator sent a SYN that is not acceptable (%s), and got the old "+
		"connection's last ACK again. Its RST for that ended TIME-WAIT, and the SYN a second later opened the connection.",
		s.Kind)
}

func timeWaitSynRejectedKernels(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Responder)
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Moved(lab.Initiator, "LAST-ACK", "CLOSED", 1)
	end := s.Wire.Last(world.From(lab.Initiator, tcp.FIN|tcp.ACK)).EndSeq()
	client, err := s.Initiator.DialISN(s.ClientPort, p.listener.Local(), end-50_000)
	s.Must(err)
	s.Crossed(world.From(lab.Responder, tcp.ACK), 4)
	s.SentReset(lab.Initiator, 1)
	s.Must(client.Connected(soon))
	server, err := p.listener.Accept()
	s.Must(err)
	second := pair{client, server, p.listener}
	s.Exchange(second, 300, 1200)
	s.CloseBoth(second, lab.Initiator)
	s.Expect("time-wait-syn-rejected")
	s.Never("time-wait-reuse")
	s.Tell("The responder was in TIME-WAIT, without timestamps. The initiator's kernel connected from the same port with an " +
		"initial sequence number before RCV.NXT. It got the old connection's last ACK, answered RST, which ended TIME-WAIT, " +
		"and its next SYN was accepted.")
}

func timeWaitRst(s *Story) {
	s.Sysctl(lab.Responder, "tcp_rfc1337", s.Kind[len("rfc1337-"):])
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Responder)
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Pause(time.Second)
	s.Inject(s.ForgeUsual(lab.Initiator, tcp.RST, 0))
	s.RoundTrips(1)
	s.Expect("time-wait-assassination")
	if s.Kind == "rfc1337-0" {
		s.InState(lab.Responder, s.ServerPort, "")
		s.Tell("A forged RST with exactly RCV.NXT reached the responder in TIME-WAIT; with tcp_rfc1337 0 that ended it.")
		return
	}
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Tell("A forged RST with exactly RCV.NXT reached the responder in TIME-WAIT; with tcp_rfc1337 1 that was ignored.")
}

func timeWaitOldData(s *Story) {
	s.Sysctl(lab.Responder, "tcp_rfc1337", s.Kind[len("rfc1337-"):])
	p := s.Open()
	s.Exchange(p, 100, 100)
	s.Wire.Add(&world.Rule{Match: world.DataFrom(lab.Initiator), Times: 1, Where: world.AfterMiddle, Copy: 2 * time.Second})
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Responder)
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.SentReset(lab.Initiator, 1)
	s.RoundTrips(2)
	s.Expect("old-duplicate-segment", "time-wait-assassination")
	if s.Kind == "rfc1337-0" {
		s.InState(lab.Responder, s.ServerPort, "")
		s.Tell("The wire delivered a copy of the initiator's data again two seconds later, when the responder was in " +
			"TIME-WAIT. It answered with its last ACK; the initiator, long closed, answered that with RST; TIME-WAIT was " +
			"gone (RFC 1337's hazard, between two stock kernels).")
		return
	}
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Tell("The wire delivered a copy of the initiator's data again two seconds later, when the responder was in TIME-WAIT. " +
		"It answered with its last ACK; the initiator, long closed, answered that with RST, which tcp_rfc1337 1 ignored.")
}

func portReuseBound(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Initiator)
	s.InState(lab.Initiator, s.ClientPort, "TIME-WAIT")
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.Pause(1200 * time.Millisecond)
	second := s.OpenTo(p.listener, s.ClientPort)
	s.Exchange(second, 300, 1200)
	s.CloseBoth(second, lab.Initiator)
	s.Expect("port-reused-early")
	s.Never("time-wait-reuse")
	s.Tell("The initiator closed first, was in TIME-WAIT, and connected again from the same bound port 1.2 seconds later.")
}

func portReuseAutomatic(s *Story) {
	s.Sysctl(lab.Initiator, "ip_local_port_range", "50000 50000")
	s.Sysctl(lab.Initiator, "tcp_tw_reuse", "1")
	l := s.Listen()
	p := s.OpenTo(l, 0)
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Initiator)
	s.InState(lab.Initiator, 50000, "TIME-WAIT")
	s.Pause(2200 * time.Millisecond)
	second := s.OpenTo(l, 0)
	s.Exchange(second, 300, 1200)
	s.CloseBoth(second, lab.Initiator)
	s.Expect("port-reused-early")
	s.Never("time-wait-reuse")
	s.Tell("The initiator had one port to choose from and tcp_tw_reuse 1. It closed first, was in TIME-WAIT, and connected " +
		"again from that port 2.2 seconds later.")
}

// timeWaitTimer gives how many seconds a host's only TIME-WAIT has left.
func (s *Story) timeWaitTimer(host string) float64 {
	rows, err := s.Host(host).Sockets()
	s.Must(err)
	for _, r := range rows {
		if r.State == "TIME-WAIT" {
			return r.Timer
		}
	}
	s.Fail("the %s has nothing in TIME-WAIT", host)
	return 0
}

func timeWaitRestarted(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Responder)
	s.InState(lab.Responder, s.ServerPort, "TIME-WAIT")
	s.Pause(5 * time.Second)
	f := s.ForgeUsual(lab.Initiator, tcp.ACK, 0)
	restarts := true
	switch s.Kind {
	case "fin":
		f.Flags |= tcp.FIN
		f.Seq--
		s.Expect("last-ack-lost")
	case "data":
		f.Payload = world.Pattern(50)
		f.Seq -= 51
		s.Expect("old-duplicate-segment")
	case "old-timestamp":
		f.Options.TSval -= 100_000
	case "rst-outside":
		f.Flags = tcp.RST
		f.Options = packet.Options{}
		f.Seq += beyond
		restarts = false
	}
	// The answer would be reset by the closed initiator, and that would end TIME-WAIT.
	s.Wire.Lose(world.From(lab.Responder, tcp.ACK), 0)
	s.Inject(f)
	s.RoundTrips(2)
	left := s.timeWaitTimer(lab.Responder)
	if (left > 58) != restarts {
		s.Fail("TIME-WAIT has %.1f seconds left", left)
	}
	s.know("socket table: TIME-WAIT has %.1f seconds left", left)
	s.Tell("Five seconds after a clean close a segment in the initiator's name (%s) reached the responder's TIME-WAIT, which "+
		"then had %.1f seconds left.", s.Kind, left)
}

func timeWaitAccumulation(s *Story) {
	const ports, used = 20, 18
	s.Sysctl(lab.Initiator, "ip_local_port_range", fmt.Sprintf("50000 %d", 50000+ports-1))
	s.Sysctl(lab.Initiator, "tcp_tw_reuse", "0")
	l := s.Listen()
	for range used {
		s.CloseBoth(s.OpenTo(l, 0), lab.Initiator)
	}
	s.Moved(lab.Initiator, "FIN-WAIT-2", "CLOSED", used)
	s.Expect("time-wait-accumulation")
	s.Never("ephemeral-port-exhaustion")
	s.Tell("The initiator has %d ports to choose from and left %d of them in TIME-WAIT towards one port of the responder.", ports,
		used)
}
