package findings_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

// elsewhere gives the segments as of another pair of hosts, recorded later.
func elsewhere(all []tcp.Segment, d time.Duration) []tcp.Segment {
	all = later(all, d)
	for i := range all {
		s := &all[i]
		s.Src[13], s.Dst[13], s.ICMPFrom[13] = s.Src[13]^0x55, s.Dst[13]^0x55, s.ICMPFrom[13]^0x55
	}
	return all
}

// later gives the segments as recorded later.
func later(all []tcp.Segment, d time.Duration) []tcp.Segment {
	all = slices.Clone(all)
	for i := range all {
		all[i].Time += int64(d)
	}
	return all
}

// joined numbers the segments of captures one after the other.
func joined(parts ...[]tcp.Segment) (all []tcp.Segment) {
	for _, p := range parts {
		all = append(all, p...)
	}
	for i := range all {
		all[i].Frame = uint64(i + 1)
	}
	return all
}

// TestJoinedInTheWrongOrder: two captures in one file, of which the second was made an hour before
// the first, as cat leaves them. The clock goes back by an hour. Of each connection is found what
// is found of it when the second was made an hour after the first.
func TestJoinedInTheWrongOrder(t *testing.T) {
	dirs, err := lab.Find("../testdata/lab")
	if err != nil {
		t.Skip(err)
	}
	var other []tcp.Segment
	for _, dir := range dirs {
		meta, err := lab.ReadMeta(dir)
		if err != nil {
			t.Fatal(err)
		}
		one := segmentsOf(t, filepath.Join(dir, meta.Captures[0]))
		if other != nil {
			other = elsewhere(other, time.Duration(one[0].Time-other[0].Time))
			got, _ := observed(joined(one, later(other, -time.Hour)))
			want, _ := observed(joined(one, later(other, time.Hour)))
			if !slices.Equal(got, want) {
				t.Errorf("%s and what is before it: found %v, in order %v", strings.TrimPrefix(dir, "../testdata/lab/"), got, want)
			}
		}
		other = one
	}
}

// TestStepOfTheClock: somebody sets the clock back by an hour in the middle of a capture.
// Connections that are open then go on. How long something took that the step is in, nobody knows,
// so less may be found; nothing else is.
func TestStepOfTheClock(t *testing.T) {
	less := []string{"clock-backwards", "abortive-close"} // the latter of a close with unread data, where the order is not sure
	dirs, err := lab.Find("../testdata/lab")
	if err != nil {
		t.Skip(err)
	}
	for _, dir := range dirs {
		meta, err := lab.ReadMeta(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !mirrorable(meta) {
			continue
		}
		all := segmentsOf(t, filepath.Join(dir, meta.Captures[0]))
		want, _ := observed(all)
		for _, half := range []int{len(all) / 3, len(all) / 2} {
			got, _ := observed(joined(all[:half], later(all[half:], -time.Hour)))
			for _, code := range got {
				if !slices.Contains(want, code) && !slices.Contains(less, code) {
					t.Errorf("%s at %d: found %v, want %v", strings.TrimPrefix(dir, "../testdata/lab/"), half, got, want)
				}
			}
		}
	}
}
