package reassembly

import "github.com/lastack/lastack/tcp"

// Copies recognises packets that were recorded twice (a mirror of both ports, `-i any`) in one direction of a connection.
//
// A copy on the wire (the network duplicated a packet) looks the same in one record, but not over time: recording twice is
// systematic. So a twin counts as a copy when this direction's packets mostly come with twins, or when the two records differ
// where one transmission's cannot: interface or TTL.
type Copies struct {
	ring    [ringSize]seen
	at      uint8
	packets uint16 // first records of packets that tell transmissions apart, halved when they overflow
	twins   uint16 // second records of such packets
}

const ringSize = 4

// seen is one recent packet: its fingerprint, when, and where.
type seen struct {
	print uint64
	time  int64
	iface uint16
	ttl   uint8
}

const (
	// copyWindow is how far apart two records of one packet can be: a mirror's buffers and two hops of a router.
	copyWindow = 20e6
	// copyWindowNoID applies where neither an IP ID nor a timestamp tells a second transmission from a second record.
	copyWindowNoID = 2e6
)

// Judge takes the next packet in and says whether it is a second record of a recent one. other is the opposite direction.
func (c *Copies) Judge(seg *tcp.Segment, other *Copies) bool {
	print, tells := fingerprint(seg), tellsApart(seg)
	window := int64(copyWindow)
	if seg.IPID == 0 && !(tells && seg.Has(tcp.OptTimestamps)) {
		window = copyWindowNoID
	}
	for i := range c.ring {
		s := &c.ring[i]
		if s.print != print || abs(seg.Time-s.time) > window {
			continue
		}
		if tells {
			c.twins++
		}
		// Twins of more than half of the first records: the capture doubles. One twin among many packets: the network did.
		hop := s.ttl != seg.TTL && (tells || c.twins+other.twins > 0) // or two hosts said the same, as a proxy and a server behind it do
		if s.iface != seg.Iface || hop || c.doubles(other) && !c.tooSoon(seg, other) {
			return true
		}
		break
	}
	c.ring[c.at] = seen{print: print, time: seg.Time, iface: seg.Iface, ttl: seg.TTL}
	c.at = (c.at + 1) % ringSize
	if tells {
		if c.packets++; c.packets == 64 {
			c.packets, c.twins = 32, c.twins/2
		}
	}
	return false
}

// doubles reports whether most of this direction's packets come with twins, or, where the other direction's do, half of them so far: the
// twin of the last may be yet to come.
func (c *Copies) doubles(other *Copies) bool {
	if 2*int(c.twins) > int(c.packets) {
		return true
	}
	return 2*int(c.twins) == int(c.packets) && other.packets > 1 && 2*int(other.twins) > int(other.packets)
}

// tooSoon reports whether a direction's first twin, without an IP ID to tell, is more likely a second transmission: the capture does
// not double the other direction.
func (c *Copies) tooSoon(seg *tcp.Segment, other *Copies) bool {
	return seg.IPID == 0 && c.packets == 1 && other.packets > 0 && other.twins == 0
}

// tellsApart reports whether two transmissions of the packet would differ, or would at least not follow each other so soon: it has an
// IP ID, or takes sequence space. Two pure ACKs without an IP ID may be two ACKs.
func tellsApart(seg *tcp.Segment) bool { return seg.IPID != 0 || seg.SeqLen() > 0 }

// fingerprint mixes what a second record of the same packet has in common with the first.
func fingerprint(seg *tcp.Segment) uint64 {
	h := fold(uint64(seg.Seq)<<32|uint64(seg.Ack), 0x9e3779b97f4a7c15^uint64(seg.IPID))
	h = fold(h^(uint64(seg.TSval)<<32|uint64(seg.TSecr)), 0xd1342543de82ef95^uint64(seg.Len))
	h = fold(h^(uint64(seg.Flags)<<32|uint64(seg.Window)<<16|uint64(seg.PayloadSum)), 0xaf251af3b0f025b5)
	return h | 1 // never the zero of an empty ring place
}

func abs(d int64) int64 {
	if d < 0 {
		return -d
	}
	return d
}
