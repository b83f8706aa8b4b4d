package reassembly

// Recent lends rings to the directions that are busy: those in which more than a few packets come
// within the time in which a second record of one can come. A ring holds the last 64 packets of its
// direction. It is lent again when its direction was silent for longer than that time, so that
// there are no more of them than the capture has busy directions at once, and no connection takes
// more memory for it. Whether a direction has one depends on its own packets alone.
type Recent struct {
	Now   int64 // the capture time, ns
	rings []*ring
	hand  int // the next one to look at
}

const (
	ringSize = 64
	// maxRings bounds the memory to 8 MB. So many directions with five packets within 20 ms each is
	// a capture of a million packets a second, or one whose clock stands still.
	maxRings = 1<<placeBits - 1
	// tries is how many rings are looked at for one that is free before another is made.
	tries = 2

	placeBits = 12
)

// ringID names a ring while it is lent to one direction: its place, and how often it was lent. 0 is
// none.
type ringID uint32

// ring holds the last packets of a direction. They are numbered from 1; what is kept of a number is
// its low half.
type ring struct {
	n       uint32 // the number of the last
	id      ringID
	used    int64
	last    [lastSize]uint16 // the number of the last packet by a part of its fingerprint
	packets [ringSize]seen
}

const lastSize = 256

func part(print uint64) uint64 { return print >> 56 }

// Reset takes all rings back.
func (r *Recent) Reset() {
	for _, ring := range r.rings {
		ring.used = -1 << 62
	}
}

// of gives the ring of a name, nil if it was lent to another direction since.
func (r *Recent) of(id ringID) *ring {
	if place := int(id&maxRings) - 1; r != nil && place < len(r.rings) && r.rings[place].id == id {
		return r.rings[place]
	}
	return nil
}

// take lends a ring and gives its name; nil if there is none.
func (r *Recent) take(id *ringID) *ring {
	if r == nil {
		return nil
	}
	ring := r.free()
	if ring == nil {
		return nil
	}
	ring.id += 1 << placeBits
	if ring.id>>placeBits == 0 {
		ring.id += 1 << placeBits
	}
	ring.n, ring.last = 0, [lastSize]uint16{}
	*id = ring.id
	return ring
}

// free finds a ring that nobody needs, or makes one.
func (r *Recent) free() *ring {
	for range min(tries, len(r.rings)) {
		r.hand = (r.hand + 1) % len(r.rings)
		if ring := r.rings[r.hand]; abs(r.Now-ring.used) > copyWindow {
			return ring
		}
	}
	if len(r.rings) == maxRings {
		return nil
	}
	r.rings = append(r.rings, &ring{id: ringID(len(r.rings) + 1)})
	return r.rings[len(r.rings)-1]
}

func (r *ring) at(number uint32) *seen { return &r.packets[number%ringSize] }

func (r *ring) ofAge(age int) *seen { return r.at(r.n + 1 - uint32(age)) }

// find gives the last packet with a fingerprint and its age, nil if there is none.
func (r *ring) find(print uint64) (s *seen, age int) {
	for number, n := r.last[part(print)], 0; ; number = s.before {
		before := n
		n = int(uint16(r.n)-number) + 1
		if n <= before || n > ringSize || uint32(n) > r.n {
			return nil, 0
		}
		if s = r.ofAge(n); s.print == print {
			return s, n
		}
	}
}

// next gives the place of the next packet, which has a fingerprint.
func (r *ring) next(print uint64) *seen {
	r.n++
	last, s := &r.last[part(print)], r.at(r.n)
	s.before, *last = *last, uint16(r.n)
	return s
}
