package findings

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/lastack/lastack/tcp"
)

// side names one end as people speak of it: "the client 192.0.2.1:40000". Who opened is not always known.
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

// seq gives a sequence number of side s's bytes relative to its first (as Wireshark shows it), or as it is on the wire when
// the first is not known.
func (c *Case) seq(s tcp.Side, n tcp.Seq) string {
	if f := &c.Sides[s]; f.ISNKnown {
		return fmt.Sprintf("%d", n.Sub(f.ISN))
	}
	return fmt.Sprintf("%d", uint32(n))
}

// dur gives a duration with the precision that matters to a person: "0.43 ms", "1.02 s", "2 min 3 s".
func dur(ns int64) string {
	d := time.Duration(ns)
	switch {
	case d < 0:
		return "-" + dur(-ns)
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.4g s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// seconds gives a duration as machine-readable output has it.
func seconds(ns int64) float64 { return time.Duration(ns).Seconds() }

// count gives "1 segment", "3 segments".
func count[N int | uint32 | uint64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

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
