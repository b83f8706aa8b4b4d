package scenario

import (
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// opens are the stories of openings out of the ordinary.
var opens = []Scenario{
	{Name: "open-unreachable", Title: "An ICMP error answers the SYN", Variations: []Variation{
		{Name: "net-ipv4", Kind: "3/0"}, {Name: "host-ipv4", Kind: "3/1", Far: true}, {Name: "protocol-ipv4", Kind: "3/2"},
		{Name: "port-ipv4", Kind: "3/3"}, {Name: "fragmentation-needed-ipv4", Kind: "3/4"},
		{Name: "admin-prohibited-ipv4", Kind: "3/13"}, {Name: "ttl-exceeded-ipv4", Kind: "11/0"},
		{Name: "no-route-ipv6", Kind: "1/0", IPv6: true}, {Name: "admin-prohibited-ipv6", Kind: "1/1", IPv6: true},
		{Name: "address-ipv6", Kind: "1/3", IPv6: true, Far: true}, {Name: "port-ipv6", Kind: "1/4", IPv6: true},
		{Name: "policy-ipv6", Kind: "1/5", IPv6: true}, {Name: "reject-route-ipv6", Kind: "1/6", IPv6: true},
		{Name: "too-big-ipv6", Kind: "2/0", IPv6: true},
	}, Play: openUnreachable},
	{Name: "open-simultaneous", Title: "Both sides connect to each other at once", Variations: plain, Play: openSimultaneous},
	{Name: "accept-queue-full", Title: "The accept queue is full when the handshake completes",
		Variations: kinds("abort-0", "abort-1"), Play: acceptQueueFull},
	{Name: "syn-flood", Scripted: lab.Initiator, Title: "Many SYNs that never complete",
		Variations: kinds("cookies-0", "cookies-1"), Play: synFlood},
	{Name: "half-open-scan", Scripted: lab.Initiator, Title: "A SYN,ACK is answered with RST", Variations: plain,
		Play: halfOpenScan},
	{Name: "handshake-abandoned", Scripted: lab.Initiator, Title: "A SYN,ACK is never answered", Variations: plain,
		Play: handshakeAbandoned},
	{Name: "port-scan", Title: "One host tries many ports that refuse", Variations: plain, Play: portScan},
	{Name: "fast-open", Title: "Data in the SYN", Variations: kinds("accepted", "refused"), Play: fastOpen},
	{Name: "ports-exhausted", Title: "All ephemeral ports are in TIME-WAIT", Variations: plain, Play: portsExhausted},
}

func openUnreachable(s *Story) {
	var kind, code uint8
	if _, err := fmt.Sscanf(s.Kind, "%d/%d", &kind, &code); err != nil {
		s.Fail("bad kind %s: %v", s.Kind, err)
	}
	mtu := uint32(0)
	if s.Kind == "3/4" || s.Kind == "2/0" {
		mtu = 1400
	}
	s.Lose(world.From(lab.Initiator, tcp.SYN), 0)
	client, err := s.Initiator.Dial(s.ClientPort, s.At(lab.Responder, s.ServerPort))
	s.Must(err)
	syn := s.Sees(world.From(lab.Initiator, tcp.SYN), 1, soon)
	s.Pause(time.Duration(float64(s.delay())*s.Middle) + 10*time.Millisecond) // it gets to the router in the middle
	router := s.router()
	s.Wire.Inject(lab.Initiator, packet.Unreachable(router, syn.Data, kind, code, mtu))
	s.ExpectAt(lab.Initiator, "connection-unreachable")
	s.ExpectAt(lab.Middle, "connection-unreachable")
	err = client.Connected(2500 * time.Millisecond)
	if err == nil {
		s.Fail("the connection opened")
	}
	s.Tell("A router answered the SYN with ICMP type/code %s; the initiator's connect got: %v.", s.Kind, err)
	s.know("connect: %v", err)
	if err != world.ErrNothing {
		s.Moved(lab.Initiator, "SYN-SENT", "CLOSED", 1)
	}
}

// router gives an address for a router on the wire.
func (s *Story) router() netip.Addr {
	a := s.address(lab.Responder).AsSlice()
	a[len(a)-1] = 254
	router, _ := netip.AddrFromSlice(a)
	return router
}

func openSimultaneous(s *Story) {
	syns := s.Wire.Hold(func(p *world.Packet) bool { return p.Is(tcp.SYN) }, 2)
	a, err := s.Initiator.Dial(s.ClientPort, s.At(lab.Responder, s.ServerPort))
	s.Must(err)
	b, err := s.Responder.Dial(s.ServerPort, s.At(lab.Initiator, s.ClientPort))
	s.Must(err)
	if !syns.Wait(2, soon) {
		s.Fail("no two SYNs came to be held")
	}
	syns.Release()
	s.Must(a.Connected(soon))
	s.Must(b.Connected(soon))
	for _, host := range []string{lab.Initiator, lab.Responder} {
		s.Moved(host, "SYN-SENT", "SYN-RECEIVED", 1)
		s.Moved(host, "SYN-RECEIVED", "ESTABLISHED", 1)
	}
	p := pair{client: a, server: b}
	s.Exchange(p, 300, 1200)
	s.CloseBoth(p, lab.Initiator)
	s.Expect("simultaneous-open")
	s.Clean()
	s.Tell("Both applications connected to each other's bound port. The SYNs crossed; both sides went through SYN-RECEIVED.")
}

func acceptQueueFull(s *Story) {
	s.Sysctl(lab.Responder, "tcp_abort_on_overflow", s.Kind[len("abort-"):])
	l, err := s.Responder.Listen(s.ServerPort, 2)
	s.Must(err)
	// A backlog of 2 holds three connections that nobody accepts. A handshake begun while there is
	// still room meets a full queue when it completes: its last ACK is held until the queue has
	// filled.
	late := s.Wire.Hold(world.From(lab.Initiator, tcp.ACK), 1)
	client, err := s.Initiator.Connect(s.ClientPort, l.Local())
	s.Must(err)
	var others [3]*world.Socket
	for n := range others { // all at once: before the SYN,ACK is repeated, where the way is long
		others[n], err = s.Initiator.Dial(s.ClientPort+1+uint16(n), l.Local())
		s.Must(err)
	}
	for _, c := range others {
		s.Must(c.Connected(soon))
	}
	s.RoundTrips(1)
	late.Release()
	s.Dropped(lab.Responder, "TCP_LISTEN_OVERFLOW", 1)
	s.Expect("accept-queue-overflow")
	if s.Kind == "abort-1" {
		s.GotReset(lab.Initiator, 1)
		s.Tell("Three connections filled the accept queue before the first one's last ACK came, which found no room and was answered with RST " +
			"(tcp_abort_on_overflow 1).")
		return
	}
	s.Must(client.Write(200))
	s.Retransmitted(lab.Responder, 2)
	for range 3 {
		_, err := l.Accept()
		s.Must(err)
	}
	s.Pause(6 * time.Second)
	s.Tell("Three connections filled the accept queue before the first one's last ACK came, which found no room and was dropped, " +
		"as was the data that its ESTABLISHED client sent. Then the application accepted.")
}

func synFlood(s *Story) {
	s.Sysctl(lab.Responder, "tcp_syncookies", s.Kind[len("cookies-"):])
	s.Sysctl(lab.Responder, "tcp_max_syn_backlog", "16")
	l, err := s.Responder.Listen(s.ServerPort, 16)
	s.Must(err)
	const flood = 60
	for n := range flood {
		a := s.Peer.Addr.AsSlice()
		a[len(a)-1] = byte(10 + n)
		from, _ := netip.AddrFromSlice(a)
		s.Peer.Send(packet.Segment{Src: netip.AddrPortFrom(from, uint16(20000+n)), Dst: l.Local(), Seq: uint32(n) << 16,
			Flags: tcp.SYN, Window: 1024, Options: packet.Options{MSS: 1460}})
		s.Pause(5 * time.Millisecond)
	}
	s.Pause(time.Second)
	c := s.Peer.Conn(s.ClientPort, l.Local(), scriptISN, true)
	c.Send(tcp.SYN, 0)
	s.Expect("syn-flood")
	answered := s.Wire.Count(func(p *world.Packet) bool { return p.From == lab.Responder && p.Is(tcp.SYN|tcp.ACK) })
	s.know("the wire: %d SYN,ACKs for %d SYNs", answered, flood)
	if s.Kind == "cookies-1" {
		s.Awaits(c, tcp.SYN|tcp.ACK)
		c.Send(tcp.ACK, 0)
		server, err := l.Accept()
		s.Must(err)
		s.ScriptRequest(c, server, 300, 400)
		s.ScriptCloses(c, server)
		s.Tell("%d SYNs from as many addresses never completed. SYN cookies answered them all, and an honest client got in.", flood)
		return
	}
	if _, ok := c.Expect(tcp.SYN|tcp.ACK, 2*time.Second); ok {
		s.Fail("an honest client was answered")
	}
	s.Tell("%d SYNs from as many addresses never completed. Without SYN cookies the queue was full: an honest client's SYN was "+
		"not answered.", flood)
}

func halfOpenScan(s *Story) {
	l := s.Listen()
	c := s.Peer.Conn(s.ClientPort, l.Local(), scriptISN, !s.NoTimestamps)
	c.Send(tcp.SYN, 0)
	s.Awaits(c, tcp.SYN|tcp.ACK)
	c.Probe(tcp.RST, 0, nil)
	s.Counted(lab.Responder, "TcpExtEmbryonicRsts", 1)
	s.Expect("handshake-incomplete")
	s.Tell("The scripted initiator answered the SYN,ACK with RST, as a scanner does.")
}

func handshakeAbandoned(s *Story) {
	s.Sysctl(lab.Responder, "tcp_synack_retries", "3")
	l := s.Listen()
	c := s.Peer.Conn(s.ClientPort, l.Local(), scriptISN, !s.NoTimestamps)
	c.Send(tcp.SYN, 0)
	s.Retransmitted(lab.Responder, 3)
	s.Pause(10 * time.Second)
	s.Expect("handshake-incomplete")
	s.Tell("The scripted initiator sent a SYN and never answered the SYN,ACK, which was repeated three times.")
}

func portScan(s *Story) {
	const ports = 40
	for n := range ports {
		_, err := s.Initiator.Connect(s.ClientPort+uint16(n), s.At(lab.Responder, uint16(100+n)))
		s.Wants(err, unix.ECONNREFUSED)
	}
	s.Dropped(lab.Responder, "NO_SOCKET", ports)
	s.Expect("port-scan")
	s.Tell("The initiator tried %d ports of the responder; every one refused.", ports)
}

func fastOpen(s *Story) {
	s.Sysctl(lab.Initiator, "tcp_fastopen", "1")
	s.Sysctl(lab.Responder, "tcp_fastopen", "2")
	l, err := s.Responder.Listen(s.ServerPort, 16, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_FASTOPEN, Value: 16})
	s.Must(err)
	option := world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_FASTOPEN_CONNECT, Value: 1}
	first, err := s.Initiator.Connect(s.ClientPort, l.Local(), option)
	s.Must(err)
	server, err := l.Accept()
	s.Must(err)
	s.CloseBoth(pair{first, server, l}, lab.Initiator)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	if s.Kind == "refused" {
		s.Sysctl(lab.Responder, "tcp_fastopen_key", "01234567-89abcdef-01234567-89abcdef")
	}
	second, err := s.Initiator.Dial(s.ClientPort+1, l.Local(), option)
	s.Must(err)
	s.Must(second.Write(200))
	server, err = l.Accept()
	s.Must(err)
	s.Must(server.Read(200))
	p := pair{second, server, l}
	s.Exchange(p, 100, 300)
	s.CloseBoth(p, lab.Initiator)
	syn := s.Wire.Last(world.From(lab.Initiator, tcp.SYN))
	answer := s.Wire.Last(world.From(lab.Responder, tcp.SYN|tcp.ACK))
	if !syn.HasData() || (answer.Ack == syn.EndSeq()) != (s.Kind == "accepted") {
		s.Fail("the SYN carried %d bytes and %d were acknowledged", len(syn.Payload), answer.Ack-syn.Seq-1)
	}
	s.know("the wire: the SYN carried %d bytes, the SYN,ACK acknowledged %d", len(syn.Payload), answer.Ack-syn.Seq-1)
	if s.Kind == "refused" {
		s.Expect("fast-open-rejected")
		s.Tell("The initiator asked for a fast-open cookie, got one, and sent 200 bytes in its next SYN. The responder's key had " +
			"changed, so it did not take them, and they were sent again after the handshake.")
		return
	}
	s.Expect("fast-open")
	s.Clean()
	s.Tell("The initiator asked for a fast-open cookie, got one, and sent 200 bytes in its next SYN, which the responder took.")
}

func portsExhausted(s *Story) {
	const ports = 16
	s.Sysctl(lab.Initiator, "ip_local_port_range", fmt.Sprintf("50000 %d", 50000+ports-1))
	s.Sysctl(lab.Initiator, "tcp_tw_reuse", "0")
	l := s.Listen()
	for range ports {
		s.CloseBoth(s.OpenTo(l, 0), lab.Initiator)
	}
	_, err := s.Initiator.Connect(0, l.Local())
	s.Wants(err, unix.EADDRNOTAVAIL)
	s.know("connect: %v", err)
	s.Expect("ephemeral-port-exhaustion")
	s.Tell("The initiator has %d ports to choose from, opened and closed as many connections to one port of the responder, and "+
		"could not open another.", ports)
}
