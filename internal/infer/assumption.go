package infer

// Assumption is a principle by which an observer changes what was said of a segment.
type Assumption uint8

// The assumptions. What each rests on stands in assumptions.
const (
	AckOfUnsent Assumption = iota
	Answered
	CrossedSYNACK
	FINsCrossed
	FirstSaid
	HandshakeIgnored
	MetNoSocket
	MissingFromCapture
	NothingFiltered
	OldSocket
	RecordedOutOfOrder
	RefusedInHandshake
	RepeatedSoLost
	ResetIgnored
	ResetTaken
	SelectivelyAcked
	SimultaneousOpen
	SomebodyElse
	SynAnswered
	SynackTaken
	StateTakenBack
	TakenAfterAll
	WhichTransmission

	numAssumptions
)

// Assumptions is how many there are.
const Assumptions = int(numAssumptions)

// assumptions are the names of the assumptions and what they rest on.
var assumptions = [numAssumptions]struct{ name, because string }{
	AckOfUnsent: {"ack-of-unsent",
		"its receiver's next segments show that what it acknowledged was never sent"},
	Answered: {"answered", "its receiver's next segment answers it"},
	CrossedSYNACK: {"crossed-syn-ack",
		"it crossed the repeated SYN,ACK on the way, and completed the handshake"},
	FINsCrossed: {"fins-crossed", "both sides had sent their FIN before the other's came"},
	FirstSaid: {"first-said",
		"this is what its receiver does with it, as far as the segments before it tell"},
	HandshakeIgnored: {"handshake-ignored",
		"the responder repeats its SYN,ACK as if nothing had come since"},
	MetNoSocket: {"met-no-socket", "a RST of its receiver shows that it met no socket"},
	MissingFromCapture: {"missing-from-capture",
		"later segments show that the capture lacks what was sent before it"},
	NothingFiltered: {"nothing-filtered",
		"a segment that no filter on flags passes shows that nothing is missing before it"},
	OldSocket: {"old-socket", "the other side still speaks for the connection before"},
	RecordedOutOfOrder: {"recorded-out-of-order",
		"what it acknowledges was recorded after it"},
	RefusedInHandshake: {"refused-in-handshake",
		"its receiver had not finished a handshake, and refused it with a RST"},
	RepeatedSoLost: {"repeated-so-lost",
		"its sender sends it again, as a stack does with what was not acknowledged"},
	ResetIgnored: {"reset-ignored", "its receiver goes on, so the RST ended nothing there"},
	ResetTaken: {"reset-taken",
		"its receiver's ACK has just the number that a RST on its way bears"},
	SelectivelyAcked: {"selectively-acked",
		"its receiver's selective acknowledgments tell what came and what did not"},
	SimultaneousOpen: {"simultaneous-open", "what was taken for a listener sends a SYN itself"},
	SomebodyElse: {"somebody-else",
		"the numbers of the side that it names show that somebody else sent it"},
	SynAnswered: {"syn-answered", "the SYN,ACK tells which SYN the listener took"},
	SynackTaken: {"syn-ack-taken", "the client's first ACK echoes the SYN,ACK that the client took"},
	StateTakenBack: {"state-taken-back",
		"a later segment of the side shows that the side's state had not changed"},
	TakenAfterAll: {"taken-after-all",
		"its receiver acknowledges it, or goes on as only one does that took it"},
	WhichTransmission: {"which-transmission",
		"the answer tells which of several transmissions its receiver took"},
}

// String gives the name that users see.
func (a Assumption) String() string { return assumptions[a].name }

// Because says what the assumption rests on, as the end of a sentence.
func (a Assumption) Because() string { return assumptions[a].because }
