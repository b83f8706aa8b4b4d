package fsm

// Way is what a host's segments have shown of the way between it and the capture point, over all
// its connections. The zero Way is of a host of which nothing was seen.
type Way struct {
	Answers        uint32 // segments that it is known by: SYN,ACKs, or what came first of a connection
	LeastTTL       uint8  // with which these came
	GreatestTTL    uint8
	QuickestAnswer int64 // the shortest time between a SYN and its SYN,ACK, ns; 0 if none was measured
}

// Meet takes a segment in, and how long after its SYN it came, 0 if that is not known.
func (w *Way) Meet(ttl uint8, after int64) {
	if w.Answers++; w.Answers == 1 {
		w.LeastTTL, w.GreatestTTL = ttl, ttl
	}
	w.LeastTTL, w.GreatestTTL = min(w.LeastTTL, ttl), max(w.GreatestTTL, ttl)
	if after > 0 && (w.QuickestAnswer == 0 || after < w.QuickestAnswer) {
		w.QuickestAnswer = after
	}
}
