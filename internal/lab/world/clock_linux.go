package world

import (
	"time"

	"golang.org/x/sys/unix"
)

// clock gives wall-clock times for monotonic ones, so that captures and kernel events share one
// clock that never steps.
type clock struct{ offset int64 }

// newClock relates CLOCK_MONOTONIC, the kernel events' clock, to CLOCK_REALTIME, by the tightest of
// several readings.
func newClock() clock {
	best, offset := int64(1<<62), int64(0)
	for range 20 {
		before := nanos(unix.CLOCK_MONOTONIC)
		real := nanos(unix.CLOCK_REALTIME)
		after := nanos(unix.CLOCK_MONOTONIC)
		if after-before < best {
			best, offset = after-before, real-(before+(after-before)/2)
		}
	}
	return clock{offset}
}

// wall gives the wall-clock time of a monotonic reading.
func (c clock) wall(mono int64) time.Time { return time.Unix(0, mono+c.offset).UTC() }

// now reads the monotonic clock.
func now() int64 { return nanos(unix.CLOCK_MONOTONIC) }

func nanos(id int32) int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		panic(err) // both clocks always exist
	}
	return ts.Nano()
}
