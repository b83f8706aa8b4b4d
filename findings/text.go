package findings

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/tcp"
)

// side names one end as people speak of it: "the client 192.0.2.1:40000". Who opened is not always
// known.
func (c *Case) side(s tcp.Side) string {
	role := "the client "
	switch {
	case c.Direction == tcp.DirectionFromFirst:
		role = ""
	case s == tcp.Responder:
		role = "the server "
	}
	return role + c.addr(s)
}

// addr gives one end's address and port.
func (c *Case) addr(s tcp.Side) string {
	a, port := c.Endpoint(s)
	return netip.AddrPortFrom(a.Netip(), port).String()
}

// seq gives a sequence number of side s's bytes relative to its first (as Wireshark shows it), or
// as it is on the wire when the first is not known.
func (c *Case) seq(s tcp.Side, n tcp.Seq) string {
	if f := &c.Sides[s]; f.ISNKnown {
		return fmt.Sprintf("%d", n.Sub(f.ISN))
	}
	return fmt.Sprintf("%d", uint32(n))
}

// dur gives a duration as people read it.
func dur(ns int64) string { return human.Duration(time.Duration(ns)) }

// seconds gives a duration as machine-readable output has it.
func seconds(ns int64) float64 { return time.Duration(ns).Seconds() }

// count gives a number of things: "1 segment", "1,024 segments".
func count[N int | uint32 | uint64](n N, what string) string { return human.Count(uint64(n), what) }

// times gives "once", "twice", "5 times".
func times[N int | uint32 | uint64](n N) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// upper makes the first letter of a sentence a capital.
func upper(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
