package fsm

import "time"

// rules are the points in which stacks differ.
type rules struct {
	timeWait time.Duration // 2MSL
	// pawsWindow is how much older than TS.Recent a timestamp may be (Linux TCP_PAWS_WINDOW 1, RFC 7323 section 5.3: 0).
	pawsWindow int32
	// lateAcks: a pure ACK that is only late is not discarded by PAWS (tcp_disordered_ack_check).
	lateAcks bool
	// rstEdges: a RST is also exact at the highest SACK edge, and at RCV.NXT−1 after a FIN (tcp_validate_incoming).
	rstEdges bool
	// looseSequence: the acceptability test of tcp_sequence rather than the four cases of RFC 9293 section 3.10.7.4.
	looseSequence bool
	// eitherReuse: a SYN in TIME-WAIT is good by its sequence number or by its timestamp (tcp_timewait_state_process); RFC 6191
	// section 2 lets the timestamp decide when there is one.
	eitherReuse bool
	// ackedBound: MAX.SND.WND is no more than what was ever acknowledged, when an old ACK is judged (tcp_ack).
	ackedBound bool
	// rateLimit is the shortest time between two ACKs that answer unacceptable segments (tcp_invalid_ratelimit).
	rateLimit time.Duration
}

var ruleSets = [...]rules{
	Linux: {timeWait: TimeWaitLen, pawsWindow: 1, lateAcks: true, rstEdges: true, looseSequence: true, eitherReuse: true, ackedBound: true,
		rateLimit: 500 * time.Millisecond},
	// RFC 9293 section 3.4.2 has an MSL of 2 minutes.
	RFC9293: {timeWait: 4 * time.Minute},
}
