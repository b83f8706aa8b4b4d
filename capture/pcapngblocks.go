package capture

import "encoding/binary"

// ngBlocks reads a pcapng file block by block.
type ngBlocks struct {
	ngReader
	packet RawPacket
}

func (r *ngReader) order() ByteOrder {
	if r.swapped {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// nextBlock implements blockFormat.
func (r *ngBlocks) nextBlock(out *Block) (isRecord bool, err error) {
	var b []byte
	for b == nil { // those that are too long are left out
		if b, err = r.block(); err != nil {
			return false, err
		}
	}
	var rec record
	isRecord, err = r.take(b, &rec)
	if err != nil {
		return false, err
	}
	*out = Block{Type: r.u32(b), Order: r.order(), Body: b[8 : len(b)-4]}
	if isRecord && !rec.event {
		r.raw(out, &rec)
	}
	return isRecord, nil
}

// raw makes a packet of a packet block of any kind.
func (r *ngBlocks) raw(b *Block, rec *record) {
	c := &r.clocks[rec.iface]
	r.packet = RawPacket{Iface: uint32(rec.iface) - uint32(r.section), Link: rec.link, Units: c.units,
		Data: rec.data, Wire: uint32(rec.wire)}
	if b.Type == blockSimple {
		r.packet.Stamp = c.stamp(rec.time)
	} else {
		r.packet.Stamp = uint64(r.u32(b.Body[4:]))<<32 | uint64(r.u32(b.Body[8:]))
		r.packet.Options = b.Body[min(len(b.Body), 20+padded(len(rec.data))):]
	}
	b.Type, b.Packet, b.Body, b.Time = BlockEnhanced, &r.packet, nil, rec.time
}

// stamp counts a time as the clock does: the inverse of nanoseconds.
func (c *clock) stamp(ns int64) uint64 {
	ns = max(0, ns-c.offset)
	sec, rest := uint64(ns/1e9), uint64(ns%1e9)
	if c.scale != 0 {
		return sec*c.units + rest/uint64(c.scale)
	}
	return sec*c.units + uint64(float64(rest)*float64(c.units)/1e9)
}
