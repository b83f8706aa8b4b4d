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

func (k socketPair) turned() socketPair { return socketPair{k.remote, k.local} }

// states compares the state sequence of each side whose kernel told it.
func (s *Score) states(rec *lab.Recording, tap string, r *replay) {
	last := lastPackets(rec, tap)
	truth, order := kernelStates(rec)
	for _, k := range order {
		truth[k] = withoutUnsentFINs(rec, truth[k])
	}
	for _, k := range order {
		at, seen := last[k]
		if !seen {
			continue // nothing of it passed this tap
		}
		got := ours(r, k)
		if !both(rec, tap, k) {
			continue // one direction alone does not tell states
		}
		if midStream(r, k) { // what was before the capture cannot be known
			truth[k] = truth[k][max(0, len(truth[k])-len(got)):]
		}
		s.Sides++
		if agree(truth[k], at, got) {
			s.SidesRight++
			continue
		}
		why := s.blindTo[k]
		if why == "" {
			why = openedByForger(rec, tap, k, func(without []string) bool { return agree(truth[k], at, without) }, got)
		}
		if why == "" {
			why = closedUnseen(rec, tap, k, truth[k], func(without []lab.Event) bool { return agree(without, at, got) })
		}
		s.SideMisses = append(s.SideMisses, Miss{rec.Dir, tap, rec.Meta.Params["by"], 0, fmt.Sprintf("%v: said %s, the kernel: %s", k.local,
			strings.Join(collapse(got), " "), strings.Join(collapse(names(truth[k])), " ")), why})
	}
}

// kernelStates gives each side's transitions as its kernel told them, in the order in which the
// sides appear.
func kernelStates(rec *lab.Recording) (truth map[socketPair][]lab.Event, order []socketPair) {
	truth = map[socketPair][]lab.Event{}
	silent := silentSockets(rec)
	for _, e := range rec.Events(lab.KindTransition) {
		if silent[hostSocket{e.Host, e.Socket}] {
			continue
		}
		if !e.Remote.IsValid() || e.Remote.Port() == 0 || e.Local.Port() == 0 {
			continue // a listener, or a socket that found no port
		}
		k := socketPair{e.Local, e.Remote}
		if _, ok := truth[k]; !ok {
			order = append(order, k)
		}
		truth[k] = append(truth[k], e)
	}
	return truth, order
}

// hostSocket names a kernel's socket.
type hostSocket struct {
	host   string
	socket int
}

// silentSockets are those that were to connect and failed before a packet left the host, because
// the port was in use: no observer hears of them.
func silentSockets(rec *lab.Recording) map[hostSocket]bool {
	moves := map[hostSocket][]lab.Event{}
	for _, e := range rec.Events(lab.KindTransition) {
		k := hostSocket{e.Host, e.Socket}
		moves[k] = append(moves[k], e)
	}
	silent := map[hostSocket]bool{}
	for k, m := range moves {
		if len(m) == 2 && m[0].To == tcp.SynSent.String() && m[1].To == tcp.Closed.String() && !sentSYN(rec, &m[0], &m[1]) {
			silent[k] = true
		}
	}
	return silent
}

// withoutUnsentFINs leaves out the states that a socket entered when its application closed while
// the FIN waited behind data that there was no window for, and that it left before the FIN was
// sent.
func withoutUnsentFINs(rec *lab.Recording, truth []lab.Event) []lab.Event {
	var out []lab.Event
	for i, t := range truth {
		until := t.Time.Add(time.Hour)
		if i+1 < len(truth) {
			until = truth[i+1].Time.Add(recordedWithin)
		}
		switch {
		case t.From == t.To && len(out) > 0 && out[len(out)-1].To == t.To: // close after shutdown tells it once more (tcp_close_state)
			continue
		case t.To == tcp.FinWait1.String() || t.To == tcp.LastAck.String():
			if !sentFIN(rec, &t, until) {
				continue
			}
		case t.To == tcp.Closing.String() && (len(out) == 0 || out[len(out)-1].To != tcp.FinWait1.String()):
			t.To = tcp.CloseWait.String() // as far as the wire shows
		}
		out = append(out, t)
	}
	return out
}

// recordedWithin is how much later than the event a packet is recorded where the machine is busy.
const recordedWithin = 5 * time.Millisecond

