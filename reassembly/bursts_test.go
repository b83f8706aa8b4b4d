package reassembly

import (
	"testing"
	"unsafe"

	"github.com/lastack/lastack/tcp"
)

// apart is how far apart a burst's packets are, in ns.
const apart = 20_000

// burst makes n packets of one direction from a number on.
func burst(from, n int, start int64) []tcp.Segment {
	segs := stream(from + n)[from:]
	for i := range segs {
		segs[i].Time = start + int64(i)*apart
	}
	return segs
}

// judgeAll gives how many of some packets are left out. delay makes each one come later.
func judgeAll(c, other *Copies, recent *Recent, segs []tcp.Segment, delay int64) (left int) {
	for _, seg := range segs {
		seg.Time += delay
		recent.Now = seg.Time
		if c.Judge(&seg, other, recent) {
			left++
		}
	}
	return left
}

// withoutID gives packets without an IP ID, as IPv6 has them, with a timestamp of a millisecond's
// grain or without.
func withoutID(segs []tcp.Segment, stamped bool) []tcp.Segment {
	for i := range segs {
		segs[i].IPID, segs[i].IPv6 = 0, true
		if stamped {
			segs[i].Options, segs[i].TSval = tcp.OptTimestamps, uint32(segs[i].Time/millisecond)
		}
	}
	return segs
}

// TestMirrorOfBursts: a mirror that records bursts, and then each burst again. All second records
// are left out, and no first one.
func TestMirrorOfBursts(t *testing.T) {
	for name, kind := range map[string]func([]tcp.Segment) []tcp.Segment{
		"IPv4":            func(s []tcp.Segment) []tcp.Segment { return s },
		"IPv6":            func(s []tcp.Segment) []tcp.Segment { return withoutID(s, true) },
		"IPv6, unstamped": func(s []tcp.Segment) []tcp.Segment { return withoutID(s, false) }, // within 2 ms
	} {
		for _, size := range []int{1, 3, 5, 20, 60, 64} {
			var c, other Copies
			recent, left, first, sent := new(Recent), 0, 0, 0
			for n := range 8 {
				segs := kind(burst(sent, size, int64(n)*40*millisecond+1e9))
				sent += size
				first += judgeAll(&c, &other, recent, segs, 0)
				left += judgeAll(&c, &other, recent, segs, 1.5*millisecond)
			}
			if left != sent || first != 0 {
				t.Errorf("%s, bursts of %d: %d of %d second records and %d first ones are left out", name, size, left, sent, first)
			}
		}
	}
}

// TestFarCopyHasBounds: 64 packets back and 20 ms are the most.
func TestFarCopyHasBounds(t *testing.T) {
	for _, c := range []struct {
		between int
		later   int64
		want    int
	}{{63, 0, 1}, {64, 0, 0}, {10, 20*millisecond - 11*apart, 1}, {10, 20 * millisecond, 0}} {
		var copies, other Copies
		recent := new(Recent)
		segs := burst(0, 1+c.between, 1e9)
		judgeAll(&copies, &other, recent, segs, 0)
		again := segs[:1]
		again[0].Iface = 1 // so that only the distance can keep it
		at := segs[len(segs)-1].Time - segs[0].Time + apart + c.later
		if c.between == 10 {
			at = 11*apart + c.later
		}
		if got := judgeAll(&copies, &other, recent, again, at); got != c.want {
			t.Errorf("%d between, %d ns later: %d left out, want %d", c.between, at, got, c.want)
		}
	}
}

// TestWhatIsNoFarCopy: bursts in which something comes again that is no second record.
func TestWhatIsNoFarCopy(t *testing.T) {
	const size = 50
	newID := func(segs []tcp.Segment) []tcp.Segment {
		for i := range segs {
			segs[i].IPID += 1000
		}
		return segs
	}
	for name, again := range map[string]func(segs []tcp.Segment) []tcp.Segment{
		"the window sent again":              newID,
		"without IP ID, 5 ms later":          func(s []tcp.Segment) []tcp.Segment { return s },
		"without IP ID, a newer timestamp":   func(s []tcp.Segment) []tcp.Segment { return s },
		"the network duplicates one of many": func(s []tcp.Segment) []tcp.Segment { return s[30:31] },
		"the network duplicates some":        func(s []tcp.Segment) []tcp.Segment { return []tcp.Segment{s[10], s[25], s[40]} },
	} {
		var c, other Copies
		recent := new(Recent)
		for n := range 5 {
			segs := burst(n*size, size, int64(n)*50*millisecond+1e9)
			delay := int64(1.1 * millisecond)
			switch name {
			case "without IP ID, 5 ms later":
				segs, delay = withoutID(segs, false), 5*millisecond
			case "without IP ID, a newer timestamp":
				segs = withoutID(segs, true)
			}
			if left := judgeAll(&c, &other, recent, segs, 0); left != 0 {
				t.Errorf("%s: %d first records are left out", name, left)
			}
			repeated := again(append([]tcp.Segment(nil), segs...))
			if name == "without IP ID, a newer timestamp" {
				for i := range repeated {
					repeated[i].TSval += 5
				}
			}
			if left := judgeAll(&c, &other, recent, repeated, delay); left != 0 {
				t.Errorf("%s: %d of %d are left out", name, left, len(repeated))
			}
		}
	}
}

