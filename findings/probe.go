package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// probe is a kind of segment by which a scanner asks without a SYN; 0 is none.
type probe uint8

const (
	probeNoACK probe = iota + 1 // FIN, FIN,PSH,URG, or no flag: no stack sends a segment without ACK but SYN and RST
	probeACK
)

// String names the segments for texts.
func (p probe) String() string {
	if p == probeACK {
		return "lone ACKs"
	}
	return "segments without ACK (FIN, Xmas or null)"
}

// looksLike says what else sends such segments.
func (p probe) looksLike() []string {
	if p == probeACK {
		return []string{"connections to many ports that a device on the way, or the server, has forgotten: their clients send the last " +
			"acknowledgment again (keep-alive)"}
	}
	return []string{"somebody who forges the source's address: no TCP stack sends such segments"}
}

// maxProbes is how many segments a scanner sends to one port.
const maxProbes = 4

// probing tells by what kind of probe a side asks, and which side does; 0 if none does: a side has
// sent a few segments of one kind that carry nothing and belong to no connection, and its peer
// nothing but resets. Of lone ACKs it must have reset some: what is not answered may be of an idle
// connection.
func (c *Case) probing() (how probe, side tcp.Side) {
	if !c.MidStream {
		return 0, tcp.NoSide
	}
	for side := range tcp.NoSide {
		s, peer := &c.Sides[side], &c.Sides[side.Peer()]
		if s.Segments == 0 || s.Segments > maxProbes || s.Bytes > 0 || s.SYNs+s.SYNACKs+s.RSTs > 0 ||
			peer.Segments != uint64(peer.RSTs) {
			continue
		}
		st := c.first(func(st *fsm.Step) bool { return isTCP(st, side, 0, tcp.SYN|tcp.RST) })
		switch {
		case st == nil:
		case !st.Flags.Has(tcp.ACK):
			return probeNoACK, side
		case st.Flags == tcp.ACK && peer.RSTs > 0:
			return probeACK, side
		}
	}
	return 0, tcp.NoSide
}

// seeProbe takes a probe in. Lone ACKs count by their ports alone: a client whose connections to many
// servers were forgotten on the way (a NAT device that was restarted) sends some, too, but to the same
// few ports.
func (g *scans) seeProbe(c *Case, how probe, side tcp.Side) {
	source, _ := c.Endpoint(side)
	addr, port := c.Endpoint(side.Peer())
	target := endpoint{addr, port}
	if how == probeACK {
		target = endpoint{port: port}
	}
	s := g.at(scanner{source, how})
	fate := s.add(c.First.Time, target, attemptUsual, c.Sides[side.Peer()].RSTs > 0, c.ID)
	s.hosts.meet(c)
	c.await(fate, portScan.Absorbs...)
}
