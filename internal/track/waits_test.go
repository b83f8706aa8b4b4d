package track

import (
	"cmp"
	"slices"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestWhatWaitsIsTakenInFirst: what a pair holds may revise what came before it. No step goes
// before that, however long the pair is silent: here two ACKs of data that is not in the capture,
// of which the second still waits for it when the pair's last segment has come. How long an ACK
// waits does not matter, for one of these pairs is just so.
func TestWhatWaitsIsTakenInFirst(t *testing.T) {
	var segs []tcp.Segment
	const apart, most = 600_000, 64_000_000
	for silence := int64(1_000_000); silence < most; silence += apart - 100_000 {
		c := client{port: uint16(silence / 100_000), now: start, seq: 1000, ack: 5000}
		take := func(toServer bool, flags tcp.Flags, n uint32) { segs = append(segs, c.segment(toServer, flags, n)) }
		take(true, tcp.SYN, 0)
		take(false, tcp.SYN|tcp.ACK, 0)
		take(true, tcp.ACK, 0)
		c.seq += 1000 // is not in the capture
		take(false, tcp.ACK, 0)
		first := c.now
		c.seq += 1000
		c.now = first + apart - 100_000
		take(false, tcp.ACK, 0)
		take(true, tcp.ACK, 100)
		c.now = first + silence
		take(true, tcp.ACK, 100)
	}
	segs = append(segs, others(start+most, 4<<12)...)
	sortByTime(segs)
	for _, st := range stepsOf(segs, thorough) {
		if st.Reason == tcp.AckUnacceptable {
			t.Errorf("frame %d, an ACK of data that is not in the capture, is refused", st.Frame)
		}
	}
	sameSteps(t, "held", segs)
}

// others gives the segments of a long connection over ten seconds.
func others(now int64, n int) (segs []tcp.Segment) {
	c := client{port: 9, host: 1, now: now, seq: 1000, ack: 5000}
	segs = append(segs, c.segment(true, tcp.SYN, 0), c.segment(false, tcp.SYN|tcp.ACK, 0), c.segment(true, tcp.ACK, 0))
	for range n / 2 {
		c.now += 10e9 / int64(n)
		segs = append(segs, c.segment(true, tcp.ACK|tcp.PSH, 100), c.segment(false, tcp.ACK, 0))
	}
	return segs
}

// sortByTime brings segments into the order of a capture.
func sortByTime(segs []tcp.Segment) {
	slices.SortStableFunc(segs, func(a, b tcp.Segment) int { return cmp.Compare(a.Time, b.Time) })
	for i := range segs {
		segs[i].Frame = uint64(i + 1)
	}
}
