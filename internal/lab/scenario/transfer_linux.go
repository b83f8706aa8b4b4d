package scenario

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// transfer are the stories of data on its way.
var transfer = []Scenario{
	{Name: "transfer-clean", Title: "A transfer in which nothing happens", Variations: bySide, Play: transferClean},
	{Name: "transfer-sequence-wrap", Title: "Sequence numbers pass 2^32 in a clean transfer", Variations: []Variation{
		{Name: "ipv4-near"},
		{Name: "ipv6-far-nots", IPv6: true, Far: true, NoTimestamps: true},
	}, Play: transferSequenceWrap},
	{Name: "transfer-loss", Title: "Data segments are lost and sent again", Variations: bySide, Play: transferLoss},
	{Name: "transfer-ack-loss", Title: "ACKs are lost, which nothing needs", Variations: bySide, Play: transferAckLoss},
	{Name: "transfer-reordered", Title: "The network reorders data", Variations: bySide, Play: transferReordered},
	{Name: "transfer-duplicated", Title: "The network duplicates data", Variations: bySide, Play: transferDuplicated},
	{Name: "transfer-late-original", Title: "A delayed segment arrives after its retransmission", Variations: bySide,
		Play: transferLateOriginal},
	{Name: "zero-window", Title: "A receiver that does not read closes its window and opens it again", Variations: bySide,
		Play: zeroWindow},
}

// bulk is how much the transfers carry; with segments of smallMSS that is some twenty of them.
const (
	bulk     = 9_000
	smallMSS = 536
)

// openSmall opens a connection with small segments, so that a small transfer has many.
func (s *Story) openSmall() pair {
	mss := world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_MAXSEG, Value: smallMSS}
	l, err := s.Responder.Listen(s.ServerPort, 16, mss)
	s.Must(err)
	client, err := s.Initiator.Connect(s.ClientPort, l.Local(), mss)
	s.Must(err)
	server, err := l.Accept()
	s.Must(err)
	return pair{client, server, l}
}

// carry sends the bulk from one side, reads it at the other, and closes from the sender's side.
func (s *Story) carry(p pair, from string) {
	s.Must(p.of(from).Write(bulk))
	s.Must(p.of(other(from)).Read(bulk))
	s.RoundTrips(1)
	s.CloseBoth(p, from)
	s.MovedWithin(20*time.Second, other(from), "LAST-ACK", "CLOSED", 1)
}

// nth matches the packets with the given numbers, from 1, among those that match.
func nth(match world.Match, numbers ...int) world.Match {
	seen := 0
	return func(p *world.Packet) bool {
		if !match(p) {
			return false
		}
		seen++
		for _, n := range numbers {
			if seen == n {
				return true
			}
		}
		return false
	}
}

func transferClean(s *Story) {
	s.carry(s.openSmall(), s.By)
	s.Clean()
	s.Tell("The %s sent %d bytes; nothing happened to them.", s.By, bulk)
}

func transferSequenceWrap(s *Story) {
	l := s.Listen()
	client, err := s.Initiator.DialISN(s.ClientPort, l.Local(), 0xffffffff-bulk/2)
	s.Must(err)
	s.Must(client.Connected(soon))
	server, err := l.Accept()
	s.Must(err)
	s.carry(pair{client, server, l}, lab.Initiator)
	last := s.Wire.Last(world.DataFrom(lab.Initiator))
	if last.EndSeq() > bulk {
		s.Fail("the sequence numbers did not wrap")
	}
	s.know("the wire: the data began above 2^32-%d and ended at %d", bulk/2, last.EndSeq())
	s.Clean()
	s.Tell("The initiator's sequence numbers passed 2^32 in the middle of %d bytes.", bulk)
}

func transferLoss(s *Story) {
	p := s.openSmall()
	s.Wire.Add(&world.Rule{Match: nth(world.DataFrom(s.By), 5, 10, 11, 17), Drop: true, Where: s.where()})
	s.carry(p, s.By)
	s.Retransmitted(s.By, 4)
	s.Expect("retransmission-burst")
	s.Never("capture-gap")
	s.Tell("Four of the %s's data segments were lost past the middle and sent again.", s.By)
}

func transferAckLoss(s *Story) {
	p := s.openSmall()
	s.Wire.Add(&world.Rule{Match: nth(world.From(other(s.By), tcp.ACK), 3, 5, 6, 9), Drop: true, Where: s.where()})
	s.carry(p, s.By)
	s.Clean()
	s.Tell("Four ACKs of the %s were lost past the middle; later ones covered what they said.", other(s.By))
}

func transferReordered(s *Story) {
	p := s.openSmall()
	s.Wire.Add(&world.Rule{Match: nth(world.DataFrom(s.By), 4, 11, 18), Delay: 2 * time.Millisecond, Where: world.AfterMiddle})
	s.carry(p, s.By)
	s.Never("capture-gap", "segment-out-of-window")
	s.Tell("Three of the %s's data segments were delayed past the middle, so that later ones overtook them.", s.By)
}

func transferDuplicated(s *Story) {
	p := s.openSmall()
	s.Wire.Add(&world.Rule{Match: nth(world.DataFrom(s.By), 4, 11, 18), Copy: 2 * time.Millisecond, Where: world.AfterMiddle})
	s.carry(p, s.By)
	s.Never("segment-out-of-window")
	s.Tell("The wire delivered three of the %s's data segments twice.", s.By)
}

func transferLateOriginal(s *Story) {
	p := s.openSmall()
	s.Wire.Add(&world.Rule{Match: nth(world.DataFrom(s.By), 14), Delay: time.Second + 2*(s.delay()+s.back()), Where: world.AfterMiddle})
	s.Must(p.of(s.By).Write(bulk))
	s.Must(p.of(other(s.By)).Read(bulk))
	s.Pause(time.Second + 3*(s.delay()+s.back()))
	// Data with newer timestamps has gone by, so the late original is old in that sense too.
	s.Exchange(p, 100, 100)
	s.Pause(settle)
	s.CloseBoth(p, s.By)
	s.Retransmitted(s.By, 1)
	s.Never("segment-out-of-window", "old-duplicate-segment")
	s.Tell("One of the %s's data segments was so late that its retransmission came first.", s.By)
}

func zeroWindow(s *Story) {
	small := world.Option{Level: unix.SOL_SOCKET, Name: unix.SO_RCVBUF, Value: 4096}
	l, err := s.Responder.Listen(s.ServerPort, 16, small)
	s.Must(err)
	client, err := s.Initiator.Connect(s.ClientPort, l.Local(), small)
	s.Must(err)
	server, err := l.Accept()
	s.Must(err)
	p := pair{client, server, l}
	done := make(chan error)
	go func() { done <- p.of(s.By).Write(bulk) }()
	s.Sees(func(p *world.Packet) bool { return p.From == other(s.By) && p.Is(tcp.ACK) && p.Window == 0 }, 1, soon)
	s.Pause(3 * time.Second)
	s.Must(p.of(other(s.By)).Read(bulk))
	s.Must(<-done)
	s.RoundTrips(1)
	s.CloseBoth(p, s.By)
	s.know("the wire: the %s announced a window of 0", other(s.By))
	s.Expect("zero-window")
	s.Tell("The %s sent %d bytes to an application that did not read for three seconds. The window closed, was probed, and "+
		"opened again.", s.By, bulk)
}
