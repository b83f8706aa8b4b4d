package score

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

// socketPair is one side of a four-tuple as its kernel names it.
type socketPair struct{ local, remote netip.AddrPort }

// states compares the state sequence of each side whose kernel told it.
func (s *Score) states(rec *lab.Recording, tap string, r *replay) {
	truth := map[socketPair][]string{}
	known := map[socketPair]int{} // how many of its transitions came before the last packet that the tap has
	last := lastPackets(rec, tap)
	var order []socketPair
	for _, e := range rec.Events(lab.KindTransition) {
		if !e.Remote.IsValid() || e.Remote.Port() == 0 {
			continue // a listener
		}
		k := socketPair{e.Local, e.Remote}
		if _, ok := truth[k]; !ok {
			order = append(order, k)
		}
		truth[k] = append(truth[k], e.To)
		if !e.Time.After(later(last[k.remote], last[k.local]).Add(time.Millisecond)) {
			known[k] = len(truth[k])
		}
	}
	for _, k := range order {
		if last[k.local].IsZero() && last[k.remote].IsZero() {
			continue // nothing of it passed this tap
		}
		want, seen := collapse(truth[k]), collapse(truth[k][:known[k]])
		got := collapse(ours(r, k))
		s.Sides++
		if slices.Equal(want, got) || slices.Equal(seen, got) {
			s.SidesRight++
			continue
		}
		s.SideMisses = append(s.SideMisses, Miss{rec.Dir, tap, 0,
			fmt.Sprintf("%v: said %s, the kernel: %s", k.local, strings.Join(got, " "), strings.Join(want, " "))})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lastPackets gives for each end the time of the last packet that a tap has of it, in either direction.
func lastPackets(rec *lab.Recording, tap string) map[netip.AddrPort]time.Time {
	out := map[netip.AddrPort]time.Time{}
	for _, e := range rec.Events(lab.KindPacket) {
		if e.Wire.Frames[tap] == 0 || e.Segment == nil {
			continue
		}
		at := e.Time
		if e.Wire.Arrived.After(at) {
			at = e.Wire.Arrived
		}
		for _, end := range []netip.AddrPort{e.Segment.Src, e.Segment.Dst} {
			if at.After(out[end]) {
				out[end] = at
			}
		}
	}
	return out
}

// ours gives the states that lastack has a side pass through, over all lives.
func ours(r *replay, k socketPair) []string {
	var out []string
	local, remote := tcp.AddrFrom(k.local.Addr()), tcp.AddrFrom(k.remote.Addr())
	for i := range r.lives {
		l := &r.lives[i]
		sd, ok := side(l, local, k.local.Port())
		if !ok {
			continue
		}
		if a, p := l.Endpoint(sd.Peer()); a != remote || p != k.remote.Port() {
			continue
		}
		for t := range l.States(sd) {
			out = append(out, t.To.String())
		}
	}
	return out
}

// collapse makes two sequences comparable: the kernel's transitions show TIME-WAIT as CLOSED, and a socket that is closed twice over
// (a TIME-WAIT that ends) is closed once.
func collapse(states []string) []string {
	var out []string
	for _, s := range states {
		if s == tcp.TimeWait.String() {
			s = tcp.Closed.String()
		}
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}
