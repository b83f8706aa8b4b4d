package fsm

import (
	"time"

	"github.com/lastack/lastack/tcp"
)

// Mark is a point in the capture. The zero Mark is "never".
type Mark struct {
	Frame uint64
	Time  int64 // nanoseconds since 1970-01-01 UTC
}

// Seen reports whether the mark was ever set.
func (m Mark) Seen() bool { return m.Frame != 0 }

// Since gives the time from an earlier mark to this one.
func (m Mark) Since(earlier Mark) time.Duration { return time.Duration(m.Time - earlier.Time) }

// Transition is one change of one side's state.
type Transition struct {
	Mark      // the segment that made the change; Frame is 0 for a timer
	Side      tcp.Side
	From, To  tcp.State
	Certainty tcp.Certainty
	Cause     Cause
	// later segments disproved it: kept for the record, not part of the state sequence
	Withdrawn bool
}

// EndedBy says why a life is reported now.
type EndedBy uint8

// The ways that a life ends for lastack.
const (
	EndOfCapture EndedBy = iota // the capture ended, the connection may live on
	EndClosed                   // both sides are closed, TIME-WAIT has passed
	EndReplaced                 // a new incarnation took the four-tuple
	EndEvicted                  // --max-connections: the longest idle one made room
	// idle for so long that it is reported; later segments start mid-stream
	EndIdle
	NotEnded // live view of a connection that goes on
)

// Backoff is a run of retransmissions without an answer.
type Backoff struct {
	Seq       tcp.Seq   // the lowest that was sent again
	Count     uint32    // retransmissions, not counting the first transmission
	First     Mark      // the first transmission, or the first that was seen
	Last      Mark      // the last retransmission
	Intervals [16]int64 // nanoseconds before each retransmission; the first 16
	FIN       bool      // the run is of a bare FIN
	Quiet     uint32    // of Count, those that their receiver drops without a word
	Since     int64     // when the first of those was sent that deserved an answer, ns
	Timeout   int64     // the longest interval, also of runs before that were of the same, ns
	Again     bool      // there were such runs
	// Heard is the first segment of any kind from the peer after the run began; the zero Mark when
	// nothing came.
	Heard Mark
}

// Probes is a run of keep-alive probes without an answer.
type Probes struct {
	Count       uint32
	First, Last Mark
	Interval    int64 // nanoseconds between the last two
	IdleBefore  int64 // nanoseconds between the last segment of either side and the first probe
	Quiet       uint32
}

// ZeroWindows is what a side's closed receive windows amounted to.
type ZeroWindows struct {
	Count  uint32
	Total  int64 // nanoseconds closed, in all
	Since  Mark  // set while closed
	Probes uint32
}

// Backward is a record whose time is before that of an earlier one.
type Backward struct {
	Mark
	By    int64  // ns before the latest earlier one
	After uint64 // the frame that it follows
}

// SideFacts is what is known of one side and of what it sent.
type SideFacts struct {
	Tally

	State  tcp.State // at the end, or now
	Stack  Stack     // what its host runs, as far as that is known
	Told   bool      // somebody said so; else Signs show it
	SndUna tcp.Seq   // acknowledged by the peer, as captured
	SndNxt tcp.Seq   // after the highest that it sent
	RcvNxt tcp.Seq   // what it has acknowledged: proof of what reached it

	Zero    ZeroWindows
	Backoff Backoff // the current or last run; kept after it is answered (see Heard)
	Longest Backoff // the longest run by time that was answered
	Keep    Probes  // the run at the end; zero when the last probe was answered
	Hole    Hole    // what never reached the peer, nor the capture

	Unscaled  Unscaled
	StraySACK StraySACK
}

// Unscaled counts what became of a side's data from its first retransmission on, by whether it lay
// beyond the peer's window as that stands in the header, without its scale. It is empty if anything
// from beyond was ever acknowledged.
type Unscaled struct{ LostBeyond, LostWithin, PassedWithin uint32 }

