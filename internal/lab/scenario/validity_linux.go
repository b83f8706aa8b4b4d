package scenario

import (
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// validity are the stories of segments that a live connection should not take.
var validity = []Scenario{
	{Name: "challenge-ack-rst", Title: "A RST in the window but not at RCV.NXT: challenge ACK, the connection lives",
		Variations: bySide, Play: challengeAckRst},
	{Name: "challenge-ack-syn", Title: "A SYN on a live connection: challenge ACK, the connection lives",
		Variations: bySide, Play: challengeAckSyn},
	{Name: "rst-out-of-window", Title: "A RST outside the window: ignored", Variations: bySide, Play: rstOutOfWindow},
	{Name: "rst-injected", Title: "A forged RST with exactly the right number", Variations: bySide, Play: rstInjected},
	{Name: "paws-discard", Title: "A segment with an old timestamp on a live connection", Variations: []Variation{
		{Name: "ipv4-near-initiator", By: lab.Initiator},
		{Name: "ipv6-far-responder", By: lab.Responder, IPv6: true, Far: true},
	}, Play: pawsDiscard},
	{Name: "ack-storm", Title: "After forged data each side answers the other's unacceptable ACKs", Variations: []Variation{
		{Name: "ipv4-300ms", Delay: 300 * time.Millisecond},
		{Name: "ipv6-300ms", IPv6: true, Delay: 300 * time.Millisecond},
	}, Play: ackStorm},
	{Name: "stray-segment", Title: "A segment that fits nowhere reaches a live connection, which goes on",
		Variations: bySideOf("data-beyond", "data-ancient", "fin-beyond", "ack-too-old", "ack-of-unsent", "syn-ack"), Play: straySegment},
	{Name: "ack-unsent-unanswered", Title: "ACKs of what was never sent, of which the host has no challenge ACK left to answer any",
		Variations: bySide, Play: ackUnsentUnanswered},
	{Name: "retransmission-conflict", Title: "A retransmission carries other bytes than the original", Variations: bySide,
		Play: retransmissionConflict},
}

// lives proves that the connection still works, and ends it.
func (s *Story) lives(p pair) {
	s.Exchange(p, 200, 400)
	s.CloseBoth(p, lab.Initiator)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.know("the connection carried data afterwards and closed in good order")
}

func challengeAckRst(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	f := s.ForgeUsual(s.By, tcp.RST, 0)
	f.Seq += 1000
	s.Answer(world.From(other(s.By), tcp.ACK), func() { s.Inject(f) })
	s.Dropped(other(s.By), "TCP_RESET", 1)
	s.lives(p)
	s.Expect("challenge-ack")
	s.Never("reset-mid-stream", "abortive-close")
	s.Tell("A RST forged in the %s's name, 1000 after RCV.NXT, reached the %s, which answered it with a challenge ACK and "+
		"went on.", s.By, other(s.By))
}

func challengeAckSyn(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	f := s.ForgeUsual(s.By, tcp.SYN, 0)
	f.Seq += 500
	f.Options.MSS = 1460
	s.Answer(world.From(other(s.By), tcp.ACK), func() { s.Inject(f) })
	s.Dropped(other(s.By), "TCP_INVALID_SYN", 1)
	s.lives(p)
	s.Expect("challenge-ack")
	s.Tell("A SYN forged in the %s's name reached the %s's established connection, which answered it with a challenge ACK "+
		"and went on.", s.By, other(s.By))
}

func rstOutOfWindow(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	f := s.ForgeUsual(s.By, tcp.RST, 0)
	f.Seq -= 100_000
	s.Silence(200*time.Millisecond+2*(s.delay()+s.back()), world.Any(other(s.By)), func() { s.Inject(f) })
	s.lives(p)
	s.Expect("rst-out-of-window")
	s.Never("reset-mid-stream", "challenge-ack")
	s.Tell("A RST forged in the %s's name, 100000 before RCV.NXT, reached the %s, which said nothing and went on.", s.By,
		other(s.By))
}

func rstInjected(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Inject(s.ForgeUsual(s.By, tcp.RST, 0))
	s.GotReset(other(s.By), 1)
	s.Moved(other(s.By), "ESTABLISHED", "CLOSED", 1)
	// The supposed sender knows nothing and goes on.
	s.Must(p.of(s.By).Write(100))
	s.GotReset(s.By, 1)
	s.Expect("rst-injection-suspected")
	s.Tell("A RST with exactly RCV.NXT was forged at the middle in the %s's name, with another TTL. The %s's connection "+
		"ended; the %s, which had sent no such thing, went on sending and was reset in turn.", s.By, other(s.By), s.By)
}

func pawsDiscard(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	f := s.ForgeUsual(s.By, tcp.PSH|tcp.ACK, 100)
	f.Options.TSval -= 100_000
	s.Answer(world.From(other(s.By), tcp.ACK), func() { s.Inject(f) })
	s.Dropped(other(s.By), "TCP_RFC7323_PAWS", 1)
	s.lives(p)
	s.Expect("paws-discard")
	s.Tell("A data segment in the %s's name with the right sequence number and a timestamp 100000 in the past reached the "+
		"%s, which discarded it and answered with an ACK.", s.By, other(s.By))
}

func ackStorm(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Inject(s.ForgeUsual(lab.Responder, tcp.PSH|tcp.ACK, 100))
	before := s.Wire.Count(world.Any(lab.Initiator))
	s.Pause(6 * time.Second)
	if n := s.Wire.Count(world.Any(lab.Initiator)) - before; n < 5 {
		s.Fail("only %d answers: no storm", n)
	}
	s.know("the wire: the initiator went on answering for six seconds")
	s.Expect("ack-storm")
	s.Tell("100 bytes were forged in the responder's name, so the initiator acknowledges what was never sent. Each ACK of one side " +
		"is unacceptable to the other, which answers it. With a round trip above tcp_invalid_ratelimit (500 ms) Linux does not " +
		"stop that.")
}

// ackUnsentUnanswered spends the host's one challenge ACK of the second (tcp_challenge_ack_limit,
// tcp_send_challenge_ack) on another connection first: what refuses an ACK then says nothing, as
// hosts of before Linux 5.16 do after 1000 in a second.
func ackUnsentUnanswered(s *Story) {
	s.Sysctl(other(s.By), "tcp_challenge_ack_limit", "1")
	p := s.Open()
	spends := s.OpenTo(p.listener, s.ClientPort+1)
	s.Exchange(p, 300, 1200)
	s.Exchange(spends, 300, 1200)
	f := s.ForgeUsual(s.By, tcp.ACK, 0)
	f.Ack += 5000
	rst := s.ForgeTo(s.By, s.ClientPort+1, tcp.RST, 0)
	rst.Seq += 1000
	answers := func(k *world.Packet) bool { return k.From == other(s.By) && k.Src == f.Dst && k.Dst == f.Src }
	s.Silence(200*time.Millisecond+2*(s.delay()+s.back()), answers, func() {
		s.Inject(rst)
		s.Inject(f)
		s.Inject(f)
	})
	s.Counted(other(s.By), "TcpExtTCPChallengeACK", 1)
	s.Dropped(other(s.By), "TCP_ACK_UNSENT_DATA", 2)
	s.CloseBoth(spends, lab.Initiator)
	s.lives(p)
	s.Expect("ack-of-unsent-data", "challenge-ack")
	s.Never("reset-mid-stream", "retransmission-burst", "capture-gap", "segment-out-of-window", "data-after-close")
	s.Tell("A RST beside RCV.NXT on another connection took the one challenge ACK that the %s had for this second. Two ACKs in the %s's "+
		"name, of 5000 bytes that were never sent, were dropped without a word, and the connection went on.", other(s.By), s.By)
}

func retransmissionConflict(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	s.Wire.Lose(world.DataFrom(s.By), 1) // the middle is to see both
	again := s.Wire.Add(&world.Rule{Match: nth(world.DataFrom(s.By), 2), Alter: func(data []byte) []byte {
		f, _, err := packet.Parse(data)
		if err != nil {
			return data
		}
		copy(f.Payload, "something else altogether")
		return f.Marshal()
	}})
	s.Must(p.of(s.By).Write(200))
	s.Must(p.of(other(s.By)).Read(200))
	if again.Used() != 1 {
		s.Fail("no retransmission was altered")
	}
	s.know("the wire: the retransmission's first bytes were changed before the middle")
	s.lives(p)
	s.ExpectAt(lab.Middle, "retransmission-conflict")
	s.Tell("A data segment of the %s was lost past the middle, and its retransmission was altered before it: the middle sees the "+
		"same sequence numbers with other bytes.", s.By)
}

// straySegment puts a segment in the name of one host on its live connection: its numbers are far
// from those of the connection.
func straySegment(s *Story) {
	p := s.Open()
	s.Exchange(p, 300, 1200)
	f := s.ForgeUsual(s.By, tcp.PSH|tcp.ACK, 100)
	code := "segment-out-of-window"
	switch s.Kind {
	case "data-beyond":
		f.Seq += beyond
	case "data-ancient":
		f.Seq -= beyond
		code = ""
	case "fin-beyond":
		f.Flags, f.Payload, f.Seq = tcp.FIN|tcp.ACK, nil, f.Seq+beyond
	case "ack-too-old", "ack-of-unsent":
		f.Flags, f.Payload = tcp.ACK, nil
		code = "challenge-ack"
		if f.Ack += 5000; s.Kind == "ack-too-old" {
			f.Ack -= beyond
		}
	case "syn-ack":
		f.Flags, f.Payload, f.Options.MSS = tcp.SYN|tcp.ACK, nil, 1460
		code = "challenge-ack"
	}
	s.Answer(world.From(other(s.By), tcp.ACK), func() { s.Inject(f) })
	s.RoundTrips(1)
	s.lives(p)
	if code != "" {
		s.Expect(code)
	}
	s.Never("reset-mid-stream", "retransmission-burst", "capture-gap", "half-close", "data-after-close")
	s.Tell("A segment forged in the %s's name (%s) reached the %s, which answered it with an ACK and went on.", s.By, s.Kind, other(s.By))
}
