package findings

import "slices"

// rules is the catalogue in its order: the first rule is the first that `lastack explain` lists.
var rules = []*Rule{
	synUnanswered,
	connectionRefused,
	connectionUnreachable,
	synRetransmitted,
	synAckRetransmitted,
	handshakeIncomplete,
	acceptQueueOverflow,
	oldDuplicateSyn,
	halfOpenDiscovered,
	simultaneousOpen,
	synDroppedByTimestamp,
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
	peerRebooted,
	keepaliveTimeout,
	connectionRecovered,
	idleTimeoutSuspected,
	zeroWindow,
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
	best, bestDistance := "", 1+len(typed)/2
	for _, r := range rules {
		if d := distance(typed, r.Code); d < bestDistance {
			best, bestDistance = r.Code, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two strings: how many letters to insert, delete or change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, corner+1, row[j]+1)
		}
	}
	return row[len(b)]
}
