package fsm

// OvertakenWithin is how late, without timestamps, a segment or a copy of one may come that was
// sent before a RST, and two round trips: no timer sends it again sooner (TCP_RTO_MIN).
const OvertakenWithin = 150_000_000
