package track

import (
	"slices"
	"testing"

	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/internal/traffic"
	"github.com/lastack/lastack/tcp"
)

// TestSentAgainIsOrdinary: a connection whose response's end a timer sends again once is not
// tracked at length, and nothing is lost by that.
func TestSentAgainIsOrdinary(t *testing.T) {
	segs := generated(t, traffic.Config{Kind: traffic.Short, Connections: 300, Lossy: 50})
	sameLives(t, "lossy", segs)
	if lives, ordinary := sleepers(segs); len(lives) != 0 || len(ordinary) != 300 {
		t.Errorf("%d connections were tracked at length and %d were not, want 0 and 300", len(lives), len(ordinary))
	}
}

// TestSentAgainInAnotherWay: what is not surely a timer's one repetition of the last data wakes the
// full tracker.
func TestSentAgainInAnotherWay(t *testing.T) {
	healthy := generated(t, traffic.Config{Kind: traffic.Short, Connections: 1})
	request := slices.IndexFunc(healthy, func(s tcp.Segment) bool { return s.Len > 0 })
	first := slices.IndexFunc(healthy, func(s tcp.Segment) bool { return s.Len == 1448 }) // of two segments in a row
	const timer = 200_000_000
	altered := func(change func(again *tcp.Segment)) []tcp.Segment {
		segs := sendAgain(healthy, request, request, timer)
		change(&segs[request+1])
		return segs
	}
	for name, c := range map[string]struct {
		segs  []tcp.Segment
		wakes bool
	}{
		"once":                 {sendAgain(healthy, request, request, timer), false},
		"twice":                {sendAgain(sendAgain(healthy, request, request, timer), request, request+1, 2*timer), true},
		"with other bytes":     {altered(func(s *tcp.Segment) { s.PayloadSum ^= 1 }), true},
		"a part":               {altered(func(s *tcp.Segment) { s.Seq++; s.Len-- }), true},
		"the same packet":      {altered(func(s *tcp.Segment) { s.IPID-- }), true},
		"over another path":    {altered(func(s *tcp.Segment) { s.TTL-- }), true},
		"at once":              {sendAgain(healthy, request, request, 24_000_000), true},
		"soon":                 {sendAgain(healthy, request, request, 26_000_000), false},
		"when acknowledged":    {sendAgain(healthy, request, request+1, timer), true},
		"before its successor": {sendAgain(healthy, first, first, timer), false},
		"the SYN":              {sendAgain(healthy, 0, 0, timer), true},
		"the FIN":              {sendAgain(healthy, len(healthy)-3, len(healthy)-3, timer), true},
		"after its successor":  {sendAgain(healthy, first, first+1, timer), true},
	} {
		for i := range c.segs {
			c.segs[i].Frame = uint64(i + 1)
		}
		sameLives(t, name, c.segs)
		if lives, _ := sleepers(c.segs); (len(lives) != 0) != c.wakes {
			t.Errorf("%s: %d connections were tracked at length, want that to be %t", name, len(lives), c.wakes)
		}
	}
}

// sleepers gives the lives that were tracked at length, and the summaries of the others.
func sleepers(segs []tcp.Segment) (lives []uint64, ordinary []plain.Summary) {
	for _, l := range livesOf(segs, shortest, func(s *plain.Summary) { ordinary = append(ordinary, *s) }) {
		lives = append(lives, l.ID)
	}
	return lives, ordinary
}
