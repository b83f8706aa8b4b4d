package capture

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Block types of draft-ietf-opsawg-pcapng sections 4 and 8, and of Wireshark's registry.
const (
	BlockSection    = 0x0a0d0d0a // reads the same in both byte orders
	BlockInterface  = 1
	blockPacketOld  = 2 // the obsolete Packet Block, appendix A
	blockSimple     = 3
	BlockStatistics = 5
	BlockEnhanced   = 6

	// Blocks that hold no packet, but that Wireshark shows and numbers as records
	// (wiretap/pcapng.c, version 4.0), so that the numbers of the packets after them depend on
	// them.
	blockJournal       = 9          // systemd journal entry
	BlockCustom        = 0x00000bad // section 4.7
	blockCustomNoCopy  = 0x40000bad
	blockSysdig        = 0x204
	blockSysdigV2      = 0x216
	blockSysdigV2Large = 0x221
)

const (
	byteOrderMagic = 0x1a2b3c4d

	// maxBlock is the longest block that is read as a whole, libpcap's MAX_BLOCKSIZE. Longer ones
	// of unknown type are skipped unread.
	maxBlock = 16 << 20

	// maxInterfaces is what tcp.Segment.Iface can tell apart.
	maxInterfaces = 1 << 16
)

// ngReader reads pcapng blocks.
type ngReader struct {
	in      *blockReader
	swapped bool // the section is big-endian
	ifaces  []Interface
	clocks  []clock // one for each of ifaces
	section int     // index in ifaces of the section's first interface
	last    int64   // time of the last packet that had one
}

// newNG reads the first section header. Its errors are those of format.next.
func newNG(in *blockReader) (*ngReader, error) {
	r := &ngReader{in: in}
	_, err := r.block()
	return r, err
}

func (r *ngReader) interfaces() []Interface { return r.ifaces }

