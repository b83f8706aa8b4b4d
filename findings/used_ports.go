package findings

import (
	"encoding/binary"
	"math/bits"

	"github.com/lastack/lastack/tcp"
)

// usedPorts remembers when four-tuples were in use last, for longer than the tracker does: what
// sits on the way may remember them for minutes. Of two that meet in one place the later stays.
type usedPorts struct{ of []lastUse }

type lastUse struct {
	hash uint64 // 0: none
	at   int64  // ns
}

const (
	// usedPlaces is how many four-tuples are remembered, a power of two.
	usedPlaces = 1 << 14
	// usedFor is how long: twice the two minutes that connection tracking holds TIME-WAIT for
	// (nf_conntrack_tcp_timeout_time_wait), which is 2MSL of RFC 9293.
	usedFor = int64(4 * 60e9)
)

// use takes in a connection that began and ended at these times, ns. It gives how long before that
// its four-tuple was in use last, 0 if that is not known, or too long ago.
func (u *usedPorts) use(t *tcp.FourTuple, began, ended int64) (since int64) {
	if u.of == nil {
		u.of = make([]lastUse, usedPlaces)
	}
	h := hashTuple(t)
	last := &u.of[h%usedPlaces]
	if last.hash == h && last.at < began && began-last.at <= usedFor {
		since = began - last.at
	}
	if last.hash != h || last.at < ended {
		*last = lastUse{h, ended}
	}
	return since
}

// hashTuple is the same in each run, so that what is found is.
func hashTuple(t *tcp.FourTuple) uint64 {
	h := uint64(t.SrcPort)<<48 | uint64(t.DstPort)<<32 | uint64(t.Path)
	for _, word := range [...]uint64{binary.LittleEndian.Uint64(t.Src[:8]), binary.LittleEndian.Uint64(t.Src[8:]),
		binary.LittleEndian.Uint64(t.Dst[:8]), binary.LittleEndian.Uint64(t.Dst[8:])} {
		hi, lo := bits.Mul64(h^word^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
		h = hi ^ lo
	}
	return h | 1<<63 // not 0
}
