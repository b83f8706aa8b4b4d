package report

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"time"

	"github.com/lastack/lastack/tcp"
)

// Time is nanoseconds since 1970-01-01 UTC; in JSON RFC 3339 in UTC with all nine digits.
type Time int64

const timeLayout = "2006-01-02T15:04:05.000000000Z"

// Std gives the time as a time.Time in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// MarshalText gives the time as records have it.
func (t Time) MarshalText() ([]byte, error) { return t.Std().AppendFormat(nil, timeLayout), nil }

// UnmarshalText reads any RFC 3339 time.
func (t *Time) UnmarshalText(b []byte) error {
	at, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return err
	}
	*t = Time(at.UnixNano())
	return nil
}

// Seconds is a duration in nanoseconds; in JSON a number of seconds.
type Seconds int64

// MarshalJSON gives the exact number of seconds.
func (s Seconds) MarshalJSON() ([]byte, error) { return appendSeconds(nil, s), nil }

// UnmarshalJSON reads a number of seconds.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("duration %s: %w", b, err)
	}
	*s = Seconds(math.Round(f * 1e9))
	return nil
}

// ConnID numbers a connection in order of first frames: "C7". 0 is none.
type ConnID uint64

// String gives "C7", "" for none.
func (c ConnID) String() string { return numbered('C', uint64(c)) }

// MarshalText gives "C7".
func (c ConnID) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads "C7".
func (c *ConnID) UnmarshalText(b []byte) error { return readNumbered('C', b, (*uint64)(c)) }

// FindingID numbers a finding in stream order: "F3".
type FindingID uint64

// String gives "F3", "" for none.
func (f FindingID) String() string { return numbered('F', uint64(f)) }

// MarshalText gives "F3".
func (f FindingID) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads "F3".
func (f *FindingID) UnmarshalText(b []byte) error { return readNumbered('F', b, (*uint64)(f)) }

func numbered(letter byte, n uint64) string {
	if n == 0 {
		return ""
	}
	return string(strconv.AppendUint([]byte{letter}, n, 10))
}

func readNumbered(letter byte, b []byte, n *uint64) error {
	if len(b) < 2 || b[0] != letter && b[0] != letter|0x20 {
		return fmt.Errorf("%q is not the letter %c and a number from 1", b, letter)
	}
	v, err := strconv.ParseUint(string(b[1:]), 10, 64)
	if err != nil || v == 0 {
		return fmt.Errorf("%q is not the letter %c and a number from 1", b, letter)
	}
	*n = v
	return nil
}

// Endpoint is one end of a connection.
type Endpoint struct {
	IP   netip.Addr `json:"ip"`
	Port uint16     `json:"port"`
}

// String gives "192.0.2.1:80", "[2001:db8::1]:80".
func (e Endpoint) String() string { return netip.AddrPortFrom(e.IP, e.Port).String() }

// Pair is one value for each side.
type Pair[T any] struct {
	Initiator T `json:"initiator"`
	Responder T `json:"responder"`
}

// Of gives one side's value.
func (p *Pair[T]) Of(s tcp.Side) T {
	if s == tcp.Initiator {
		return p.Initiator
	}
	return p.Responder
}
