package track

import (
	"slices"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// joins are connections whose two directions were recorded in different VLANs or tunnels: a router
// on a stick sends on in another VLAN, the last router but one of an MPLS path takes the label off
// (RFC 3031 section 3.16), a mirror tags one direction, a tunnel has another key or another end for
// each direction.
//
// The first segment of such a direction belongs to no connection of its own path. It is looked for
// among the connections of the same addresses and ports in other paths. One that has the other
// direction alone, and whose numbers it fits, is the one. Two customers with the same private
// addresses in different VLANs do not fit each other, and the two records of one packet, inside a
// tunnel and outside of it, go the same way.
type joins struct {
	paths []uint32 // those of connections so far, the latest ones
	next  int      // the place in paths for another
	of    map[reassembly.Key]join
	back  map[reassembly.Key]join // from the connection's key to the other one
	// synack is when a SYN,ACK came last whose SYN had not been recorded, in the tracker's time.
	synack int64
	seg    tcp.Segment
}

// join says where the segments of one direction of a key belong to.
type join struct {
	path  uint32
	fromB bool // that direction goes from the key's B
}

const (
	// mostPaths is how many paths a segment is looked for in.
	mostPaths = 64
	// synAgain is how much later than the SYN,ACK the SYN may be recorded for the first time, ns:
	// out of order, or sent again after a timeout (RFC 6298 section 2.1: 1 s, 3 s in former times).
	synAgain = int64(3500 * time.Millisecond)
)

// note notes that there is a connection in a path.
func (j *joins) note(path uint32) {
	switch {
	case slices.Contains(j.paths, path):
	case len(j.paths) < mostPaths:
		j.paths = append(j.paths, path)
	default:
		j.paths[j.next] = path
		j.next = (j.next + 1) % mostPaths
	}
}

// directionOf gives a segment's key, and whether it travels from the key's B. An ICMP error goes
// the other way than the segment that it quotes.
func directionOf(seg *tcp.Segment) (key reassembly.Key, fromB bool) {
	key, fromB = reassembly.KeyOf(seg)
	return key, fromB != (seg.Kind == tcp.KindICMP)
}

// moved gives a segment as one of the connection that its direction was joined to; nil if it was to
// none.
func (j *joins) moved(seg *tcp.Segment) *tcp.Segment {
	key, fromB := directionOf(seg)
	to, ok := j.of[key]
	if !ok || to.fromB != fromB {
		return nil
	}
	return j.in(seg, to.path)
}

// in gives a segment as one in another path. It is used again.
func (j *joins) in(seg *tcp.Segment, path uint32) *tcp.Segment {
	j.seg = *seg
	j.seg.Path = path
	return &j.seg
}

// add joins the direction that a segment is of to a connection in another path.
func (j *joins) add(seg *tcp.Segment, path uint32) {
	if j.of == nil {
		j.of, j.back = make(map[reassembly.Key]join), make(map[reassembly.Key]join)
	}
	key, fromB := directionOf(seg)
	j.remove(&key)
	j.of[key] = join{path, fromB}
	other := key.Path
	key.Path = path
	j.remove(&key)
	j.back[key] = join{other, fromB}
}

// remove forgets what was joined to a connection, or what its own key was joined to.
func (j *joins) remove(key *reassembly.Key) {
	if len(j.of) == 0 {
		return
	}
	for _, maps := range [2][2]map[reassembly.Key]join{{j.back, j.of}, {j.of, j.back}} {
		if to, ok := maps[0][*key]; ok {
			other := *key
			other.Path = to.path
			delete(maps[0], *key)
			delete(maps[1], other)
		}
	}
}

// tell tells a life the path of each side's segments.
func (j *joins) tell(l *fsm.Life) {
	if len(j.back) == 0 {
		return
	}
	t := l.Tuple
	key, initiatorIsB := reassembly.KeyOf(&tcp.Segment{Src: t.Src, Dst: t.Dst, SrcPort: t.SrcPort,
		DstPort: t.DstPort, Path: t.Path})
	if to, ok := j.back[key]; ok {
		side := tcp.Responder
		if to.fromB == initiatorIsB {
			side = tcp.Initiator
		}
		l.Paths[side] = to.path
	}
}

// join gives the connection that a segment belongs to though it is in another path, and the segment
// as one of it; nil if there is none. No connection of its own path has its addresses and ports.
func (c *conns) join(seg *tcp.Segment, now int64) (e *entry, fromB bool, moved *tcp.Segment) {
	if len(c.joins.paths) == 0 || len(c.joins.paths) == 1 && c.joins.paths[0] == seg.Path {
		return nil, false, nil
	}
	if begins := seg.Kind == tcp.KindTCP && seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN; begins &&
		now-c.joins.synack > synAgain {
		return nil, false, nil // most connections begin so
	}
	if c.table.AcrossPaths(); !c.table.HasTuple(seg) {
		return nil, false, nil
	}
	for _, path := range c.joins.paths {
		if path == seg.Path {
			continue
		}
		moved := c.joins.in(seg, path)
		if e, fromB := c.table.Find(moved, reassembly.HashOf(moved)); e != nil &&
			c.Fits(&e.Value, &e.Key, moved, fromB) {
			c.joins.add(seg, path)
			return e, fromB, moved
		}
	}
	return nil, false, nil
}