// sentFIN reports whether a FIN went out between a transition and a time.
func sentFIN(rec *lab.Recording, from *lab.Event, to time.Time) bool {
	for _, e := range rec.Events(lab.KindPacket) {
		if e.Segment != nil && e.Host == from.Host && e.Segment.Src == from.Local && e.Segment.Dst == from.Remote &&
			strings.Contains(e.Segment.Flags, "F") && !e.Time.Before(from.Time.Add(-time.Millisecond)) && !e.Time.After(to) {
			return true
		}
	}
	return false
}

// sentSYN reports whether a SYN went out while a socket was in SYN-SENT. It is recorded some
// microseconds after the event.
func sentSYN(rec *lab.Recording, from, to *lab.Event) bool {
	for _, e := range rec.Events(lab.KindPacket) {
		if e.Segment != nil && e.Segment.Flags == "S" && e.Segment.Src == from.Local && e.Segment.Dst == from.Remote &&
			!e.Time.Before(from.Time) && (to.Time.Sub(from.Time) > time.Millisecond || e.Time.Before(to.Time)) {
			return true
		}
	}
	return false
}

// agree reports whether what lastack says is what the kernel did. What the kernel did without a
// packet after the last one that the tap has, no observer can know; and requests that never became
// sockets are not among the kernel's transitions.
func agree(truth []lab.Event, last time.Time, got []string) bool {
	known := len(truth)
	for known > 0 && truth[known-1].Time.After(last.Add(time.Millisecond)) {
		known--
	}
	// An orphan: the kernel keeps its FIN-WAIT-2 as a TIME-WAIT bucket, and shows the socket as
	// closed.
	orphan := known > 1 && truth[known-1].From == tcp.FinWait2.String() && truth[known-1].To == tcp.Closed.String()
	for _, said := range [][]string{collapse(got), collapse(withoutRequests(got))} {
		if orphan && slices.Equal(collapse(names(truth[:known-1])), said) {
			return true
		}
		if slices.Equal(collapse(names(truth)), said) || slices.Equal(collapse(names(truth[:known])), said) {
			return true
		}
	}
	return false
}

func names(events []lab.Event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.To)
	}
	return out
}

// withoutRequests leaves out each SYN-RECEIVED that did not become ESTABLISHED.
func withoutRequests(states []string) []string {
	var out []string
	for i, s := range states {
		if s == tcp.SynReceived.String() && (i+1 == len(states) || states[i+1] != tcp.Established.String()) {
			continue
		}
		out = append(out, s)
	}
	for len(out) > 0 && out[0] == tcp.Closed.String() {
		out = out[1:] // of requests that were the first of all
	}
	return out
}

// lastPackets gives for each side of a four-tuple when it sent or received the last packet that a
// tap has.
func lastPackets(rec *lab.Recording, tap string) map[socketPair]time.Time {
	out := map[socketPair]time.Time{}
	later := func(k socketPair, at time.Time) {
		if at.After(out[k]) {
			out[k] = at
		}
	}
	for _, e := range rec.Events(lab.KindPacket) {
		if e.Wire.Frames[tap] == 0 || e.Segment == nil {
			continue
		}
		k := socketPair{e.Segment.Src, e.Segment.Dst}
		later(k, e.Time)
		later(k.turned(), e.Time)
		later(k.turned(), e.Wire.Arrived)
	}
	return out
}

// both reports whether a tap has segments of both directions.
func both(rec *lab.Recording, tap string, k socketPair) bool {
	var sent, received bool
	for _, e := range rec.Events(lab.KindPacket) {
		if e.Segment == nil || e.Wire.Frames[tap] == 0 {
			continue
		}
		pair := socketPair{e.Segment.Src, e.Segment.Dst}
		sent = sent || pair == k
		received = received || pair == k.turned()
	}
	return sent && received
}

// midStream reports whether the first life of a four-tuple was picked up mid-stream.
func midStream(r *replay, k socketPair) bool {
	for i := range r.lives {
		l := &r.lives[i]
		if _, ok := side(l, tcp.AddrFrom(k.local.Addr()), k.local.Port()); ok && l.Incarnation == 1 {
			return l.MidStream
		}
	}
	return false
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

// collapse makes two sequences comparable: the kernel's transitions show TIME-WAIT as CLOSED, and a
// socket that is closed twice over (a TIME-WAIT that ends) is closed once.
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
