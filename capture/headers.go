package capture

import "github.com/lastack/lastack/tcp"

// HeaderKind says what a header is.
type HeaderKind uint8

// The headers that are taken off packets.
const (
	HeaderEthernet HeaderKind = iota
	HeaderCooked
	HeaderCooked2
	HeaderLoopback
	HeaderPKTAP
	HeaderPPP
	HeaderPPPoE
	HeaderVLAN
	HeaderLLC
	HeaderMPLS
	HeaderIPv4 // with its options
	HeaderIPv6 // with its extension headers
	HeaderAH
	HeaderGRE
	HeaderERSPAN
	HeaderUDP
	HeaderVXLAN
	HeaderGENEVE
	HeaderGTP
	HeaderICMP
	HeaderICMPv6
	HeaderTCP
	NumHeaders = iota
)

// Header is where a header stands in a packet.
type Header struct {
	Kind  HeaderKind
	Start int
	End   int // where the next header begins; of the innermost one, Until
	Until int // where all that it heads ends, or the capture cut it
}

// trace is the headers of one packet.
type trace struct {
	on      bool // for Headers only
	whole   int  // the packet's capacity: what a header's slice has less is before the header
	headers []Header
}

// Headers gives the headers that Decode takes off a packet, outermost first, down to the TCP
// header. It gives none when Decode answers anything else than SkipNone. They are valid until the
// next call.
func (d *Decoder) Headers(link LinkType, data []byte, wire int, seg *tcp.Segment) ([]Header, Skip) {
	d.trace = trace{on: true, whole: cap(data), headers: d.trace.headers[:0]}
	skip := d.Decode(link, data, wire, seg)
	d.trace.on = false
	if skip != SkipNone {
		return nil, skip
	}
	all := d.trace.headers
	for i := range len(all) - 1 {
		all[i].End = all[i+1].Start
	}
	return all, SkipNone
}

// mark takes note of the header that b begins with.
func (d *Decoder) mark(kind HeaderKind, b []byte) {
	if t := &d.trace; t.on {
		start := t.whole - cap(b)
		t.headers = append(t.headers, Header{kind, start, start + len(b), start + len(b)})
	}
}
