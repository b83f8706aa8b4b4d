package findings

import (
	"slices"

	"github.com/lastack/lastack/internal/nearest"
)

// rules is the catalogue in its order: the first rule is the first that `lastack explain` lists.
var rules = []*Rule{
	synUnanswered,
	handshakeFailed,
	connectionRefused,
	connectionUnreachable,
	synRetransmitted,
	synAckRetransmitted,
	handshakeIncomplete,
	acceptDeferred,
	acceptQueueOverflow,
	oldDuplicateSyn,
	answerFromElsewhere,
	twoResponders,
	halfOpenDiscovered,
	simultaneousOpen,
	selfConnect,
	synDroppedByTimestamp,
	synDroppedSelectively,
	synFlood,
	portScan,
	fastOpen,
	fastOpenRejected,

	simultaneousClose,
	halfClose,
	closeWaitLeak,
	finWait2Timeout,
	finRetransmitted,
	finUnacknowledged,
	lastAckLost,
	abortiveClose,
	closeWithUnreadData,
	dataAfterClose,
	resetMidStream,
	finIntoRequest,

	timeWaitReuse,
	timeWaitSynRejected,
	portReusedEarly,
	timeWaitAssassination,
	rstFromTimeWait,
	synInLastAck,
	finMeetsSynSent,
	oldDuplicateSegment,
	staleRst,
	timeWaitAccumulation,
	ephemeralPortExhaustion,

	challengeAck,
	rstOutOfWindow,
	rstInjectionSuspected,
	segmentOutOfWindow,
	ackOfUnsentData,
	ackStorm,
	retransmissionConflict,

	pawsDiscard,
	timestampMissing,
	timestampEchoInvalid,

	peerUnresponsive,
	dataNeverArrived,
	peerRebooted,
	keepaliveTimeout,
	connectionRecovered,
	idleTimeoutSuspected,
	zeroWindow,
	windowScaleIgnored,
	sackOutOfRange,
	retransmissionBurst,

	captureGap,
	oneWayCapture,
	midStream,
	duplicatePackets,
	superframe,
	checksumOffload,
	truncatedCapture,
	clockBackwards,
}

// Catalogue gives all rules in catalogue order.
func Catalogue() []*Rule { return slices.Clone(rules) }

// Lookup gives the rule of a code, nil if there is none.
func Lookup(code string) *Rule {
	for _, r := range rules {
		if r.Code == code {
			return r
		}
	}
	return nil
}

// Nearest gives the code that is most like what somebody typed, "" if nothing is like it.
func Nearest(typed string) string {
	codes := make([]string, len(rules))
	for i, r := range rules {
		codes[i] = r.Code
	}
	return nearest.To(typed, codes)
}