func (r *ngReader) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if r.swapped {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (r *ngReader) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if r.swapped {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (r *ngReader) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if r.swapped {
		v = bits.ReverseBytes64(v)
	}
	return v
}

// next reads blocks up to the next packet.
func (r *ngReader) next(rec *record) error {
	for {
		b, err := r.block()
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		if isRecord, err := r.take(b, rec); isRecord || err != nil {
			return err
		}
	}
}

// take takes in a block, of which it says whether it is numbered as a record: then rec has it.
func (r *ngReader) take(b []byte, rec *record) (isRecord bool, err error) {
	rec.event = false
	body := b[8 : len(b)-4]
	switch r.u32(b) {
	case BlockEnhanced:
		return true, r.enhanced(body, rec)
	case blockSimple:
		return true, r.simple(body, rec)
	case blockPacketOld:
		return true, r.packetOld(body, rec)
	case BlockInterface:
		return false, r.describe(body)
	case BlockStatistics:
		return false, r.statistics(body)
	case blockJournal, BlockCustom, blockCustomNoCopy, blockSysdig, blockSysdigV2, blockSysdigV2Large:
		*rec = record{time: r.last, event: true}
		return true, nil
	}
	return false, nil
}

// block consumes the next block and gives it from its type to its second length (section 3.1); a
// section header it has taken in. Nil is a block too long to be anything known.
func (r *ngReader) block() ([]byte, error) {
	b := r.in.there()
	if len(b) < 12 {
		var err error
		if b, err = r.in.peek(12); err != nil {
			return nil, err
		}
	}
	kind := r.u32(b)
	if kind == BlockSection {
		return r.newSection(b)
	}
	length := r.u32(b[4:])
	if length < 12 || length%4 != 0 {
		return nil, malformedf("block of type %#x says that it is %d bytes long", kind, length)
	}
	if length > maxBlock {
		if kind <= BlockEnhanced {
			return nil, malformedf("block of type %d says that it is %d bytes long", kind, length)
		}
		return nil, r.in.discard(int64(length))
	}
	if len(b) < int(length) {
		var err error
		if b, err = r.in.peek(int(length)); err != nil {
			return nil, err
		}
	}
	b = b[:length]
	if again := r.u32(b[length-4:]); again != length {
		return nil, malformedf("block of type %#x says %d bytes at its start and %d at its end", kind, length, again)
	}
	r.in.advance(int(length))
	return b, nil
}

// newSection takes in a section header (section 4.1), of which h is the start. The interfaces of
// sections before it keep their numbers in the statistics; the new section's are counted on from
// there.
func (r *ngReader) newSection(h []byte) ([]byte, error) {
	switch uint32(byteOrderMagic) {
	case binary.LittleEndian.Uint32(h[8:]):
		r.swapped = false
	case binary.BigEndian.Uint32(h[8:]):
		r.swapped = true
	default:
		return nil, malformedf("section header without a byte-order mark: %#x", h[8:12])
	}
	length := r.u32(h[4:])
	if length < 28 || length%4 != 0 || length > maxBlock {
		return nil, malformedf("section header says that it is %d bytes long", length)
	}
	b, err := r.in.peek(int(length))
	if err != nil {
		return nil, err
	}
	if again := r.u32(b[length-4:]); again != length {
		return nil, malformedf("section header says %d bytes at its start and %d at its end", length, again)
	}
	// Version 1.2 was written by some programs and is the same as 1.0 (section 4.1).
	if major, minor := r.u16(b[12:]), r.u16(b[14:]); major != 1 || minor != 0 && minor != 2 {
		return nil, malformedf("pcapng version %d.%d is not known", major, minor)
	}
	r.section = len(r.ifaces)
	r.in.advance(int(length))
	return b, nil
}

// enhanced reads an Enhanced Packet Block (section 4.3).
func (r *ngReader) enhanced(b []byte, rec *record) error {
	if len(b) < 20 {
		return malformedf("enhanced packet block too short for its header")
	}
	return r.packet(r.u32(b), r.u32(b[4:]), r.u32(b[8:]), r.u32(b[12:]), r.u32(b[16:]), b[20:], rec)
}

// packetOld reads an obsolete Packet Block (appendix A): a 16-bit interface number, then a drop
// count.
func (r *ngReader) packetOld(b []byte, rec *record) error {
	if len(b) < 20 {
		return malformedf("packet block too short for its header")
	}
	return r.packet(uint32(r.u16(b)), r.u32(b[4:]), r.u32(b[8:]), r.u32(b[12:]), r.u32(b[16:]), b[20:], rec)
}

func (r *ngReader) packet(iface, high, low, captured, wire uint32, data []byte, rec *record) error {
	i := int(iface) + r.section
	if i >= len(r.ifaces) {
		return malformedf("packet of interface %d, of which there is no description", iface)
	}
	if captured > maxCaptured || int(captured) > len(data) {
		return malformedf("packet says that it holds %d bytes, in a block that has room for %d", captured, len(data))
	}
	rec.time = r.clocks[i].nanoseconds(uint64(high)<<32 | uint64(low))
	r.last = rec.time
	r.fill(rec, i, data[:captured], wire)
	return nil
}

// simple reads a Simple Packet Block (section 4.4): of the first interface, without a time, for
// which the last packet's stands in, and without a captured length, which follows from the snap
// length.
func (r *ngReader) simple(b []byte, rec *record) error {
	if len(b) < 4 {
		return malformedf("simple packet block too short for its header")
	}
	i := r.section
	if i >= len(r.ifaces) {
		return malformedf("simple packet block before any interface description")
	}
	wire, data := r.u32(b), b[4:]
	captured := wire
	if snap := r.ifaces[i].SnapLen; snap != 0 {
		captured = min(captured, snap)
	}
	if captured > maxCaptured || int(captured) > len(data) {
		return malformedf("simple packet of %d bytes, in a block that has room for %d", captured, len(data))
	}
	rec.time = r.last
	r.fill(rec, i, data[:captured], wire)
	return nil
}

func (r *ngReader) fill(rec *record, i int, data []byte, wire uint32) {
	ifc := &r.ifaces[i]
	ifc.Packets++
	rec.data = data
	rec.wire = max(int(wire), len(data))
	rec.link = ifc.Link
	rec.iface = uint16(i)
}

// clock is how an interface counts time.
type clock struct {
	scale  int64  // nanoseconds a unit, when that is a whole number; else 0
	units  uint64 // units a second
	offset int64  // nanoseconds to add
}

// latest is the last time that is told apart, in the year 2116: room is left to add any offset.
const latest int64 = math.MaxInt64 / 2

// nanoseconds gives the time since 1970-01-01 UTC.
func (c *clock) nanoseconds(t uint64) int64 {
	if c.scale != 0 && t < uint64(latest/1e9)*c.units { // which spares divisions
		return int64(t)*c.scale + c.offset
	}
	sec, rest := t/c.units, t%c.units
	if sec >= uint64(latest/1e9) {
		return latest
	}
	var ns uint64
	if c.scale != 0 {
		ns = rest * uint64(c.scale)
	} else {
		hi, lo := bits.Mul64(rest, 1e9)
		ns, _ = bits.Div64(hi, lo, c.units) // rest < units, so the quotient fits
	}
	return int64(sec*1e9+ns) + c.offset
}
