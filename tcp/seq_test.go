package tcp

import (
	"math/rand/v2"
	"testing"
)

// TestOrderAtTheWrap: sequence numbers are compared modulo 2³² (RFC 9293 section 3.4); t is after s
// when it lies in the half of the space above s (RFC 1982 section 3.2).
func TestOrderAtTheWrap(t *testing.T) {
	for _, c := range []struct {
		s, t Seq
		dist int32 // s − t
	}{
		{0, 0, 0},
		{1, 0, 1},
		{0, 1, -1},
		{0, 0xffff_ffff, 1}, // 0 comes right after the highest number
		{0xffff_ffff, 0, -1},
		{5, 0xffff_fff0, 21},
		{0x7fff_ffff, 0, 0x7fff_ffff}, // the farthest that is still after
		{0, 0x7fff_ffff, -0x7fff_ffff},
		{0x8000_0001, 0, -0x7fff_ffff}, // one past half the space is before
		{0x8000_0000, 1, 0x7fff_ffff},
		{0x1000_0000, 0x9000_0001, 0x7fff_ffff},
	} {
		if got := c.s.Sub(c.t); got != c.dist {
			t.Errorf("%#x − %#x is %d, want %d", c.s, c.t, got, c.dist)
		}
		for _, cmp := range []struct {
			name      string
			got, want bool
		}{
			{"Before", c.s.Before(c.t), c.dist < 0},
			{"After", c.s.After(c.t), c.dist > 0},
			{"AtOrBefore", c.s.AtOrBefore(c.t), c.dist <= 0},
			{"AtOrAfter", c.s.AtOrAfter(c.t), c.dist >= 0},
			{"TSBefore", TSBefore(uint32(c.s), uint32(c.t)), c.dist < 0}, // RFC 7323 section 5.2: the same arithmetic
		} {
			if cmp.got != cmp.want {
				t.Errorf("%#x %s %#x: %v, want %v", c.s, cmp.name, c.t, cmp.got, cmp.want)
			}
		}
		later := c.s
		if c.dist < 0 {
			later = c.t
		}
		if got := MaxSeq(c.s, c.t); got != later {
			t.Errorf("MaxSeq(%#x, %#x) is %#x, want %#x", c.s, c.t, got, later)
		}
	}
}

// TestOrderIsKeptByAnyOffset: adding the same number to both sides changes no comparison, wherever
// the wrap falls.
func TestOrderIsKeptByAnyOffset(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		base, d := Seq(r.Uint32()), Seq(1+r.Uint32N(1<<31-1))
		if next := base + d; !base.Before(next) || !next.After(base) || base.AtOrAfter(next) || next.AtOrBefore(base) ||
			MaxSeq(base, next) != next || next.Sub(base) != int32(d) {
			t.Fatalf("%#x is not before %#x", base, next)
		}
	}
}

// TestSeqLen: SYN and FIN take a number each, in this order around the data (RFC 9293 section 3.4).
func TestSeqLen(t *testing.T) {
	for _, c := range []struct {
		flags Flags
		len   uint32
		want  uint32
	}{
		{ACK, 0, 0},
		{ACK | PSH, 100, 100},
		{SYN, 0, 1},
		{SYN | ACK, 0, 1},
		{SYN, 10, 11}, // RFC 7413: data in the SYN
		{FIN | ACK, 0, 1},
		{FIN | ACK | PSH, 100, 101},
		{SYN | FIN, 5, 7},
		{RST, 0, 0},
	} {
		seg := Segment{Seq: 0xffff_fffe, Flags: c.flags, Len: c.len}
		if got := seg.SeqLen(); got != c.want {
			t.Errorf("%s with %d bytes takes %d numbers, want %d", c.flags.Names(), c.len, got, c.want)
		}
		if got, want := seg.EndSeq(), Seq(0xffff_fffe)+Seq(c.want); got != want {
			t.Errorf("%s with %d bytes ends at %#x, want %#x", c.flags.Names(), c.len, got, want)
		}
	}
}
