package scenario

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// soon is how long something may take that should happen at once; the machine may be busy.
const soon = 5 * time.Second

// Story is a scenario being played.
type Story struct {
	*world.World
	Variation
	meta     lab.Meta
	listener *world.Socket // of the probed connections
}

// failure is what a story panics with when it did not go as told.
type failure struct{ text string }

// Fail ends the story as failed.
func (s *Story) Fail(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }

// Must fails the story on an error.
func (s *Story) Must(err error) {
	if err != nil {
		s.Fail("unexpected error: %v", err)
	}
}

// Wants fails the story unless the error is the one that it tells of.
func (s *Story) Wants(err, want error) {
	if err == nil || err.Error() != want.Error() {
		s.Fail("wanted the error %q, got %v", want, err)
	}
}

// Tell says in the recording's note what happened.
func (s *Story) Tell(format string, args ...any) { s.meta.Note = fmt.Sprintf(format, args...) }

// Expect lists finding codes that the recording must give.
func (s *Story) Expect(codes ...string) { s.meta.Expect = append(s.meta.Expect, codes...) }

// ExpectAt lists finding codes that only the capture at one tap must give.
func (s *Story) ExpectAt(tap string, codes ...string) {
	if tap == lab.Middle && s.Early {
		return // what is lost does not get there
	}
	if s.meta.ExpectAt == nil {
		s.meta.ExpectAt = make(map[string][]string)
	}
	s.meta.ExpectAt[tap] = append(s.meta.ExpectAt[tap], codes...)
}

// Never lists finding codes that the recording must not give.
func (s *Story) Never(codes ...string) { s.meta.Never = append(s.meta.Never, codes...) }

// Clean says that nothing above info may be found.
func (s *Story) Clean() { s.meta.Clean = true }

// know writes down a fact that the truth has proved.
func (s *Story) know(format string, args ...any) {
	s.meta.Known = append(s.meta.Known, fmt.Sprintf(format, args...))
}

// Pause lets time pass.
func (s *Story) Pause(d time.Duration) {
	if s.Slow != 0 && d >= time.Second/2 && d <= 10*time.Second {
		d = time.Duration(float64(d) * s.Slow)
	}
	time.Sleep(d)
}

// RoundTrips lets n round trips pass, and a little for the machine.
func (s *Story) RoundTrips(n int) {
	s.Pause(time.Duration(n)*(s.delay()+s.back()) + 20*time.Millisecond)
}

// Lose loses the next n packets that match (0: all), past the middle unless the variation has it
// earlier.
func (s *Story) Lose(match world.Match, n int) *world.Rule {
	return s.Wire.Add(&world.Rule{Match: match, Times: n, Drop: true, Where: s.where()})
}

// Sysctl sets a host's setting.
func (s *Story) Sysctl(host, key, value string) { s.Must(s.Host(host).Sysctl("net.ipv4."+key, value)) }

// address gives the address of a host, be it a kernel or the scripted peer.
func (s *Story) address(name string) netip.Addr {
	if s.Peer != nil && s.Peer.Name == name {
		return s.Peer.Addr
	}
	return s.Host(name).Addr
}

// At gives a host's address with a port.
func (s *Story) At(name string, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(s.address(name), port)
}

// proves waits for truth events: the story fails unless n of them that match come in time.
func (s *Story) proves(n int, timeout time.Duration, what string, match func(*lab.Event) bool) lab.Event {
	seen := 0
	e, ok := s.Wait(timeout, func(e *lab.Event) bool {
		if match(e) {
			seen++
		}
		return seen == n
	})
	if !ok {
		s.Fail("the kernel did not show: %s (wanted %d, saw %d)", what, n, seen)
	}
	if n > 1 {
		what = fmt.Sprintf("%s (%d times)", what, n)
	}
	s.know("%s", what)
	return e
}

// Dropped proves that a host's kernel dropped n segments for a reason.
func (s *Story) Dropped(host, reason string, n int) lab.Event {
	return s.proves(n, 2*soon, fmt.Sprintf("skb:kfree_skb: the %s dropped a segment with %s", host, reason),
		func(e *lab.Event) bool { return e.Kind == lab.KindDrop && e.Host == host && e.Reason == reason })
}

