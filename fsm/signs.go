package fsm

import "github.com/lastack/lastack/tcp"

// Signs is what the segments of one direction show of their sender's stack. It is the direction's
// and not the address's: behind NAT or a load balancer several stacks share one address.
//
// The lowest bits are the layout of its SYN's options, then what its TTL began at, then one bit for
// each other sign, and the highest are what other connections of its host have shown.
type Signs uint32

const (
	layoutMask = 1<<5 - 1
	ttlShift   = 5
	ttlMask    = 3
	hostShift  = 28
)

// What does not fit its bits would show as another sign: this does not compile then, and the masks
// and shifts want more room.
const (
	_ = uint(layoutMask + 1 - tcp.NumLayouts)
	_ = uint(1<<hostShift - endOfSigns)
	_ = uint(1<<(32-hostShift) - NumStacks)
)

// The signs that take a bit each, from the SYN, the SYN,ACK, resets, probes, and what is sent
// again.
const (
	isSYNACK           Signs = 1 << (iota + 7) // the layout is a SYN,ACK's: options that were not offered are left out
	synackZeroID                               // IPv4, IP ID 0
	synackSomeID                               // IPv4 that must not be fragmented, another IP ID
	synFragments                               // without "don't fragment"
	synLargeScale6                             // window 65535, scale 6
	synWindowsWindow                           // a window and a scale that Windows has
	synTinyWindow                              // a window below 8192
	isStranger                                 // a scanner, or a box that answers for others
	stampZero                                  // TSval 0 in a SYN,ACK
	SignResetHidesAck                          // a RST without ACK whose number is not 0
	SignResetPlainBare                         // a RST without ACK whose number is 0
	SignResetNaked                             // a RST,ACK with window 0 and without options
	SignResetStamped                           // a RST,ACK with timestamps
	SignProbeByte                              // a keep-alive of one byte
	SignProbeBare                              // a keep-alive without the timestamps agreed on
	SignProbeStamped                           // a keep-alive with them, and no byte
	SignRefusedAgain                           // a refused SYN again after half a second
	SignThreeSeconds                           // a SYN again after 3 s
	SignSYNStripped                            // the SYN lost all options but MSS and SACK on the way
	SignSYNUnscaled                            // the SYN lost its window scale alone
	endOfSigns                                 // beyond all of them
)

// layout gives the layout of the SYN's options.
func (s Signs) layout() tcp.Layout { return tcp.Layout(s & layoutMask) }

// What a TTL may have begun at.
const (
	unseenTTL = iota
	ttl64
	ttl128
	ttl255
)

// ttl gives what the TTL began at.
func (s Signs) ttl() int { return int(s >> ttlShift & ttlMask) }

// Seen reports whether a segment of the direction was.
func (s Signs) Seen() bool { return s.ttl() != unseenTTL }

// host gives what the host's other connections have shown.
func (s Signs) host() Stack { return Stack(s >> hostShift) }

// SignsOfHost is what a host shows by its other connections alone, which are of a stack.
func SignsOfHost(stack Stack) Signs { return Signs(stack) << hostShift }

func (s Signs) has(sign Signs) bool { return s&sign != 0 }

// WithTTL adds the TTL of a direction's first segment.
func (s Signs) WithTTL(ttl uint8) Signs {
	from := Signs(ttl255)
	switch {
	case s.Seen():
		return s
	case ttl <= 64:
		from = ttl64
	case ttl <= 128:
		from = ttl128
	}
	return s | from<<ttlShift
}

// boxWindow reports whether a window is one with which boxes answer SYNs for the servers behind
// them: 3 × 1460 with the options of macOS, 8190; or that of Cisco's IOS.
func boxWindow(seg *tcp.Segment) bool {
	switch {
	case seg.TTL <= 128:
		return false
	case seg.Window == 4128:
		return seg.Layout == tcp.LayoutMSS
	}
	return seg.Flags.Has(tcp.ACK) && (seg.Window == 4380 || seg.Window == 8190)
}

// scans reports whether a SYN is a scanner's, which writes it itself: its kernel has no part in it.
func scans(seg *tcp.Segment) bool {
	return seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN && seg.Layout == tcp.LayoutMSS && !seg.DF && !seg.IPv6 && seg.TTL <= 64 &&
		(seg.Window == 1024 || seg.Window == 2048 || seg.Window == 3072 || seg.Window == 4096)
}

// SignsOfSYN gives what a SYN or SYN,ACK shows.
func SignsOfSYN(seg *tcp.Segment) Signs {
	s := Signs(seg.Layout).WithTTL(seg.TTL)
	set := func(is bool, sign Signs) {
		if is {
			s |= sign
		}
	}
	set(seg.Flags.Has(tcp.ACK), isSYNACK)
	if !seg.IPv6 {
		set(seg.Flags.Has(tcp.ACK) && seg.IPID == 0, synackZeroID)
		set(seg.Flags.Has(tcp.ACK) && seg.IPID != 0 && seg.DF, synackSomeID) // without DF all stacks need one
		set(!seg.DF, synFragments)
	}
	scale := -1
	if seg.Has(tcp.OptWScale) {
		scale = int(seg.WScale)
	}
	set(seg.Window == 65535 && scale == 6, synLargeScale6)
	set(seg.Window == 8192 && (scale == 2 || scale == 8) || seg.Window == 64240 && scale == 8, synWindowsWindow)
	set(seg.Window < 8192, synTinyWindow)
	set(boxWindow(seg) || scans(seg), isStranger)
	set(seg.Flags.Has(tcp.ACK) && seg.Has(tcp.OptTimestamps) && seg.TSval == 0, stampZero)
	return s
}
