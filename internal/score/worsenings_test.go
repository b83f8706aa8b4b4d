package score

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/lastack/lastack/tcp"
)

// take makes of the records of a capture those of a worse one.
type take = func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment

// worse is a way in which a capture can be worse than it might be.
type worse struct {
	name string
	take take
	odd  bool // it loses records in a row or changes their order
}

var worsenings = []worse{
	{"1 % lost", lose(0.01), false},
	{"5 % lost", lose(0.05), false},
	{"burst lost", loseBurst, true},
	{"FIN lost", loseFIN, true},
	{"begun late", func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment { return segs[rng.IntN(len(segs)):] }, false},
	{"one direction", func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
		port := segs[rng.IntN(len(segs))].SrcPort
		return slices.DeleteFunc(segs, func(s tcp.Segment) bool { return s.Kind == tcp.KindTCP && s.SrcPort != port })
	}, false},
	{"doubled", double, false},
	{"doubled by a router", doubleByRouter, true},
	{"flags only", flagsOnly, false},
	{"initiator 1 ms late", directionLate(true, 1e6), true},
	{"initiator 20 ms late", directionLate(true, 20e6), true},
	{"responder 1 ms late", directionLate(false, 1e6), true},
	{"responder 20 ms late", directionLate(false, 20e6), true},
	{"1 ms out of order", disorder(1e6, false), true},
	{"10 ms out of order", disorder(10e6, false), true},
	{"10 ms out of order by the clock", disorder(10e6, true), true},
}

// lose leaves records out at random.
func lose(share float64) take {
	return func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
		return slices.DeleteFunc(segs, func(tcp.Segment) bool { return rng.Float64() < share })
	}
}

// loseBurst leaves 5 to 20 records in a row out, as a kernel does whose buffer is full.
func loseBurst(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
	n := min(5+rng.IntN(16), len(segs)-1)
	at := rng.IntN(len(segs) - n + 1)
	return slices.Delete(segs, at, at+n)
}

// loseFIN leaves one record of a FIN out.
func loseFIN(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
	var at []int
	for i := range segs {
		if segs[i].Flags.Has(tcp.FIN) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return segs
	}
	i := at[rng.IntN(len(at))]
	return slices.Delete(segs, i, i+1)
}

// flagsOnly is tcpdump 'tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0'.
func flagsOnly(segs []tcp.Segment, _ *rand.Rand) []tcp.Segment {
	return slices.DeleteFunc(segs, func(s tcp.Segment) bool {
		return s.Kind == tcp.KindTCP && !s.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST)
	})
}

// double records each packet a second time, 2 µs later.
func double(segs []tcp.Segment, _ *rand.Rand) []tcp.Segment {
	return twice(segs, func(twin *tcp.Segment) { twin.Time += 2_000 })
}

// doubleByRouter records each packet a second time within half a millisecond, as it leaves a
// router, a bond or a VLAN: with another TTL or the same, and a checksum that is made by the card.
func doubleByRouter(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
	hops := uint8(rng.IntN(3))
	return twice(segs, func(twin *tcp.Segment) {
		twin.Time += 2_000 + rng.Int64N(500_000)
		twin.TTL -= min(hops, twin.TTL)
		if rng.IntN(2) == 0 {
			twin.Checksum = tcp.ChecksumPartial
		}
	})
}

func twice(segs []tcp.Segment, change func(twin *tcp.Segment)) []tcp.Segment {
	var out []tcp.Segment
	for _, s := range segs {
		twin := s
		change(&twin)
		out = append(out, s, twin)
	}
	return byTime(out)
}

// directionLate records one direction late against the other: two taps or mirror ports that are
// merged.
func directionLate(initiator bool, ns int64) take {
	return func(segs []tcp.Segment, _ *rand.Rand) []tcp.Segment {
		first := slices.IndexFunc(segs, func(s tcp.Segment) bool { return s.Kind == tcp.KindTCP })
		if first < 0 {
			return segs
		}
		to := segs[first].Dst
		for i := range segs {
			if (segs[i].Dst == to) == initiator {
				segs[i].Time += ns
			}
		}
		return byTime(segs)
	}
}

// disorder writes records up to so many ns late, each by itself: several receive queues. With
// clock, their times are those of the packets, and go back.
func disorder(most int64, clock bool) take {
	return func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
		times := make(map[uint64]int64, len(segs))
		for i := range segs {
			times[segs[i].Frame] = segs[i].Time
			segs[i].Time += rng.Int64N(most)
		}
		segs = byTime(segs)
		for i := range segs {
			if clock {
				segs[i].Time = times[segs[i].Frame]
			}
		}
		return segs
	}
}

func byTime(segs []tcp.Segment) []tcp.Segment {
	slices.SortStableFunc(segs, func(a, b tcp.Segment) int { return cmp.Compare(a.Time, b.Time) })
	return segs
}