// StraySACK is about segments of a side whose SACK blocks are of no data that the peer can have
// sent.
type StraySACK struct {
	Count     uint32
	First     Mark
	Ack, Left tcp.Seq // of the first: what it acknowledged, and where its first block begins
}

// Hole is sequence space of a side that its peer still waits for: later segments are in the
// capture, and the peer's acknowledgments stop before it.
type Hole struct {
	From, To tcp.Seq
	Since    int64 // when the youngest hole appeared, ns; 0 if there is none
}

// Tally is what is kept of one side while the connection lives.
type Tally struct {
	ISN      tcp.Seq
	ISNKnown bool

	MSS         uint16 // from its SYN, 0 if unknown
	WScale      uint8
	WScaleKnown bool
	SACKOK      bool
	TSOK        bool // timestamps negotiated on the connection
	FastOpen    FastOpenFacts

	Segments           uint64
	Bytes              uint64 // payload bytes counted once
	Retransmitted      uint64 // segments that carry sequence space sent before
	RetransmittedBytes uint64
	Spurious           uint64 // retransmissions of what the peer already had
	OutOfOrder         uint64 // segments that came late by reordering, not by retransmission
	DataSegments       uint64
	MissingBytes       uint64 // acknowledged by the peer though not in the capture
	Missing            Mark   // the first ACK that showed it
	MaxLen             uint32 // largest payload of one segment
	Superframes        uint64
	FirstSuperframe    Mark
	BadChecksums       uint64
	PartialChecksums   uint64
	FirstBadChecksum   Mark // bad or partial
	CutSegments        uint64
	FirstCut           Mark
	NoTimestamp        uint64

	SYNs, SYNACKs, FINs, RSTs uint32
	// RSTsAgain are those that came within a second of the one before, with one of the peer's
	// segments in between and nothing else of this side.
	RSTsAgain               uint32
	LastRST                 Mark
	FirstSYN, LastSYN       Mark // of this life; a SYN,ACK counts as SYNACK only
	FirstSYNACK, LastSYNACK Mark
	FirstFIN, LastFIN       Mark
	FINSeq                  tcp.Seq // sequence number of the FIN itself
	FINAcked                Mark    // first ACK from the peer that covers it
	First, Last, LastData   Mark    // sent by this side
	FirstData               Mark
	// LastUnasked is the last data that this side sent unasked: with nothing outstanding, and
	// without new data of the peer since its own data before.
	LastUnasked       Mark
	Resumed           Mark   // the last data of this side that ended a silence
	ResumedAfter      int64  // ns since the data before that, of either side, or since the handshake
	LastProgress      Mark   // last time the peer acknowledged something new of this side
	BytesAfterPeerFIN uint64 // new payload sent after acknowledging the peer's FIN

	TTL        uint8 // the usual one
	SYNOptions tcp.OptionSet
	Signs      Signs // of its stack

	GoodChecksums uint64      // segments whose checksum was verified
	LastLen       uint32      // payload of the last segment with data
	LastContent   tcp.Content // of that
	FirstContent  tcp.Content // of the first segment with data
}

// FastOpenFacts is what a side did with TCP fast open (RFC 7413).
type FastOpenFacts struct {
	Requested   bool // asked for a cookie
	Cookie      bool // sent or granted a cookie
	SynData     uint32
	DataAcked   bool // the SYN,ACK acknowledged the SYN's data
	DataRefused bool // it did not
}

// Former is what remains of the previous life of the four-tuple. Sides are named as in the present
// life.
type Former struct {
	Known       bool
	Incarnation uint32
	Ended       Mark         // its last segment
	State       [2]tcp.State // when the new life began
	TimeWait    tcp.Side     // the side that was in TIME-WAIT, NoSide if none
	TimeWaitAt  int64        // when it (re)entered TIME-WAIT, ns
	// WasTimeWait is when a side entered TIME-WAIT that may have left it since, ns; 0 if it never was
	WasTimeWait [2]int64
	SndNxt      [2]tcp.Seq
	RcvNxt      [2]tcp.Seq
	TSRecent    [2]uint32
	TSKnown     [2]bool
	ReusedBy    ReuseBasis // on what ground the SYN was accepted in TIME-WAIT
}

