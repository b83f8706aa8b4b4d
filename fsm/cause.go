package fsm

// Cause says what made a transition.
type Cause uint8

// The causes.
const (
	SentSYN Cause = iota
	SentSYNACK
	SentFIN
	SentRST
	ReceivedSYN
	ReceivedSYNACK
	ReceivedACK
	ReceivedFIN
	ReceivedFINACK // the FIN came with the ACK of the receiver's own FIN
	ReceivedRST
	ReceivedICMP
	ReceivedNewSYN
	TimeWaitExpired
	FinWait2Expired
	GaveUp          // retransmissions or probes ended without an answer
	SegmentShows    // a segment proves the state mid-stream
	LostState       // rebooted or otherwise forgot the connection
	DataAfterClose  // data arrived after the application had closed
	ListenAnswered  // the answer shows that somebody listened
	RefusedToAnswer // the answer shows that nobody listened
)

var causeNames = []string{"sent SYN", "sent SYN,ACK", "sent FIN", "sent RST", "received SYN",
	"received SYN,ACK",
	"received ACK", "received FIN", "received FIN and ACK of FIN", "received RST", "received ICMP error",
	"accepted a new SYN", "2MSL passed", "FIN-WAIT-2 timeout", "gave up", "its segments show it", "lost its state",
	"data after close", "it answered the SYN", "it refused the SYN"}

// String gives the cause as records have it.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "?"
}
