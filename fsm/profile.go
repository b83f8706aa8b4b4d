package fsm

import "time"

// Profile is what is known of a stack, as far as the tracker and the rules depend on it. Each
// stack's stands in one literal, with the source beside each line. A field that no source tells has
// RFC 9293's value, or the zero value where that says "not known".
type Profile struct {
	Stack  Stack
	Name   string // as --stack and records have it
	System string // in a sentence: "Windows"; "" where nothing tells

	// The checks of a segment.

	// PAWSSlack is how much older than TS.Recent a timestamp may be (RFC 7323 section 5.3: 0).
	PAWSSlack int32
	// TakesLateACKs: a pure ACK that is only late is not discarded by PAWS.
	TakesLateACKs bool
	// PAWSSilence: what PAWS discards is answered only if it has data; RFC 7323 section 5.3 wants
	// an ACK always.
	PAWSSilence bool
	// LooseSequence: a segment is acceptable if it touches the window; else the four cases of RFC
	// 9293 section 3.10.7.4.
	LooseSequence bool
	// ZeroWindowRefuses: while the receive window is closed, a segment that begins before RCV.NXT
	// is refused with what is new in it.
	ZeroWindowRefuses bool
	// OldACKStops: a segment with an old ACK is not looked at for TS.Recent.
	OldACKStops bool
	// ACKBoundByData: how old an ACK may be is bounded by what was ever acknowledged, too.
	ACKBoundByData bool
	// DataPastFINResets: data that overlaps the peer's FIN and goes beyond it aborts the
	// connection.
	DataPastFINResets bool
	// ChallengeEvery is the shortest time between two ACKs that answer unacceptable segments; 0 for
	// no limit.
	ChallengeEvery time.Duration

	// Resets.

	// ExactRST is where a RST is exact.
	ExactRST ExactRST
	// InexactRST is the answer to a RST inside the window that is not exact.
	InexactRST Answer
	// AnswersAfterClose is the reset that data draws which comes after the socket was closed.
	AnswersAfterClose ResetForm
	// AbortsBare: an abort may be a RST without ACK.
	AbortsBare bool
	// ResetsHaveStamps: a RST,ACK carries timestamps where they were agreed on.
	ResetsHaveStamps bool

	// TIME-WAIT.

	TimeWait          time.Duration // 2MSL
	TimeWaitRST       TimeWaitRST
	TimeWaitSYN       TimeWaitSYN
	TimeWaitSYNAnswer Answer // to a SYN that TIME-WAIT does not take
	// TimeWaitStep is how far behind the old connection's last number the new one begins that
	// TIME-WAIT lets through; 0 where it begins anywhere.
	TimeWaitStep uint32

	// How it opens.

	SYNRepeats    []time.Duration // after the first SYN, when it is sent again
	SYNGivesUp    time.Duration   // after the first SYN
	SYNACKRepeats int             // how often a SYN,ACK is sent again
	// RefusedSYNAgain is how often a SYN that was refused is sent again, after RefusedSYNWait each.
	RefusedSYNAgain int
	RefusedSYNWait  time.Duration
	// QueueFull is what becomes of a SYN when the accept queue is full.
	QueueFull QueueFull
	// KeepsOfferedShift: in a simultaneous open the window is shifted by what the SYN offered,
	// whatever the peer's had.
	KeepsOfferedShift bool
	// ISNTick is how often the initial sequence numbers of one four-tuple go up by one; 0 where
	// they tell nothing.
	ISNTick time.Duration
	// StampTick is how often the timestamp clock ticks, 0 where that is not known.
	StampTick time.Duration

	// How it repeats, and gives up.

	LeastRTO    time.Duration
	GreatestRTO time.Duration
	DataTries   int    // how often data is sent again; 0 where that is not known
	DataEnds    Ending // what the peer gets after the last try
	FINTries    int    // how often the FIN of a closed socket is sent again; 0 where that is not known
	FINEnds     Ending

	Commands Commands

	// Host has the times that a setting of the host can change.
	Host Host

	// What it sends when it has nothing to send.

	KeepAlive      ProbeForm
	KeepAliveEnds  Ending
	WindowProbe    WindowProbeForm
	ReportsDSACK   bool // what comes twice is reported (RFC 2883)
	ACKsNewWindow  ACKsNewWindow
	RepeatsFINOnce bool // it sends its FIN again with the ACK of the peer's FIN, in a simultaneous close
}

