package capture

import (
	"encoding/binary"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// pktap puts a PKTAP header before a packet of a link type: the fields of LINKTYPE_PKTAP in their
// order, and more bytes after them.
func pktap(link byte, more int, packet []byte) []byte {
	return join([]byte{byte(pktapHeader + more), 0, 0, 0}, // length
		[]byte{1, 0, 0, 0},              // record type: a packet
		[]byte{link, 0, 0, 0},           // DLT
		[]byte("en0"), make([]byte, 21), // interface
		[]byte{2, 0, 0, 0},                   // flags: outgoing
		[]byte{2, 0, 0, 0},                   // protocol family
		[]byte{14, 0, 0, 0}, make([]byte, 4), // lengths of the link layer's header and trailer
		[]byte{57, 1, 0, 0}, []byte("curl"), make([]byte, 16), // process
		make([]byte, 4),            // service class
		[]byte{6, 0}, []byte{0, 0}, // type and unit of the interface
		make([]byte, 4), make([]byte, 20), // effective process
		make([]byte, more), packet)
}

// What only resembles PKTAP, or has no packet that can be read, says why.
func TestPKTAPWithoutSegment(t *testing.T) {
	changed := func(at int, value uint32) []byte {
		b := pktap(1, 0, ether(0x0800, data4().ip()))
		binary.LittleEndian.PutUint32(b[at:], value)
		return b
	}
	for _, c := range []struct {
		name   string
		packet []byte
		want   Skip
	}{
		{"too short for its header", changed(0, pktapHeader-1), SkipLinkType},
		{"longer than the packet", changed(0, 4000), SkipLinkType},
		{"no packet", changed(4, 0), SkipNotPacket},
		{"unknown record", changed(4, 2), SkipLinkType},
		{"802.11 inside", changed(8, 105), SkipLinkType},
		{"no link type inside", changed(8, 1<<16), SkipLinkType},
		{"PKTAP inside", changed(8, uint32(LinkPKTAP)), SkipTooDeep},
		{"IP by the same number", data4().ip(), SkipLinkType},
	} {
		for _, link := range []LinkType{LinkPKTAP, LinkUser2} {
			var d Decoder
			var seg tcp.Segment
			if got := d.Decode(link, c.packet, len(c.packet), &seg); got != c.want {
				t.Errorf("%s, link type %d: %q, want %q", c.name, link, got, c.want)
			}
		}
	}
}
