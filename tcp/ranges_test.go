package tcp

import (
	"math/rand/v2"
	"testing"
)

// bitmap is sequence space of a few hundred numbers around a base, one by one.
type bitmap struct {
	base Seq
	bits [400]bool
}

func (b *bitmap) set(from, to Seq, in bool) (changed uint32) {
	for s := from; s != to; s++ {
		if b.bits[s-b.base] != in {
			changed++
		}
		b.bits[s-b.base] = in
	}
	return changed
}

func (b *bitmap) count(from, to Seq) (n int) {
	for s := from; s != to; s++ {
		if b.bits[s-b.base] {
			n++
		}
	}
	return n
}

// check holds a list of ranges to the bitmap, and to being ordered, disjoint and not touching.
func (b *bitmap) check(t *testing.T, r Ranges) {
	t.Helper()
	total := 0
	for i, g := range r {
		if !g.From.Before(g.To) {
			t.Fatalf("empty range in %v", r)
		}
		if i > 0 && !r[i-1].To.Before(g.From) {
			t.Fatalf("%v are not ordered and apart", r)
		}
		if n := b.count(g.From, g.To); n != int(g.To-g.From) {
			t.Fatalf("%v holds numbers that were never put in", g)
		}
		total += int(g.To - g.From)
	}
	if want := b.count(b.base, b.base+Seq(len(b.bits))); total != want {
		t.Fatalf("%d numbers in %v, want %d", total, r, want)
	}
}

// TestRangesAgainstABitmap does random things to ranges and to a bitmap, with the wrap at various
// places among them.
func TestRangesAgainstABitmap(t *testing.T) {
	for _, base := range []Seq{1000, 1<<32 - 200, 1<<32 - 399, 1<<31 - 200} {
		r := rand.New(rand.NewPCG(uint64(base), 3))
		b, ranges := &bitmap{base: base}, Ranges(nil)
		for range 5000 {
			from := base + Seq(r.Uint32N(380))
			to := from + Seq(r.Uint32N(20))
			switch r.Uint32N(4) {
			case 0:
				ranges.Add(from, to)
				b.set(from, to, true)
			case 1:
				if got, want := ranges.Cut(from, to), b.set(from, to, false); got != want {
					t.Fatalf("cut %d numbers, want %d", got, want)
				}
			case 2:
				if from != to {
					if got, want := ranges.Covers(from, to), b.count(from, to) == int(to-from); got != want {
						t.Fatalf("%d to %d covered: %v, want %v by %v", from, to, got, want, ranges)
					}
				}
			case 3:
				if from != to {
					if got, want := ranges.Overlaps(from, to), b.count(from, to) > 0; got != want {
						t.Fatalf("%d to %d overlaps: %v, want %v by %v", from, to, got, want, ranges)
					}
				}
			}
			b.check(t, ranges)
		}
	}
}

// TestRangesAreBounded: what a peer can make lastack remember has an end; the oldest range is given
// up.
func TestRangesAreBounded(t *testing.T) {
	var r Ranges
	for i := range Seq(2 * maxRanges) {
		r.Add(10*i, 10*i+1)
	}
	if len(r) != maxRanges {
		t.Fatalf("%d ranges, want %d", len(r), maxRanges)
	}
	if r.Overlaps(0, 10) || !r.Covers(10*(2*maxRanges-1), 10*(2*maxRanges-1)+1) {
		t.Error("another range than the oldest was given up")
	}
	var empty Ranges
	empty.Add(5, 5)
	empty.Add(6, 5)
	if len(empty) != 0 {
		t.Errorf("ranges of nothing: %v", empty)
	}
}
