package reassembly

import "github.com/lastack/lastack/tcp"

// Copies recognises packets that were recorded twice (a mirror of both ports, `-i any`) in one
// direction of a connection.
//
// A copy on the wire (the network duplicated a packet) looks the same in one record, but not over
// time: recording twice is systematic. So a twin counts as a copy when this direction's packets
// mostly come with twins, or when the two records differ where one transmission's cannot: interface
// or TTL.
//
// A mirror of bursts records 20 packets of one port, and then the same 20 packets of the other
// port. So a packet that has no twin yet is not counted as one without, unless a later packet has
// one already: each port's records are in order. Of the packets 1 2 3 1 2 3 none is without a twin.
// Of 1 2 3 3 two are.
type Copies struct {
	near    [nearSize]seen // the last packets, while Recent has no ring for this direction
	at      uint8          // where the next one of near goes
	open    uint8          // so many of the last packets may yet have a twin
	twins   uint8          // packets that tell transmissions apart, and were recorded twice
	singles uint8          // and that were not; both are halved when they are many
	far     ringID
}

// seen is one recent packet: its fingerprint, when, and where.
type seen struct {
	print  uint64 // 0 for none
	time   int64
	before uint16 // in a ring, the number of the packet before with the same part of a fingerprint
	iface  uint16
	ttl    uint8
	marks  uint8
}

// The marks of a packet.
const (
	tells      = 1 << iota // a second transmission of it would not look the same
	hasTwin                // it was recorded twice
	isSettled              // it is counted
	nearSize   = 4
	manyCopies = 64
)

const (
	// copyWindow is how far apart two records of one packet can be: a mirror's buffers and two hops
	// of a router.
	copyWindow = 20e6
	// copyWindowNoID applies where neither an IP ID nor a timestamp tells a second transmission
	// from a second record.
	copyWindowNoID = 2e6
)

// Judge takes the next packet in and says whether it is a second record of a recent one. other is
// the opposite direction. recent gives room for more packets than a few; nil is for none.
func (c *Copies) Judge(seg *tcp.Segment, other *Copies, recent *Recent) bool {
	r := c.ring(recent)
	print := fingerprint(seg)
	if s, age := c.find(r, print); s != nil && abs(seg.Time-s.time) <= window(seg, age) {
		c.settleOld(r, seg.Time)
		c.twin(r, s, age)
		if c.isCopy(seg, s, other, recent) {
			return true
		}
	}
	if r == nil {
		r = c.needsRing(seg, recent)
	}
	if r == nil {
		c.pushNear(seg, print)
	} else {
		r.used = recent.Now
		c.pushFar(r, seg, print)
	}
	return false
}

// isCopy reports whether a packet that looks like s is a second record of it.
func (c *Copies) isCopy(seg *tcp.Segment, s *seen, other *Copies, recent *Recent) bool {
	// Two hosts may say the same, as a proxy and a server behind it do.
	hop := s.ttl != seg.TTL && (s.marks&tells != 0 || c.twins+other.twins > 0)
	if s.iface != seg.Iface || hop {
		return true
	}
	// Twins of more than half of the packets: the capture doubles. One twin among many packets: the
	// network did.
	r := other.ring(recent)
	other.settleOld(r, seg.Time)
	return c.doubles(other) && !c.tooSoon(seg, s, other, r)
}

// window is how much later than a packet of that age its second record may come, in ns. Age 1 is
// the last one. Without an IP ID, a timestamp tells what is sent anew. A bare ACK that repeats the
// last one may be said anew, but one that repeats an older one is not: no sender takes back an
// acknowledgment.
func window(seg *tcp.Segment, age int) int64 {
	takesRoom := seg.SeqLen() > 0
	switch {
	case seg.IPID != 0, takesRoom && seg.Has(tcp.OptTimestamps), !takesRoom && age > 1 &&
		!seg.Flags.Has(tcp.RST):
		return copyWindow
	}
	return copyWindowNoID
}

// doubles reports whether most of this direction's packets come with twins, or where the other
// direction's do, half of them.
func (c *Copies) doubles(other *Copies) bool {
	return c.twins > c.singles || c.twins == c.singles && other.twins > max(1, other.singles)
}

// tooSoon reports whether a direction's first twin, without an IP ID to tell, is more likely a
// second transmission: the capture does not double the other direction. Nor does it if a packet of
// the other direction has no twin yet that came before the first record s: a mirror that doubles
// would have recorded that again before s.
func (c *Copies) tooSoon(seg *tcp.Segment, s *seen, other *Copies, r *ring) bool {
	if seg.IPID != 0 || c.twins > 1 || other.twins > 0 {
		return false
	}
	return other.singles > 0 || other.open > 0 && other.ofAge(r, int(other.open)).time < s.time
}

// find gives the last packet with a fingerprint and its age, nil if there is none.
func (c *Copies) find(r *ring, print uint64) (s *seen, age int) {
	if r != nil {
		return r.find(print)
	}
	for age := 1; age <= nearSize; age++ {
		if s := c.ofAge(nil, age); s.print == print {
			return s, age
		}
	}
	return nil, 0
}

// ofAge gives the packet of an age: 1 is the last one.
func (c *Copies) ofAge(r *ring, age int) *seen {
	if r != nil {
		return r.ofAge(age)
	}
	return &c.near[(int(c.at)-age)&(nearSize-1)]
}

