package track

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// disguise makes the hosts of a recording look like those of other systems, each direction of a
// connection of one of its own choice, and leaves the SYNs of some connections out.
func disguise(r *rand.Rand, segs []tcp.Segment) (out []tcp.Segment) {
	type look struct {
		layout tcp.Layout
		ttl    uint8
		window uint16
		df     bool
	}
	looks := []look{{tcp.LayoutWindows, 64, 8192, true}, {tcp.LayoutDarwin, 0, 65535, true}, {tcp.LayoutLinux, 0, 64240, true},
		{tcp.LayoutMSS, 191, 4096, false}, {tcp.LayoutWindowsStamps, 64, 8192, true}}
	chosen, silent := map[tcp.FourTuple]look{}, map[uint16]bool{}
	for _, seg := range segs {
		of := seg.Tuple()
		if _, ok := chosen[of]; !ok {
			chosen[of] = looks[r.IntN(len(looks))]
			silent[seg.SrcPort^seg.DstPort] = r.IntN(4) == 0
		}
		l := chosen[of]
		seg.TTL, seg.DF = seg.TTL+l.ttl, l.df
		if seg.Flags.Has(tcp.SYN) && seg.Kind == tcp.KindTCP {
			if silent[seg.SrcPort^seg.DstPort] {
				continue
			}
			seg.Layout, seg.Window = l.layout, l.window
		}
		out = append(out, seg)
	}
	return out
}

// TestStacksAreTheSameWithoutShortCuts: what hosts run, and what follows from that, does not depend
// on which connections slept.
func TestStacksAreTheSameWithoutShortCuts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	seen := map[fsm.Stack]int{}
	for name, segs := range recorded(t).all {
		segs = disguise(r, segs)
		for i := range segs {
			segs[i].Frame = uint64(i + 1)
		}
		sameLives(t, name, slices.Clip(segs))
		for _, l := range livesOf(segs, shortest, nil) {
			for i := range l.Sides {
				seen[l.Sides[i].Stack]++
			}
		}
	}
	for _, s := range []fsm.Stack{fsm.AnyStack, fsm.Linux, fsm.Windows, fsm.Darwin, fsm.Embedded} {
		if seen[s] == 0 {
			t.Errorf("no host was taken to run %s: %v", s, seen)
		}
	}
}
