package track

import (
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// strayFor is how long an ICMP error waits for the segment that it quotes: two interfaces' records
// may be out of order by as much.
const strayFor = 50_000_000

// stray keeps the last ICMP errors that quote no known connection, because the quoted SYN may be
// recorded just after.
type stray struct {
	ring [8]tcp.Segment
	keys [8]reassembly.Key
	at   int
}

func (s *stray) add(key *reassembly.Key, seg *tcp.Segment) {
	s.ring[s.at], s.keys[s.at] = *seg, *key
	s.at = (s.at + 1) % len(s.ring)
}

// take gives the error that waits for a new connection with its first segment, nil if there is
// none. It may have come in another VLAN or tunnel, if it quotes that very segment.
func (s *stray) take(key *reassembly.Key, first *tcp.Segment) *tcp.Segment {
	for i := range s.ring {
		k, e := s.keys[i], &s.ring[i]
		if e.Seq == first.Seq {
			k.Path = key.Path
		}
		if e.Kind == tcp.KindICMP && k == *key &&
			max(first.Time-e.Time, e.Time-first.Time) <= strayFor {
			found := *e
			*e = tcp.Segment{}
			return &found
		}
	}
	return nil
}
