package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// trait is a set of facts about a life, computed once, that tell cheaply which rules can have
// anything to say about it. A healthy connection has none.
type trait uint64

// The traits.
const (
	hasFailedOpen     trait = 1 << iota // the opening did not complete
	hasRepeatedSYN                      // a side sent more than one SYN
	hasRepeatedSYNACK                   // a side sent more than one SYN,ACK
	hasBothSYN                          // both sides sent a SYN
	hasFastOpen
	hasFormer // an earlier incarnation is known
	hasRST
	hasRepeatedFIN
	hasCloseWait // a side was seen to close and the other did not at once
	hasDiscard   // some receiver discarded a segment
	hasChallenge // a challenge ACK
	hasPAWS
	hasRetransmission
	hasProbes
	hasICMP
	hasOneWay
	hasMidStream
	hasMissing // bytes that the capture lost
	hasCopies
	hasBackInTime
	hasSuperframe
	hasChecksum // wrong checksums
	hasTimestampTrouble
	hasZeroWindow
	hasTimeWaitVisit // a segment met a side in TIME-WAIT
	hasAfterlife     // an earlier incarnation, or a visit to TIME-WAIT: old segments are possible
	hasDifferentBytes
	hasSimultaneousClose
	hasLateData   // new data after the peer's FIN
	hasSpace      // a long silence
	hasOnlySYNACK // the responder repeated its SYN,ACK, or sent nothing but that and resets
	hasVainSYN    // several SYNs, and an answer that opened nothing
	hasStraySACK  // SACK blocks of nothing that was sent
	hasHole       // a receiver still waits for something that later data passed
)

func (t trait) has(want trait) bool { return t&want == want }

// when gives t if ok.
func when(ok bool, t trait) trait {
	if ok {
		return t
	}
	return 0
}

// traitsOf looks at a life once.
func traitsOf(l *fsm.Life) trait {
	t := when(l.Former.Known, hasFormer|hasAfterlife) |
		when(l.OneWay, hasOneWay) |
		when(l.MidStream, hasMidStream) |
		when(l.Copies > 0 || recordedAgain(l) || bothSides(l), hasCopies) |
		when(l.BackInTime > 0, hasBackInTime) |
		when(l.ICMPErrors > 0, hasICMP) |
		when(l.Opening >= tcp.Refused, hasFailedOpen) |
		when(l.Closing == tcp.SimultaneousClose, hasSimultaneousClose) |
		when(l.Sides[0].SYNs > 0 && l.Sides[1].SYNs > 0, hasBothSYN) |
		when(l.MaxIdle >= longIdle, hasSpace) |
		when(onlySYNACK(&l.Sides[tcp.Responder]), hasOnlySYNACK) |
		when(l.Opening >= tcp.Refused && l.Sides[tcp.Initiator].SYNs > 1 && l.Sides[tcp.Responder].Segments > 0, hasVainSYN) |
		sideTraits(&l.Sides[0]) | sideTraits(&l.Sides[1])
	for i := range l.Steps {
		t |= stepTraits(&l.Steps[i])
	}
	return t
}

func sideTraits(s *fsm.SideFacts) trait {
	return when(s.SYNs > 1, hasRepeatedSYN) |
		when(s.SYNACKs > 1, hasRepeatedSYNACK) |
		when(s.FINs > 1, hasRepeatedFIN) |
		when(s.FINAcked.Seen(), hasCloseWait) |
		when(s.RSTs > 0, hasRST) |
		when(s.FastOpen != fsm.FastOpenFacts{}, hasFastOpen) |
		when(s.Retransmitted > 0, hasRetransmission) |
		when(s.Keep.Count > 0, hasProbes) |
		when(s.MissingBytes > 0, hasMissing) |
		when(s.Superframes > 0, hasSuperframe) |
		when(s.BadChecksums+s.PartialChecksums > 0, hasChecksum) |
		when(s.NoTimestamp > 0, hasTimestampTrouble) |
		when(s.Zero.Count > 0, hasZeroWindow) |
		when(s.Hole.Since != 0, hasHole) |
		when(s.StraySACK.Count > 0, hasStraySACK) |
		when(s.BytesAfterPeerFIN > 0, hasLateData)
}

// onlySYNACK reports whether a responder may not have taken the connection that it answered.
func onlySYNACK(s *fsm.SideFacts) bool {
	return s.SYNACKs > 1 || s.SYNACKs == 1 && s.Segments == uint64(s.SYNACKs)+uint64(s.RSTs)
}

func stepTraits(s *fsm.Step) trait {
	return when(s.Verdict == tcp.Discard, hasDiscard) |
		when(s.Reason == tcp.PAWS, hasPAWS) |
		when(s.Notes.Has(fsm.NewSYN), hasVainSYN) |
		when(s.Notes.Has(fsm.ChallengeAck), hasChallenge) |
		when(s.Notes.Any(fsm.TimestampMissing|fsm.EchoUnsent), hasTimestampTrouble) |
		when(s.Notes.Has(fsm.DifferentBytes), hasDifferentBytes) |
		when(s.ReceiverBefore == tcp.TimeWait || s.SenderBefore == tcp.TimeWait, hasTimeWaitVisit|hasAfterlife)
}

// longIdle is from when a silence is worth a thought: shorter than any middlebox's timeout that is
// in use.
const longIdle = 20 * 1e9