// ReuseBasis says which comparison let a SYN through in TIME-WAIT (RFC 6191;
// tcp_timewait_state_process).
type ReuseBasis uint8

// The grounds.
const (
	NotReused   ReuseBasis = iota
	BySequence             // SEQ after RCV.NXT
	ByTimestamp            // TSval newer than TS.Recent
	ByBoth
	ByOwner // the closer itself opened again (tcp_tw_reuse, SO_REUSEADDR)
)

// Successor is the life that came after, when one did.
type Successor struct {
	Known      bool
	FirstSYN   Mark // the SYN that opened it, or its first try
	SYN        Mark // the SYN that was accepted
	Initiator  tcp.Side
	Tries      uint32 // SYNs refused before
	ISN        tcp.Seq
	WasRefused bool
}

// Life is one incarnation of a four-tuple, as findings and reports see it. The tracker reuses it:
// whoever keeps one copies it.
type Life struct {
	ID          uint64        // the number in "C7", in order of first frames
	Tuple       tcp.FourTuple // Src is the initiator
	Incarnation uint32        // from 1 for each four-tuple
	// the encapsulation that each side's segments were found in, as Tuple.Path
	Paths     [2]uint32
	Direction tcp.DirectionSource

	First, Last Mark
	Now         int64 // capture time up to which the silence after Last is known, ns
	EndedBy     EndedBy

	Opening  tcp.OpeningKind
	Closing  tcp.ClosingKind
	ClosedBy [2]bool // which sides closed first (both for simultaneous and when unknown neither)

	Established Mark     // first moment both sides were ESTABLISHED as far as known
	RTT         int64    // ns between SYN and final ACK, 0 if unknown
	Gap         [2]int64 // ns SYN→SYN,ACK and SYN,ACK→ACK at the capture point
	Vantage     tcp.Vantage
	MaxIdle     int64 // longest silence of both sides between two segments, ns
	IdleEnd     Mark  // the segment that ended it

	Sides       [2]SideFacts
	Transitions []Transition
	Steps       []Step // the notable ones in order; with KeepAll all of them
	// notable steps left out of Steps because there were too many; they lie between the first and
	// last ones kept
	StepsLeft uint64
	Copies    uint64 // packets recorded twice and left out
	FirstCopy Mark   // the first one whose first record is among Steps
	CopyOf    uint64 // the frame of that first record
	// segments that were recorded after others which show that they had been sent; those of former
	// lives too
	Disordered uint32
	BackMost   int64  // the largest step back, ns
	BackInTime uint64 // records whose time is before an earlier record's
	Back       Backward
	Former     Former
	Next       Successor
	ServerWay  Way  // of a refused life: how the responder's own segments come, in other lives
	OneWay     bool // only one direction is in the capture
	MidStream  bool
	ICMPErrors uint32
}

// Endpoint gives a side's address and port.
func (l *Life) Endpoint(s tcp.Side) (tcp.Addr, uint16) {
	if s == tcp.Initiator {
		return l.Tuple.Src, l.Tuple.SrcPort
	}
	return l.Tuple.Dst, l.Tuple.DstPort
}

// States calls yield with each transition that stands, in order, for one side.
func (l *Life) States(side tcp.Side) func(yield func(*Transition) bool) {
	return func(yield func(*Transition) bool) {
		for i := range l.Transitions {
			t := &l.Transitions[i]
			if t.Side == side && !t.Withdrawn && !yield(t) {
				return
			}
		}
	}
}

// Entered gives the last standing transition of side into state, nil if there was none.
func (l *Life) Entered(side tcp.Side, state tcp.State) *Transition {
	for i := len(l.Transitions) - 1; i >= 0; i-- {
		if t := &l.Transitions[i]; t.Side == side && t.To == state && !t.Withdrawn {
			return t
		}
	}
	return nil
}

// Flagged counts a side's SYNs, FINs and RSTs.
func (t *Tally) Flagged() uint64 {
	return uint64(t.SYNs) + uint64(t.SYNACKs) + uint64(t.FINs) + uint64(t.RSTs)
}
