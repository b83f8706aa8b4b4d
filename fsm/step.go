// Package fsm is one endpoint's TCP as a value, and the words for what it does.
//
// Socket has the variables of RFC 9293. Socket.Receive is what a host does with an arriving
// segment: its verdict, its response, its next state. Socket.Emits says for what a socket may have
// sent a segment. Profile has what the stacks do otherwise. Step, Life and Transition are how a
// connection is reported to the rules.
//
// The package knows no capture. Which segments arrived, and when, is for internal/infer to find
// out.
package fsm

import "github.com/lastack/lastack/tcp"

// Note is a set of things worth knowing about a step that its verdict does not say.
type Note uint32

// The notes.
const (
	Retransmission Note = 1 << iota // all or part of its sequence space was sent before
	Spurious                        // a retransmission of what the receiver already had
	AfterHole                       // begins after sequence space that is not in the capture yet
	LateOriginal                    // fills a hole: the network (or the capture) reordered it
	// the capture lost what came before: its receiver acknowledged it
	GapBefore
	AckUnseen // acknowledges data that is not in the capture
	// a keep-alive probe: at SND.NXT−1, no or one byte, nothing outstanding
	KeepAlive
	KeepAliveAnswer // the ACK that answers a keep-alive probe
	WindowProbe     // sent into a closed window
	ZeroWindow      // closes the sender's receive window
	WindowReopened  // opens it again
	ChallengeAck    // an ACK that answers a segment its sender refused (RFC 5961)
	DuplicateAck    // acknowledges nothing new
	NewSYN          // a SYN with another ISN than the current life's
	OldLife         // belongs to an earlier incarnation of the four-tuple
	Lost            // later segments show that it never reached its receiver
	// sent before its sender could have seen the peer's last FIN or RST
	Crossed
	// the verdict was revised when the receiver's later segments told more
	ReceiverLags
	// it had been taken to change the receiver's state; later segments disproved that
	Withdrew
	TimestampMissing // timestamps were negotiated and it has none
	EchoUnsent       // TSecr echoes a value that the peer never sent
	PastOwnFIN       // data beyond its sender's FIN
	// more payload than the negotiated MSS: offload at the capturing host
	Superframe
	// a retransmission whose bytes differ from the first transmission's
	DifferentBytes
	// its sender had lost or closed the connection and answers from no socket
	FromFormerPeer
	SynData        // a SYN that carries data (fast open)
	SynDataRefused // a SYN,ACK that does not acknowledge the SYN's data
	PortScanAnswer // reset by the initiator right after the SYN,ACK
	// a RST whose numbers are not its supposed sender's, or after which that one goes on
	Foreign
	// answers a segment that was refused: kept beside that if it says nothing else
	Reply
	// however ordinary it is, a finding shows it: it is kept whatever else is left out
	Exhibit
	// a SYN or SYN,ACK in a tunnel whose UDP checksum is wrong
	OuterBad
)

// Has reports whether all the notes of want are set.
func (n Note) Has(want Note) bool { return n&want == want }

// Any reports whether one of the notes of want is set.
func (n Note) Any(want Note) bool { return n&want != 0 }

// Wanted is what the receiver expected when a segment arrived, so that a verdict can be explained
// with both numbers.
type Wanted struct {
	RcvNxt   tcp.Seq // next sequence number expected
	RcvWnd   uint32  // receive window in bytes, right edge at RcvNxt+RcvWnd
	SndUna   tcp.Seq // oldest unacknowledged sequence number of the receiver's own
	SndNxt   tcp.Seq // the receiver's next sequence number to send
	TSRecent uint32  // TS.Recent (RFC 7323 section 4.3); valid with TSKnown
	TSKnown  bool
	Known    bool // false while the receiver's numbers are not known (mid-stream)
}

// Step is what one segment, or one ICMP error about the connection, did. It holds no pointers.
type Step struct {
	Time  int64  // nanoseconds since 1970-01-01 UTC
	Frame uint64 // from 1

	Answers    uint64 // the frame that this segment responds to, 0 if none or unknown
	AnsweredBy uint64 // the frame that is the predicted response, 0 if not in the capture

	Seq          tcp.Seq
	Ack          tcp.Seq
	Len          uint32 // payload bytes
	Window       uint32 // advertised, scaled, bytes
	TSval, TSecr uint32 // with tcp.OptTimestamps in Options
	Notes        Note
	Flags        tcp.Flags
	Options      tcp.OptionSet

	From                          tcp.Side
	SenderBefore, SenderAfter     tcp.State
	ReceiverBefore, ReceiverAfter tcp.State
	Verdict                       tcp.Verdict
	Reason                        tcp.Reason
	Response                      tcp.Response

	Kind     tcp.Kind // for KindICMP From is the side that sent the quoted segment
	TTL      uint8
	IPID     uint16
	ICMPType uint8
	ICMPCode uint8
	Again    bool // nothing of its sequence space is beyond what was sent before
	Content  tcp.Content
	ICMPMTU  uint32
	ICMPFrom tcp.Addr

	Wanted Wanted
}

// EndSeq is the sequence number after the segment's last.
func (s *Step) EndSeq() tcp.Seq { return s.Seq + tcp.Seq(s.SeqLen()) }

// SeqLen is the sequence space that the segment takes.
func (s *Step) SeqLen() uint32 {
	n := s.Len
	if s.Flags&tcp.SYN != 0 {
		n++
	}
	if s.Flags&tcp.FIN != 0 {
		n++
	}
	return n
}
