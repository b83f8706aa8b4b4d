package capture

import "encoding/binary"

// pcapBlocks gives a pcap file as the blocks of a pcapng file: a section header, an interface
// description, packets.
type pcapBlocks struct {
	*pcapReader
	began  int // how many of the blocks before the packets were given
	packet RawPacket
}

// nextBlock implements blockFormat.
func (p *pcapBlocks) nextBlock(b *Block) (isRecord bool, err error) {
	p.began++
	switch p.began {
	case 1:
		*b = Block{Type: BlockSection, Order: binary.LittleEndian, Body: sectionBody()}
		return false, nil
	case 2:
		*b = Block{Type: BlockInterface, Order: binary.LittleEndian, Body: p.interfaceBody()}
		return false, nil
	}
	var rec record
	if err := p.next(&rec); err != nil {
		return false, err
	}
	units := uint64(1e9 / p.unit)
	p.packet = RawPacket{Link: rec.link, Stamp: uint64(rec.time / p.unit), Units: units, Data: rec.data, Wire: uint32(rec.wire)}
	*b = Block{Type: BlockEnhanced, Order: binary.LittleEndian, Packet: &p.packet, Time: rec.time}
	return true, nil
}

// sectionBody is a section header without options (section 4.1): version 1.0, its length not given.
func sectionBody() []byte {
	b := binary.LittleEndian.AppendUint32(nil, byteOrderMagic)
	b = append(b, 1, 0, 0, 0)
	return binary.LittleEndian.AppendUint64(b, ^uint64(0))
}

// interfaceBody is the interface description of a pcap file (section 4.2).
func (p *pcapBlocks) interfaceBody() []byte {
	resolution := byte(6)
	if p.unit == 1 {
		resolution = 9
	}
	b := binary.LittleEndian.AppendUint16(nil, uint16(p.link))
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, p.iface[0].SnapLen)
	b = append(b, OptIfTSResol, 0, 1, 0, resolution, 0, 0, 0)
	if p.fcs != 0 {
		b = append(b, OptIfFCSLen, 0, 1, 0, p.fcs, 0, 0, 0)
	}
	return append(b, optEnd, 0, 0, 0)
}
