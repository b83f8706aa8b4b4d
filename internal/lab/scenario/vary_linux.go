package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Vary gives every scenario other variations than its own, drawn from a seed: other delays,
// settings, ports and sizes, and losses in the other half of the wire. What a scenario tells apart,
// and what it cannot be told without, stays.
func Vary(all []Scenario, seed uint64) []Scenario {
	var varied []Scenario
	for _, sc := range all {
		rng := rand.New(rand.NewPCG(seed, hash(sc.Name)))
		own := slices.DeleteFunc(slices.Clone(sc.Variations), func(v Variation) bool { return v.Tcpdump != "" }) // no wire to vary
		sc.Variations = nil
		for n, v := range own {
			v.draw(rng, own)
			v.Apart = 1000 * int(1+seed%60)
			v.Name = fmt.Sprintf("seed%d-%d", seed, n+1)
			if v.Kind != "" && !strings.Contains(v.Kind, "/") {
				v.Name = v.Kind + "-" + v.Name
			}
			sc.Variations = append(sc.Variations, v)
		}
		varied = append(varied, sc)
	}
	return varied
}

// hash makes a number of a name, so that a scenario's draws do not depend on which others there are
// (FNV-1a).
func hash(name string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

// delays are round trips from a switch to a satellite, one way.
var delays = []time.Duration{100 * time.Microsecond, 400 * time.Microsecond, 2 * time.Millisecond, 5 * time.Millisecond,
	18 * time.Millisecond, 40 * time.Millisecond, 75 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond}

// draw varies a variation of which own are all those of its scenario.
func (v *Variation) draw(rng *rand.Rand, own []Variation) {
	one := func(in int) bool { return rng.IntN(in) == 0 }
	v.IPv6 = pick(rng, v, own, func(o *Variation) bool { return o.IPv6 })
	v.NoTimestamps = pick(rng, v, own, func(o *Variation) bool { return o.NoTimestamps })
	if v.By != "" {
		v.By = own[rng.IntN(len(own))].By
	}
	if v.Delay == 0 {
		v.Delay, v.Far = delays[rng.IntN(len(delays))], false
		if one(4) {
			v.Back = delays[rng.IntN(len(delays))]
		}
	} else {
		v.Delay += time.Duration(rng.IntN(80)) * time.Millisecond
	}
	v.Middle = 0.05 + 0.9*rng.Float64()
	v.NoSACK, v.NoScaling, v.Early = one(4), one(4), one(3)
	if one(3) {
		v.MTU = []int{1280, 1400, 9000, 65000}[rng.IntN(4)]
	}
	v.Size = []float64{0.02, 0.3, 1, 4, 25}[rng.IntN(5)]
	v.Slow = 1 + rng.Float64()/4
	v.ClientPort, v.ServerPort = uint16(10000+rng.IntN(50000)), []uint16{80, 443, 5432, 8080, 9}[rng.IntN(5)]
}

// pick draws a property among the variations of the same kind and side: a scenario that is never
// told with it may need to be told without.
func pick(rng *rand.Rand, v *Variation, own []Variation, has func(*Variation) bool) bool {
	var among []bool
	for i := range own {
		if own[i].Kind == v.Kind {
			among = append(among, has(&own[i]))
		}
	}
	return among[rng.IntN(len(among))]
}
