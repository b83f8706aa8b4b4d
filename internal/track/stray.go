package track

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// strayFor is how long an ICMP error waits for the segment that it quotes: two interfaces' records may be out of order by as much.
const strayFor = 50_000_000

// stray keeps the last ICMP errors that quote no known connection, because the quoted SYN may be recorded just after.
type stray struct {
	ring [8]tcp.Segment
	keys [8]reassembly.Key
	at   int
}

func (s *stray) add(key *reassembly.Key, seg *tcp.Segment) {
	s.ring[s.at], s.keys[s.at] = *seg, *key
	s.at = (s.at + 1) % len(s.ring)
}

// take gives the error that waits for a new connection, nil if there is none.
func (s *stray) take(key *reassembly.Key, now int64) *tcp.Segment {
	for i := range s.ring {
		if e := &s.ring[i]; e.Kind == tcp.KindICMP && s.keys[i] == *key && max(now-e.Time, e.Time-now) <= strayFor {
			found := *e
			*e = tcp.Segment{}
			return &found
		}
	}
	return nil
}
