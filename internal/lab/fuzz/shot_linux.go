package fuzz

import (
	"fmt"
	"strings"
	"time"

	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/tcp"
)

// Base is a number that a shot is aimed by.
type Base string

// The bases.
const (
	RcvNxt    Base = "RCV.NXT"
	Edge      Base = "edge" // the right edge of the window
	PeerISN   Base = "ISN"  // the peer's own
	SackLeft  Base = "SACK-left"
	SackRight Base = "SACK-right"
	SndUna    Base = "SND.UNA"
	SndNxt    Base = "SND.NXT"
	Oldest    Base = "UNA-MAX.SND.WND" // the oldest acknowledgment that is taken (RFC 5961 section 5.2)
	KernelISS Base = "ISS"
	Zero      Base = "0"
	Clock     Base = "clock"     // the peer's timestamp clock
	TSRecent  Base = "TS.Recent" // the kernel's
	KernelTS  Base = "TSval"     // the kernel's latest
	FirstTS   Base = "TSval1"    // the kernel's first
)

// Ref is a number by its distance from a base.
type Ref struct {
	Base Base
	Off  int64
}

func (r Ref) String() string {
	if r.Off == 0 {
		return string(r.Base)
	}
	return fmt.Sprintf("%s%+d", r.Base, r.Off)
}

// of gives the number as things stand.
func (r Ref) of(s *sight) uint32 {
	var base uint32
	switch r.Base {
	case RcvNxt:
		base = s.rcvNxt
		if base == 0 { // nothing acknowledged yet
			base = s.next
		}
	case Edge:
		base = s.edge
	case PeerISN:
		base = s.isn
	case SackLeft:
		base = s.sackLeft
	case SackRight:
		base = s.sackRight
	case SndUna:
		base = s.sndUna
	case SndNxt:
		base = s.sndNxt
	case Oldest:
		base = s.sndUna - s.maxWindow
	case KernelISS:
		base = s.iss
	case Clock:
		base = s.clock()
	case TSRecent:
		base = s.tsRecent
	case KernelTS:
		base = s.kernelTS
	case FirstTS:
		base = s.firstTS
	}
	return base + uint32(r.Off)
}

// Do is what an application does instead of a segment being sent.
type Do string

// What applications do.
const (
	DoRead     Do = "read"
	DoWrite    Do = "write"
	DoShutdown Do = "shutdown"
	DoClose    Do = "close"
)

// Shot is one segment to send, or one thing for the application to do.
type Shot struct {
	Wait time.Duration // before it
	Do   Do            // "" for a segment

	Flags        tcp.Flags
	Seq, Ack     Ref
	Len          int
	Window       uint16
	Stamp        bool // with a timestamps option
	TSval, TSecr Ref
	BadChecksum  bool
}

func (s *Shot) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "after %v ", s.Wait)
	if s.Do != "" {
		return b.String() + "the application does " + string(s.Do)
	}
	flags := s.Flags.String()
	if flags == "" {
		flags = "no flags"
	}
	fmt.Fprintf(&b, "%s SEQ=%v", flags, s.Seq)
	if s.Flags.Has(tcp.ACK) {
		fmt.Fprintf(&b, " ACK=%v", s.Ack)
	}
	fmt.Fprintf(&b, " len=%d win=%d", s.Len, s.Window)
	if s.Stamp {
		fmt.Fprintf(&b, " TSval=%v TSecr=%v", s.TSval, s.TSecr)
	}
	if s.BadChecksum {
		b.WriteString(" with a wrong checksum")
	}
	return b.String()
}

// fire sends the shot's segment, or lets the application act.
func (c *conn) fire(n int, shot *Shot) {
	time.Sleep(shot.Wait)
	if shot.Do != "" {
		c.do(shot.Do)
		return
	}
	c.bench.deliver(c, n, func() packet.Segment { return c.segment(shot) })
}

// segment aims a shot.
func (c *conn) segment(shot *Shot) packet.Segment {
	s := packet.Segment{Src: c.remote, Dst: c.local, Flags: shot.Flags, Seq: shot.Seq.of(&c.sight), Window: shot.Window,
		Payload: pattern(shot.Len), BadChecksum: shot.BadChecksum}
	if shot.Flags.Has(tcp.ACK) {
		s.Ack = shot.Ack.of(&c.sight)
	}
	if shot.Flags.Has(tcp.SYN) {
		c.offer(&s)
	}
	if shot.Stamp {
		s.Options.HasTimestamp, s.Options.TSval, s.Options.TSecr = true, shot.TSval.of(&c.sight), shot.TSecr.of(&c.sight)
	}
	return s
}

// do lets the application act, if it has a connection. That a call fails is as good a story as any.
func (c *conn) do(what Do) {
	if c.app.sock == 0 {
		return
	}
	switch what {
	case DoRead:
		_ = c.read()
	case DoWrite:
		_ = c.write(answer)
	case DoShutdown:
		_ = c.shutdown()
	case DoClose:
		_ = c.close()
	}
}
