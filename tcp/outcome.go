package tcp

// OpeningKind says how a connection came about, or failed to.
type OpeningKind uint8

// The openings.
const (
	OpeningMidStream OpeningKind = iota
	ThreeWay
	SimultaneousOpen
	FastOpen
	Refused
	Unreachable
	Unanswered
	Incomplete
)

var openingNames = []string{"mid-stream", "three-way", "simultaneous", "fast-open", "refused", "unreachable", "unanswered",
	"incomplete"}

// String gives the opening's name in records.
func (o OpeningKind) String() string { return name(openingNames, uint8(o)) }

// ClosingKind says how a connection ended, as far as the capture goes.
type ClosingKind uint8

// The closings.
const (
	StillOpen ClosingKind = iota
	FourSegment
	ThreeSegment
	SimultaneousClose
	ByReset
	HalfClosed
	TimedOut
)

var closingNames = []string{"open", "four-segment", "three-segment", "simultaneous", "reset", "half-closed", "timed-out"}

// String gives the closing's name in records.
func (c ClosingKind) String() string { return name(closingNames, uint8(c)) }

// DirectionSource says how lastack knows which side is the initiator.
type DirectionSource uint8

// The ways to know, strongest first.
const (
	DirectionFromSYN    DirectionSource = iota // it sent the SYN
	DirectionFromSYNACK                        // the peer sent the SYN,ACK
	DirectionFromPort                          // the other port was seen listening, is well known, or is lower
	DirectionFromFirst                         // nothing better than who was seen first
)

var directionNames = []string{"syn", "syn-ack", "port", "first-seen"}

// String gives the source's name in records.
func (d DirectionSource) String() string { return name(directionNames, uint8(d)) }
