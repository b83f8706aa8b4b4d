package tcp

// Verdict is what a receiver's TCP does with a segment.
type Verdict uint8

// The verdicts.
const (
	VerdictUnknown Verdict = iota
	Accept                 // taken
	Queue                  // out of order: kept for later
	Duplicate              // nothing new in it: acknowledged again
	Discard                // dropped, for a Reason
	Reset                  // a valid RST: the connection ends
)

var verdictNames = []string{"unknown", "accept", "queue", "duplicate", "discard", "reset"}

// String gives the verdict's name in records.
func (v Verdict) String() string { return name(verdictNames, uint8(v)) }

// Reason is why a verdict is not a plain accept.
type Reason uint8

// The reasons, each with the Linux drop reasons that it stands for (include/net/dropreason-core.h).
const (
	NoReason        Reason = iota
	OutOfOrder             // kept in the out-of-order queue
	OldData                // TCP_OLD_DATA, TCP_OLD_SEQUENCE on data
	OldAck                 // TCP_OLD_ACK, TCP_TOO_OLD_ACK
	OutOfWindow            // TCP_OVERWINDOW, TCP_INVALID_SEQUENCE, TCP_INVALID_END_SEQUENCE, TCP_OLD_SEQUENCE
	PAWS                   // TCP_RFC7323_PAWS, TCP_RFC7323_PAWS_ACK, TCP_RFC7323_TW_PAWS
	TimestampEcho          // TCP_RFC7323_TSECR
	RstNotExact            // TCP_RESET without a state change
	SynInWindow            // TCP_INVALID_SYN
	AckUnacceptable        // TCP_INVALID_ACK_SEQUENCE, TCP_ACK_UNSENT_DATA
	BadFlags               // TCP_FLAGS
	BadChecksum            // TCP_CSUM
	NoConnection           // NO_SOCKET
	ListenOverflow         // TCP_LISTEN_OVERFLOW
	AfterClose             // TCP_CLOSE, TCP_ABORT_ON_DATA
	InTimeWait             // no drop reason: seen by the answer
	ValidRst               // TCP_RESET with a state change
	MidStream              // the capture began inside the connection
	NotCaptured            // what would decide is not in the capture
)

var reasonNames = []string{"", "out-of-order", "old-data", "old-ack", "out-of-window", "paws", "timestamp-echo",
	"rst-not-exact", "syn-in-window", "ack-unacceptable", "bad-flags", "bad-checksum", "no-connection", "listen-overflow",
	"closed", "time-wait", "rst", "mid-stream", "not-captured"}

// String gives the reason's name in records, "" for none.
func (r Reason) String() string { return name(reasonNames, uint8(r)) }

// Response is what a verdict makes the receiver send.
type Response uint8

// The responses.
const (
	RespondNone Response = iota
	RespondAck
	RespondChallengeAck
	RespondSynAck
	RespondRst
)

var responseNames = []string{"none", "ack", "challenge-ack", "syn-ack", "rst"}

// String gives the response's name in records.
func (r Response) String() string { return name(responseNames, uint8(r)) }