// LeavesTimeWaitAt gives when a host that entered TIME-WAIT at a time, in ns, leaves it.
func (p *Profile) LeavesTimeWaitAt(entered int64) int64 { return entered + int64(p.TimeWait) }

// Commands are those that show on a host what its TCP does. Empty ones are not known.
type Commands struct {
	Sockets   string // its sockets
	Processes string // and whose they are; empty where Sockets tells
	Filter    string // what picks those in a state out of that
	Counters  string // what was counted
	Settings  string // the settings
	Route     string // the way to an address
}

// Answer is how a segment is answered that was not taken.
type Answer uint8

// The answers.
const (
	AnswerACK Answer = iota
	AnswerSilence
	AnswerRST
)

// TimeWaitRST is what an exact RST does to TIME-WAIT (RFC 1337).
type TimeWaitRST uint8

// What it does.
const (
	RSTEndsTimeWait    TimeWaitRST = iota // unless Host.RFC1337 is set
	RSTLeavesTimeWait                     // it is ignored
	RSTTimeWaitUnknown                    // no source tells; taken to end it
)

// TimeWaitSYN is the ground on which TIME-WAIT takes a SYN (RFC 6191, RFC 9293 section 3.6.1).
type TimeWaitSYN uint8

// The grounds.
const (
	SYNNewerEither  TimeWaitSYN = iota // by a sequence number after RCV.NXT, or a newer timestamp
	SYNNewerStamp                      // by the timestamp where there is one, else by the sequence number
	SYNNewerSeq                        // by the sequence number alone
	SYNBeyondWindow                    // by a sequence number beyond RCV.NXT and the old receive window
	SYNNever                           // not at all
)

// ResetForm is how a RST looks that answers a segment with ACK.
type ResetForm uint8

// The forms.
const (
	BareRST ResetForm = iota // SEQ is the segment's ACK, no ACK flag (RFC 9293 section 3.10.7.1)
	RSTACK                   // SEQ is SND.NXT, ACK is what lies behind the segment
)

// QueueFull is what a listener does with a SYN when its accept queue is full.
type QueueFull uint8

// What it does.
const (
	QueueFullDrops       QueueFull = iota // nothing
	QueueFullRefuses                      // RST,ACK
	QueueFullResetsLater                  // the handshake's last ACK is answered with a RST
)

// Ending is what a peer gets when a host gives up.
type Ending uint8

// The endings.
const (
	EndsSilently Ending = iota
	EndsWithRST         // RST,ACK
)

// ProbeForm is what a keep-alive probe looks like.
type ProbeForm uint8

// The forms, all of them below SND.NXT.
const (
	ProbeStamped ProbeForm = iota // no byte, timestamps where agreed
	ProbeBare                     // no byte, no timestamps
	ProbeByte                     // one byte of zero, no options
)

// WindowProbeForm is what a probe of a closed window looks like.
type WindowProbeForm uint8

// The forms.
const (
	ProbesBelow    WindowProbeForm = iota // no byte, below SND.UNA
	ProbesNextByte                        // the next byte
	ProbesJunk                            // a byte that means nothing, below SND.UNA
)

// ACKsNewWindow is when a receiver sends an ACK for nothing but a larger window.
type ACKsNewWindow uint8

// The conditions.
const (
	ACKsAnyWindow     ACKsNewWindow = iota // that is not known
	ACKsDoubledWindow                      // when it has doubled
)

// sinceFirst gives the moments after the first try of tries that are so far apart.
func sinceFirst(waits ...time.Duration) []time.Duration {
	at := time.Duration(0)
	for i, wait := range waits {
		at += wait
		waits[i] = at
	}
	return waits
}

// profiles are the facts of all stacks.
var profiles = [NumStacks]Profile{
	AnyStack: anyProfile(),
	Linux:    linuxProfile,
	RFC9293:  rfc9293Profile,
	Windows:  windowsProfile,
	Darwin:   darwinProfile,
	FreeBSD:  freeBSDProfile,
	OpenBSD:  openBSDProfile,
	Solaris:  solarisProfile,
	Embedded: embeddedProfile,
	GVisor:   gVisorProfile,
}

// anyProfile is Linux's without its name.
func anyProfile() Profile {
	p := linuxProfile
	p.Stack, p.Name, p.System = AnyStack, "unknown", ""
	return p
}
