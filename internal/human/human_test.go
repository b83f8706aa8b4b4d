package human

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                 "0 ms",
		430 * time.Microsecond:            "0.43 ms",
		20 * time.Millisecond:             "20 ms",
		1020 * time.Millisecond:           "1.02 s",
		-3 * time.Second:                  "-3 s",
		2*time.Minute + 3*time.Second:     "2 min 3 s",
		2*time.Hour + 11*time.Minute:      "2 h 11 min",
		119*time.Second + 999*1e6:         "120 s",
		999*time.Millisecond + 600*1000:   "1000 ms",
		time.Hour + 59*time.Minute + 59e9: "119 min 59 s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", d, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 123456: "123,456", 1234567: "1,234,567"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 segments", 1: "1 segment", 2: "2 segments", 1024: "1,024 segments"} {
		if got := Count(n, "segment"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 1500000: "1.5 MB", 999_999: "1.0 MB",
		20_000_000_000: "20.0 GB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestOneOf(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := OneOf(names); got != want {
			t.Errorf("OneOf(%q) = %q, want %q", names, got, want)
		}
	}
}