// TestRepliesAlike: bare ACKs without an IP ID that say the same, as duplicate ACKs and the answers
// to keep-alives do, are each one of its own, however many come between them.
func TestRepliesAlike(t *testing.T) {
	var c, other Copies
	recent := new(Recent)
	acks := make([]tcp.Segment, 30)
	for i := range acks {
		acks[i] = tcp.Segment{Time: 1e9 + int64(i)*5*apart, Seq: 5, Ack: 7, Flags: tcp.ACK, Window: 100, TTL: 64}
	}
	if left := judgeAll(&c, &other, recent, acks, 0); left != 0 {
		t.Errorf("%d of %d ACKs are left out", left, len(acks))
	}
	for i := range acks {
		acks[i].SACKCount, acks[i].SACK[0] = 1, tcp.SACKBlock{Left: 10, Right: 20 + tcp.Seq(i)}
		if i > 0 && fingerprint(&acks[i]) == fingerprint(&acks[i-1]) {
			t.Fatal("ACKs with other SACK blocks look alike")
		}
	}
}

// TestRingsAreLentAgain: a direction has a ring while it is busy. What is judged of one is the same
// whatever others do meanwhile, and rings are as many as directions are busy at once.
func TestRingsAreLentAgain(t *testing.T) {
	const others, size = 100, 20
	run := func(groups int) (left [12]int, rings int) {
		recent, noise := new(Recent), make([]Copies, 12*others)
		var c, other Copies
		for n := range left {
			start := int64(n)*100*millisecond + 1e9
			segs := burst(n*size, size, start)
			judgeAll(&c, &other, recent, segs, 0)
			for i := range groups * others { // others are busy in between
				judgeAll(&noise[(n*others+i)%len(noise)], &other, recent, burst(n*size, size, start), 0)
			}
			left[n] = judgeAll(&c, &other, recent, segs, millisecond)
		}
		return left, len(recent.rings)
	}
	alone, rings := run(0)
	if alone[0] != size || alone[11] != size || rings != 1 {
		t.Errorf("alone: %v of %d are left out, %d rings", alone, size, rings)
	}
	for _, groups := range []int{1, 2} {
		among, rings := run(groups)
		if among != alone {
			t.Errorf("among others %v are left out, alone %v", among, alone)
		}
		if most := 2*groups*others + 2; rings > most {
			t.Errorf("%d rings, want at most %d", rings, most)
		}
	}
}

// TestQuietDirectionsNeedNoRing: five packets within 20 ms are the least that does.
func TestQuietDirectionsNeedNoRing(t *testing.T) {
	var c, other Copies
	recent := new(Recent)
	for _, seg := range stream(200) {
		seg.Time *= 10
		judgeAll(&c, &other, recent, []tcp.Segment{seg}, 0)
	}
	if len(recent.rings) != 0 {
		t.Errorf("%d rings", len(recent.rings))
	}
	if size := unsafe.Sizeof(c); size > 104 {
		t.Errorf("a direction takes %d bytes, want at most 104", size)
	}
}

// TestRingsAreBounded: however many directions are busy at once, there is an end.
func TestRingsAreBounded(t *testing.T) {
	recent := new(Recent)
	all := make([]Copies, maxRings+50)
	for i := range all {
		judgeAll(&all[i], new(Copies), recent, burst(0, 5, 1e9), 0)
	}
	if len(recent.rings) != maxRings {
		t.Errorf("%d rings, want %d", len(recent.rings), maxRings)
	}
}

// TestRingFindsTheLast: whatever was pushed, the ring finds the last packet with a fingerprint
// among the last 64, and nothing else: against a list, with fingerprints of which many share a
// part.
func TestRingFindsTheLast(t *testing.T) {
	recent, id := new(Recent), ringID(0)
	r := recent.take(&id)
	var all []uint64
	for n := range uint64(70_000) { // more than the numbers' low halves tell apart
		print := n*n%97<<50 | 1
		r.next(print).print = print
		all = append(all, print)
		for _, wanted := range []uint64{(n*7+3)%97<<50 | 1, print} {
			want := 0
			for age := 1; age <= min(ringSize, len(all)) && want == 0; age++ {
				if all[len(all)-age] == wanted {
					want = age
				}
			}
			s, age := r.find(wanted)
			if age != want || s != nil && s.print != wanted {
				t.Fatalf("after %d packets: age %d, want %d", len(all), age, want)
			}
		}
	}
}
