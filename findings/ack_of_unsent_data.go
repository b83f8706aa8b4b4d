package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var ackOfUnsentData = &Rule{
	Code:     "ack-of-unsent-data",
	Title:    "Data was acknowledged that had never been sent",
	Group:    GroupValidity,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "an ACK beyond everything its peer had sent, when no capture loss explains it",
	What: "A side acknowledged a number that its peer had not reached. The capture has everything that the peer sent, so nothing that " +
		"was lost from it explains that.",
	Why: "Such a segment is dropped, and challenged if the limits allow (RFC 5961 section 5.2, RFC 9293 section 3.10.7.4; tcp_ack). " +
		"A correct peer cannot send it. It comes from a middlebox that got its numbers wrong, from an optimistic receiver that wants " +
		"to go faster, or from somebody who guesses.",
	Confirm: []string{
		"capture at both ends and compare the acknowledgment numbers",
		"on the receiver: nstat -az TcpExtTCPChallengeACK TcpExtTCPACKSkippedChallenge",
	},
	Do:          []string{"Find what rewrites or makes segments on the way: WAN optimizers, proxies, load balancers with sequence translation."},
	Misreadings: []string{"In a capture that lost packets the same picture is normal: see capture-gap."},
	OtherNames: []string{
		"Wireshark: TCP ACKed unseen segment",
		"Zeek: content_gap, history g or G: taken for a gap in the capture",
		"Suricata: stream.est_invalid_ack",
		"Snort: none; its stream_tcp statistics count invalid_ack",
		"kernel: drop reason TCP_ACK_UNSENT_DATA",
	},
	LooksLike: []string{"a segment of the peer that passed the capture point by another way"},
	RFC:       []string{"RFC 5961 section 5.2", "RFC 9293 section 3.10.7.4"},
	Kernel:    []string{"tcp_ack", "tcp_send_challenge_ack"},
	Sysctl:    []string{"net.ipv4.tcp_invalid_ratelimit", "net.ipv4.tcp_challenge_ack_limit"},
	Counter:   []string{"TcpExtTCPChallengeACK"},
	needs:     hasDiscard,
	wholly:    true,
	check:     checkAckOfUnsentData,
}

// acksUnsent likes an acknowledgment beyond everything sent on a connection that both sides have
// opened.
func acksUnsent(s *fsm.Step) bool {
	return s.Kind == tcp.KindTCP && s.Verdict == tcp.Discard && s.Reason == tcp.AckUnacceptable && s.ReceiverBefore.Synchronized() &&
		!s.Flags.Any(tcp.SYN|tcp.RST) && s.Wanted.Known && s.Ack.After(s.Wanted.SndNxt)
}

// provenUnsent reports whether the receiver of an ACK of unsent data showed that it really had not
// sent that much: its answer begins before the number acknowledged, or it sent something afterwards
// and never got beyond where it stood, or went on from there. Otherwise the capture may have lost
// what was acknowledged, or recorded it after its acknowledgment.
func (c *Case) provenUnsent(ack, goesOn *fsm.Step) bool {
	if a := c.answer(ack); a != nil {
		return a.Seq.Before(ack.Ack)
	}
	receiver := &c.Sides[ack.From.Peer()]
	spoke := receiver.Last.Frame > ack.Frame && !(c.Next.Known && receiver.Last.Frame >= c.Next.FirstSYN.Frame)
	return goesOn != nil || spoke && receiver.SndNxt == ack.Wanted.SndNxt
}

// goesOn gives the segment with which the receiver of an ACK of unsent data goes on where it stood,
// nil if none is known. One that reaches as far as the ACK may be a repetition, of which the
// capture lacks the first transmission.
func (c *Case) goesOn(ack *fsm.Step) *fsm.Step {
	return c.first(func(s *fsm.Step) bool {
		return isTCP(s, ack.From.Peer(), tcp.ACK, tcp.SYN|tcp.RST) && s.Frame > ack.Frame && s.Seq == ack.Wanted.SndNxt && s.SeqLen() > 0 &&
			s.EndSeq().Before(ack.Ack) && !s.Notes.Has(fsm.Retransmission)
	})
}

func checkAckOfUnsentData(c *Case) {
	if c.OneWay || c.MidStream || c.Sides[0].MissingBytes+c.Sides[1].MissingBytes > 0 {
		return
	}
	ack := c.first(acksUnsent)
	if ack == nil {
		return
	}
	goesOn := c.goesOn(ack)
	if !c.provenUnsent(ack, goesOn) {
		return
	}
	d := c.fire()
	d.Blame = BlameUnknown
	d.unsure(Likely)
	if c.soonAfterFormer(ack) {
		d.unsure(Possible, recordedLate)
	}
	if ack.Wanted.Known && ack.Seq.After(ack.Wanted.RcvNxt) {
		d.unsure(Possible, "records that the capture lost, of both sides: the segment begins beyond what its own sender was seen to send, too")
	}
	n := 0
	for s := range c.all(acksUnsent) {
		d.trigger(s, "acknowledges what was never sent")
		n++
	}
	d.context(goesOn, "goes on from where it stood")
	peer := ack.From.Peer()
	d.Title = fmt.Sprintf("%s acknowledged %d bytes that %s had not sent", c.addr(ack.From), ack.Ack.Sub(ack.Wanted.SndNxt), c.addr(peer))
	d.Explanation = fmt.Sprintf("A segment in the name of %s acknowledged number %s, but %s had sent only up to %s. It was dropped.",
		c.side(ack.From), c.seq(peer, ack.Ack), c.addr(peer), c.seq(peer, ack.Wanted.SndNxt))
	d.note("count", n)
	d.note("ack", uint32(ack.Ack))
	d.note("snd_nxt", uint32(ack.Wanted.SndNxt))
}
