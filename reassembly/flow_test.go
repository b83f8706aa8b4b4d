package reassembly

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestFlow plays segments and acknowledgments of one direction, at the bottom of the sequence space
// and across the wrap.
func TestFlow(t *testing.T) {
	type op struct {
		from, to tcp.Seq // a segment; with ack, an acknowledgment up to to
		ack      bool
		want     Placement
		missing  uint32
		beyond   bool
	}
	seg := func(from, to tcp.Seq, p Placement) op { return op{from: from, to: to, want: p} }
	acks := func(to tcp.Seq, missing uint32, beyond bool) op {
		return op{to: to, ack: true, missing: missing, beyond: beyond}
	}
	for _, c := range []struct {
		name string
		ops  []op
	}{
		{"in order", []op{seg(0, 100, Placement{New: 100, Begins: true}), seg(100, 200, Placement{New: 100}), acks(200, 0, false)}},
		{"nothing to place", []op{seg(0, 0, Placement{Begins: true}), seg(0, 0, Placement{}), seg(0, 10, Placement{New: 10})}},
		{"sent again", []op{seg(0, 100, Placement{New: 100, Begins: true}), seg(0, 100, Placement{Again: 100}), seg(20, 50, Placement{Again: 30})}},
		{"partly new", []op{seg(0, 100, Placement{New: 100, Begins: true}), seg(50, 150, Placement{Again: 50, New: 50}),
			seg(150, 160, Placement{New: 10})}},
		{"a hole, then filled", []op{seg(0, 100, Placement{New: 100, Begins: true}), seg(200, 300, Placement{New: 100, AfterHole: true}),
			seg(100, 150, Placement{Filled: 50}), seg(150, 200, Placement{Filled: 50}), seg(100, 200, Placement{Again: 100})}},
		{"one segment over old, hole and new", []op{seg(0, 100, Placement{New: 100, Begins: true}),
			seg(200, 300, Placement{New: 100, AfterHole: true}), seg(50, 350, Placement{Again: 150, Filled: 100, New: 50})}},
		{"acknowledged though never seen, in a hole", []op{seg(0, 100, Placement{New: 100, Begins: true}),
			seg(200, 300, Placement{New: 100, AfterHole: true}), acks(300, 100, false), seg(100, 200, Placement{Again: 100})}},
		{"acknowledged beyond all that was seen", []op{seg(0, 100, Placement{New: 100, Begins: true}), acks(250, 150, true),
			seg(250, 260, Placement{New: 10})}},
		{"acknowledged bit by bit", []op{seg(0, 100, Placement{New: 100, Begins: true}), seg(150, 200, Placement{New: 50, AfterHole: true}),
			acks(120, 20, false), acks(200, 30, false), acks(200, 0, false)}},
		{"an old acknowledgment", []op{seg(0, 100, Placement{New: 100, Begins: true}), acks(100, 0, false), acks(50, 0, false)}},
		{"the acknowledgment comes first", []op{acks(0, 0, false), seg(0, 100, Placement{New: 100})}},
	} {
		for _, base := range []tcp.Seq{1, 1<<32 - 120, 1<<32 - 1, 1<<31 - 100} {
			var f Flow
			for i, o := range c.ops {
				if o.ack {
					if missing, beyond := f.Acked(base + o.to); missing != o.missing || beyond != o.beyond {
						t.Errorf("%s from %#x, step %d: %d missing, beyond %v, want %d, %v", c.name, base, i, missing, beyond, o.missing, o.beyond)
					}
					continue
				}
				if got := f.Place(base+o.from, base+o.to, int64(i)); got != o.want {
					t.Errorf("%s from %#x, step %d: %+v, want %+v", c.name, base, i, got, o.want)
				}
			}
		}
	}
}

// TestHoleSince is the time of the youngest hole, not of what came after it.
func TestHoleSince(t *testing.T) {
	var f Flow
	f.Place(0, 10, 1)
	f.Place(20, 30, 2)
	f.Place(30, 40, 3)
	if f.HoleSince != 2 {
		t.Errorf("hole since %d, want 2", f.HoleSince)
	}
	f.Place(50, 60, 4)
	if f.HoleSince != 4 {
		t.Errorf("hole since %d, want 4", f.HoleSince)
	}
}
