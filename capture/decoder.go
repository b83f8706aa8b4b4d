package capture

import (
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// maxDepth is how many encapsulations may be nested in each other.
const maxDepth = 8

// Decoder takes headers off packets down to the innermost TCP segment. The zero value is ready. It
// is not safe for concurrent use; each goroutine takes its own.
//
// The methods are one for each header. Each is given the captured bytes from its header on and
// their number on the wire, which is larger if the snap length cut the packet.
type Decoder struct {
	path  uint32 // encapsulations so far
	depth int
	known [maxDepth]knownPath // the path last met at each depth, which mostly is the next one too
	trace trace
	room  room
}

type knownPath struct {
	nested nestedLayer
	id     uint32
}

// Decode finds the TCP segment in a packet, or the ICMP error about one, and fills in seg all but
// Time, Frame, File and Iface. wire is the packet's length when it was captured. With another
// answer than SkipNone seg holds nothing of use. It allocates nothing once an encapsulation is
// known.
func (d *Decoder) Decode(link LinkType, data []byte, wire int, seg *tcp.Segment) Skip {
	if !d.trace.on && usual(link, data, seg) {
		return SkipNone
	}
	return d.decode(link, data, wire, seg)
}

// decode is Decode, header by header.
func (d *Decoder) decode(link LinkType, data []byte, wire int, seg *tcp.Segment) Skip {
	*seg = tcp.Segment{}
	d.path, d.depth = 0, 0
	d.room.begin(wire > len(data))
	if len(data) == 0 {
		return SkipEmpty
	}
	return d.link(link, data, max(wire, len(data)), seg)
}

// link decodes what a link type is the type of.
func (d *Decoder) link(link LinkType, data []byte, wire int, seg *tcp.Segment) Skip {
	switch link {
	case LinkEthernet:
		return d.ethernet(data, wire, seg)
	case LinkLinuxSLL:
		return d.cooked(data, wire, seg)
	case LinkLinuxSLL2:
		return d.cooked2(data, wire, seg)
	case LinkRaw, LinkRawDLT, LinkRawOpenBSD:
		return d.ip(data, wire, seg)
	case LinkIPv4:
		return d.ipv4(data, wire, seg)
	case LinkIPv6:
		return d.ipv6(data, wire, seg)
	case LinkNull, LinkLoop:
		return d.loopback(data, wire, seg)
	case LinkPPP:
		return d.ppp(data, wire, seg)
	case LinkPPPHDLC:
		return d.pppHDLC(data, wire, seg)
	case LinkPPPEther:
		return d.pppoe(data, wire, seg)
	case LinkPKTAP, LinkUser2:
		return d.pktap(data, wire, seg)
	}
	return SkipLinkType
}

// enter notes an encapsulation. It reports false if there are too many.
func (d *Decoder) enter(l layer) bool {
	if d.depth == maxDepth {
		return false
	}
	k := &d.known[d.depth]
	d.depth++
	n := nestedLayer{d.path, l}
	if k.id == 0 || k.nested != n {
		*k = knownPath{n, paths.intern(n)}
	}
	d.path = k.id
	return true
}

// skipDepth counts a header that is no encapsulation of its own. It reports false if there are too
// many.
func (d *Decoder) skipDepth() bool {
	d.depth++
	return d.depth <= maxDepth
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
