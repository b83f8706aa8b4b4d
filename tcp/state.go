package tcp

// State is the state of one endpoint, named as in RFC 9293 section 3.3.2.
type State uint8

// The states. Unknown is a side picked up mid-stream until its segments prove a state.
const (
	Unknown State = iota
	Closed
	Listen
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
	NumStates = iota
)

var stateNames = [NumStates]string{"UNKNOWN", "CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
	"FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"}

// String gives the RFC's name of the state.
func (s State) String() string { return name(stateNames[:], uint8(s)) }

// Synchronized reports whether both sides have agreed on sequence numbers (RFC 9293 section 3.5.1):
// ESTABLISHED and what comes after it up to TIME-WAIT.
func (s State) Synchronized() bool { return s >= Established }

// ReceivedFIN reports whether a side in this state has taken its peer's FIN.
func (s State) ReceivedFIN() bool {
	return s == CloseWait || s == Closing || s == LastAck || s == TimeWait
}

// SentFIN reports whether a side in this state has sent its own FIN.
func (s State) SentFIN() bool {
	return s == FinWait1 || s == FinWait2 || s == Closing || s == LastAck || s == TimeWait
}

// Certainty says how a transition is known.
type Certainty uint8

// The certainties, weakest first.
const (
	// Inferred: the segment passed the capture point and nothing has contradicted its arrival.
	Inferred Certainty = iota
	// Timer: the state's own clock (2MSL, FIN-WAIT-2) ran out in capture time.
	Timer
	// Confirmed: the side later sent something that only the new state explains.
	Confirmed
	// Observed: the side itself sent the segment that makes the change.
	Observed
)

var certaintyNames = []string{"inferred", "timer", "confirmed", "observed"}

// String gives the certainty's name in records.
func (c Certainty) String() string { return name(certaintyNames, uint8(c)) }

// Side is one of the two endpoints of a connection.
type Side uint8

// The two sides. NoSide stands for neither.
const (
	Initiator Side = iota
	Responder
	NoSide
)

var sideNames = []string{"initiator", "responder", ""}

// String gives "initiator", "responder" or "".
func (s Side) String() string { return name(sideNames, uint8(s)) }

// Peer gives the other side.
func (s Side) Peer() Side { return s ^ 1 }

// Vantage says where the capture was taken, as seen from a connection.
type Vantage uint8

// The vantage points.
const (
	VantageUnknown Vantage = iota
	NearInitiator
	Middle
	NearResponder
)

var vantageNames = []string{"unknown", "initiator", "middle", "responder"}

// String gives the vantage's name in records.
func (v Vantage) String() string { return name(vantageNames, uint8(v)) }

// name looks i up in names; a value outside it is a programming error and gives "?" rather than a
// panic.
func name(names []string, i uint8) string {
	if int(i) < len(names) {
		return names[i]
	}
	return "?"
}