// twin notes that the packet of an age has one, and those before it have none.
func (c *Copies) twin(r *ring, s *seen, age int) {
	was := s.marks
	s.marks |= hasTwin
	switch {
	case was&isSettled == 0:
		for int(c.open) >= age {
			c.settleLast(r)
		}
	case was&(tells|hasTwin) == tells: // it was counted as one without
		c.singles -= min(1, c.singles)
		c.count(&c.twins)
	}
}

// settleOld counts those that are too old to have a twin yet.
func (c *Copies) settleOld(r *ring, now int64) {
	for c.open > 0 && abs(now-c.ofAge(r, int(c.open)).time) > copyWindow {
		c.settleLast(r)
	}
}

// settleLast counts the oldest of those that may yet have had a twin.
func (c *Copies) settleLast(r *ring) {
	s := c.ofAge(r, int(c.open))
	c.open--
	c.settle(s.marks)
	s.marks |= isSettled
}

// settle counts a packet with such marks.
func (c *Copies) settle(marks uint8) {
	switch marks & (tells | hasTwin) {
	case tells:
		c.count(&c.singles)
	case tells | hasTwin:
		c.count(&c.twins)
	}
}

func (c *Copies) count(n *uint8) {
	if *n++; c.twins+c.singles >= manyCopies {
		c.twins, c.singles = c.twins/2, c.singles/2
	}
}

// needsRing gives the direction a ring when a packet that is not old would have to go for another;
// nil if it needs none.
func (c *Copies) needsRing(seg *tcp.Segment, recent *Recent) *ring {
	oldest := &c.near[c.at]
	if oldest.print == 0 || abs(seg.Time-oldest.time) > copyWindow {
		return nil
	}
	r := recent.take(&c.far)
	if r != nil {
		for age := nearSize; age > 0; age-- {
			s := *c.ofAge(nil, age)
			far := r.next(s.print)
			s.before = far.before
			*far = s
		}
	}
	return r
}

// pushNear takes a packet in that is no copy.
func (c *Copies) pushNear(seg *tcp.Segment, print uint64) {
	if c.open < nearSize {
		c.open++
	} else {
		c.settle(c.near[c.at].marks)
	}
	c.near[c.at] = seen{print: print, time: seg.Time, iface: seg.Iface, ttl: seg.TTL,
		marks: marksOf(seg)}
	c.at = (c.at + 1) % nearSize
}

// pushFar does so in a ring.
func (c *Copies) pushFar(r *ring, seg *tcp.Segment, print uint64) {
	s := r.next(print)
	if c.open < ringSize {
		c.open++
	} else {
		c.settle(s.marks)
	}
	s.print, s.time, s.iface, s.ttl, s.marks = print, seg.Time, seg.Iface, seg.TTL, marksOf(seg)
}

// Move moves the direction's ring from one place to another.
func (c *Copies) Move(from, to *Recent) {
	if c.far == 0 {
		return
	}
	old := from.of(c.far)
	c.far = 0
	if old == nil {
		return
	}
	if r := to.take(&c.far); r != nil {
		r.n, r.used, r.last, r.packets = old.n, old.used, old.last, old.packets
		return
	}
	for age := nearSize; age > 0; age-- {
		c.near[c.at] = *old.ofAge(age)
		c.at = (c.at + 1) % nearSize
	}
	for ; c.open > nearSize; c.open-- {
		c.settle(old.ofAge(int(c.open)).marks)
	}
}

// ring gives the direction's ring, nil if it has none.
func (c *Copies) ring(recent *Recent) *ring {
	if c.far == 0 {
		return nil
	}
	if r := recent.of(c.far); r != nil {
		return r
	}
	// It was long silent, and the ring is another direction's now. What had no twin by then has
	// none.
	c.far, c.near, c.at = 0, [nearSize]seen{}, 0
	for ; c.open > 0; c.open-- {
		c.count(&c.singles)
	}
	return nil
}

// tellsApart reports whether two transmissions of the packet would differ, or would at least not
// follow each other so soon: it has an IP ID, or takes sequence space. Two pure ACKs without an IP
// ID may be two ACKs.
func tellsApart(seg *tcp.Segment) bool { return seg.IPID != 0 || seg.SeqLen() > 0 }

func marksOf(seg *tcp.Segment) uint8 {
	if tellsApart(seg) {
		return tells
	}
	return 0
}

// fingerprint mixes what a second record of the same packet has in common with the first.
func fingerprint(seg *tcp.Segment) uint64 {
	h := fold(0xc2b2ae3d27d4eb4f^(uint64(seg.Seq)<<32|uint64(seg.Ack)),
		0x9e3779b97f4a7c15^uint64(seg.IPID))
	h = fold(h^(uint64(seg.TSval)<<32|uint64(seg.TSecr)), 0xd1342543de82ef95^uint64(seg.Len))
	if seg.SACKCount > 0 {
		h = sackPrint(h, seg)
	}
	h = fold(h^(uint64(seg.Options)<<48|uint64(seg.Flags)<<32|uint64(seg.Window)<<16|
		uint64(seg.PayloadSum)),
		0xaf251af3b0f025b5)
	return h | 1 // never the zero of an empty place
}

// sackPrint mixes the SACK blocks in: without them, duplicate ACKs look alike.
func sackPrint(h uint64, seg *tcp.Segment) uint64 {
	for _, b := range seg.SACK[:seg.SACKCount] {
		h = fold(h^(uint64(b.Left)<<32|uint64(b.Right)), 0x8b8b2d7c3f4a91e5)
	}
	return h
}

func abs(d int64) int64 {
	if d < 0 {
		return -d
	}
	return d
}
