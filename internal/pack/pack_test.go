package pack

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
)

type inner struct {
	small uint8
	flag  bool
	wide  [3]int64
}

type sample struct {
	a     int
	b     uint16
	c     int32
	times []inner
	opt   *inner
	d     [2]inner
	e     []uint64
	f     uint64
}

// random gives a number of any size, often one of those at an edge.
func random(r *rand.Rand) uint64 {
	switch r.IntN(4) {
	case 0:
		return 0
	case 1:
		return []uint64{1, late - 1, late, late + 1, most, most - 1, math.MaxInt64, math.MaxUint64, 1 << 63}[r.IntN(9)]
	case 2:
		return 1_700_000_000e9 + r.Uint64N(1e9)
	}
	return r.Uint64() >> r.IntN(64)
}

func randomInner(r *rand.Rand) inner {
	i := inner{small: uint8(random(r)), flag: r.IntN(2) == 0}
	for j := range i.wide {
		i.wide[j] = int64(random(r))
	}
	return i
}

func randomSample(r *rand.Rand) sample {
	s := sample{a: int(random(r)), b: uint16(random(r)), c: int32(random(r)), d: [2]inner{randomInner(r), randomInner(r)}, f: random(r)}
	for range r.IntN(4) {
		s.times = append(s.times, randomInner(r))
	}
	for range r.IntN(4) {
		s.e = append(s.e, random(r))
	}
	if r.IntN(2) == 0 {
		i := randomInner(r)
		s.opt = &i
	}
	return s
}

// TestRoundTrip packs random values, and reads them into one that was used before.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	c := New[sample]()
	var got sample
	for range 20_000 {
		want := randomSample(r)
		c.Read(c.Append(nil, &want), &got)
		if len(got.times) == 0 {
			got.times = want.times // nil or empty
		}
		if len(got.e) == 0 {
			got.e = want.e
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
}

// TestZeroIsShort: what is not set takes a bit.
func TestZeroIsShort(t *testing.T) {
	if n := len(New[sample]().Append(nil, &sample{})); n > 5 {
		t.Errorf("%d bytes", n)
	}
}

// TestUnknownKinds: what cannot be packed is told when the codec is made.
func TestUnknownKinds(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a map is taken")
		}
	}()
	New[struct{ m map[int]int }]()
}