// Moved proves that n of a host's sockets went from one state to another.
func (s *Story) Moved(host, from, to string, n int) lab.Event {
	return s.MovedWithin(soon, host, from, to, n)
}

// MovedWithin is Moved with patience.
func (s *Story) MovedWithin(d time.Duration, host, from, to string, n int) lab.Event {
	return s.proves(n, d, fmt.Sprintf("sock:inet_sock_set_state: the %s went from %s to %s", host, from, to),
		func(e *lab.Event) bool {
			return e.Kind == lab.KindTransition && e.Host == host && e.From == from && e.To == to
		})
}

// SentReset proves that a host's kernel sent n resets. What they answer may be a repetition whose
// timeout has doubled often.
func (s *Story) SentReset(host string, n int) lab.Event {
	return s.proves(n, 2*time.Minute, fmt.Sprintf("tcp:tcp_send_reset: the %s sent a RST", host),
		func(e *lab.Event) bool { return e.Kind == lab.KindResetSent && e.Host == host })
}

// GotReset proves that a host's kernel took n resets.
func (s *Story) GotReset(host string, n int) lab.Event {
	return s.proves(n, 2*soon, fmt.Sprintf("tcp:tcp_receive_reset: the %s took a RST", host),
		func(e *lab.Event) bool { return e.Kind == lab.KindResetReceived && e.Host == host })
}

// Retransmitted proves that a host's kernel repeated n segments.
func (s *Story) Retransmitted(host string, n int) lab.Event {
	return s.proves(n, 2*time.Minute, fmt.Sprintf("tcp:tcp_retransmit_*: the %s repeated a segment", host),
		func(e *lab.Event) bool { return e.Kind == lab.KindRetransmit && e.Host == host })
}

// Counted proves that a host's counter has moved by n.
func (s *Story) Counted(host, name string, n int64) {
	for deadline := time.Now().Add(soon); ; s.Pause(50 * time.Millisecond) {
		got, err := s.Host(host).Counter(name)
		s.Must(err)
		if got == n {
			s.know("counter: the %s's %s moved by %d", host, name, n)
			return
		}
		if time.Now().After(deadline) {
			s.Fail("the %s's %s moved by %d, not %d", host, name, got, n)
		}
	}
}

// InState proves by a host's socket table that a connection is in a state; "" proves that it is
// gone.
func (s *Story) InState(host string, localPort uint16, state string) {
	s.InStateWithin(soon, host, localPort, state)
}

// InStateWithin is InState with patience.
func (s *Story) InStateWithin(d time.Duration, host string, localPort uint16, state string) {
	last := ""
	for deadline := time.Now().Add(d); ; s.Pause(50 * time.Millisecond) {
		rows, err := s.Host(host).Sockets()
		s.Must(err)
		var states []string
		for _, r := range rows {
			if r.Local.Port() == localPort {
				states = append(states, r.State)
			}
		}
		last = strings.Join(states, " ")
		if last == state {
			break
		}
		if time.Now().After(deadline) {
			s.Fail("the %s's port %d is in state %q, not %q", host, localPort, last, state)
		}
	}
	if state == "" {
		s.know("socket table: nothing is left of the %s's port %d", host, localPort)
		return
	}
	s.know("socket table: the %s's port %d is in %s", host, localPort, state)
}

// Crossed waits for the n-th packet that matches to arrive.
func (s *Story) Crossed(match world.Match, n int) *world.Packet {
	p, ok := s.Wire.Arrived(match, n, soon)
	if !ok {
		s.Fail("packet %d of the kind waited for did not arrive", n)
	}
	return p
}

// Sees waits for the n-th packet that matches to be sent.
func (s *Story) Sees(match world.Match, n int, timeout time.Duration) *world.Packet {
	p, ok := s.Wire.Sent(match, n, timeout)
	if !ok {
		s.Fail("packet %d of the kind waited for was not sent", n)
	}
	return p
}
