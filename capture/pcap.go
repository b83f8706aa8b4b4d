package capture

import (
	"encoding/binary"
	"math/bits"
)

// The magic numbers of pcap files, draft-ietf-opsawg-pcap section 4 and libpcap's sf-pcap.c.
const (
	magicMicro     = 0xa1b2c3d4
	magicNano      = 0xa1b23c4d
	magicKuznetzov = 0xa1b2cd34 // Alexey Kuznetzov's patched libpcap: longer record headers
)

const pcapFileHeader = 24

// pcapReader reads pcap records.
type pcapReader struct {
	in      *blockReader
	swapped bool // big-endian file
	header  int  // bytes of a record's header
	unit    int64
	lengths lengthOrder
	link    LinkType
	fcs     uint8 // bits of frame check sequence behind each packet; 0 for none, or unknown
	iface   [1]Interface
}

// lengthOrder says in which order a record's two lengths stand. Early versions of the format had
// them the other way round, and version 2.3 files exist with both (libpcap's sf-pcap.c,
// lengths_swapped).
type lengthOrder uint8

const (
	capturedFirst lengthOrder = iota
	wireFirst
	smallerIsCaptured
)

// pcapMagic tells whether b begins a pcap file, and in which byte order.
func pcapMagic(b []byte) (magic uint32, swapped, ok bool) {
	magic = binary.LittleEndian.Uint32(b)
	for range 2 {
		switch magic {
		case magicMicro, magicNano, magicKuznetzov:
			return magic, swapped, true
		}
		magic, swapped = bits.ReverseBytes32(magic), true
	}
	return 0, false, false
}

// newPcap reads the file header. Its errors are those of format.next.
func newPcap(in *blockReader) (*pcapReader, error) {
	h, err := in.peek(pcapFileHeader)
	if err != nil {
		return nil, err
	}
	magic, swapped, _ := pcapMagic(h)
	p := &pcapReader{in: in, swapped: swapped, header: 16, unit: 1000}
	switch magic {
	case magicNano:
		p.unit = 1
	case magicKuznetzov:
		p.header = 24 // interface index, protocol and packet type follow the lengths
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if swapped {
		order = binary.BigEndian
	}
	major, minor := order.Uint16(h[4:]), order.Uint16(h[6:])
	switch {
	case major == 2 && minor == 4:
	case major == 2 && minor == 3:
		p.lengths = smallerIsCaptured
	case major == 2 && minor < 3, major == 543 && minor == 0: // the latter is DG/UX tcpdump
		p.lengths = wireFirst
	default:
		return nil, malformedf("pcap version %d.%d is not known", major, minor)
	}
	// The upper half of the link-type field may hold the length of the frame check sequence, in
	// 16-bit words behind a bit that says so (draft section 4). Decoding needs none of it: the IP
	// length cuts the sequence off.
	link := order.Uint32(h[20:])
	p.link = LinkType(link)
	const hasFCS = 1 << 26
	if link&hasFCS != 0 {
		p.fcs = uint8(link>>28) * 16
	}
	p.iface[0] = Interface{Link: p.link, SnapLen: order.Uint32(h[16:])}
	in.advance(pcapFileHeader)
	return p, nil
}

func (p *pcapReader) interfaces() []Interface { return p.iface[:] }

// next gives the next record: seconds, fraction, captured length, length on the wire, bytes (draft
// section 5).
func (p *pcapReader) next(rec *record) error {
	b := p.in.there()
	if len(b) < p.header {
		var err error
		if b, err = p.in.peek(p.header); err != nil {
			return err
		}
	}
	seconds, fraction, captured, wire := p.fields((*[16]byte)(b))
	if captured > maxCaptured {
		return malformedf("record says that it holds %d bytes, more than the %d that any capture program writes",
			captured, maxCaptured)
	}
	size := p.header + int(captured)
	if len(b) < size {
		var err error
		if b, err = p.in.peek(size); err != nil {
			return err
		}
	}
	rec.time = int64(seconds)*1e9 + int64(fraction)*p.unit
	rec.data = b[p.header:size]
	rec.wire = max(int(wire), int(captured))
	rec.link, rec.iface, rec.event = p.link, 0, false
	p.iface[0].Packets++
	p.in.advance(size)
	return nil
}

// fields gives the numbers that a record begins with.
func (p *pcapReader) fields(h *[16]byte) (seconds, fraction, captured, wire uint32) {
	if p.swapped {
		be := binary.BigEndian
		seconds, fraction, captured, wire = be.Uint32(h[0:]), be.Uint32(h[4:]), be.Uint32(h[8:]), be.Uint32(h[12:])
	} else {
		le := binary.LittleEndian
		seconds, fraction, captured, wire = le.Uint32(h[0:]), le.Uint32(h[4:]), le.Uint32(h[8:]), le.Uint32(h[12:])
	}
	if p.lengths == wireFirst || p.lengths == smallerIsCaptured && captured > wire {
		return seconds, fraction, wire, captured
	}
	return seconds, fraction, captured, wire
}
