package packet

import (
	"encoding/binary"
	"net/netip"
)

const (
	protoTCP    = 6
	protoICMP   = 1
	protoICMPv6 = 58
	defaultTTL  = 64
)

// Marshal gives the segment's bytes from the IP header on.
func (s *Segment) Marshal() []byte {
	opts := s.Options.marshal()
	header := make([]byte, 20, 20+len(opts)+len(s.Payload))
	binary.BigEndian.PutUint16(header[0:], s.Src.Port())
	binary.BigEndian.PutUint16(header[2:], s.Dst.Port())
	binary.BigEndian.PutUint32(header[4:], s.Seq)
	binary.BigEndian.PutUint32(header[8:], s.Ack)
	header[12] = byte((20+len(opts))/4)<<4 | byte(s.Flags>>8)&1
	header[13] = byte(s.Flags)
	binary.BigEndian.PutUint16(header[14:], s.Window)
	body := append(append(header, opts...), s.Payload...)
	sum := transportSum(s.Src.Addr(), s.Dst.Addr(), protoTCP, body)
	if s.BadChecksum {
		sum ^= 0x5555
	}
	binary.BigEndian.PutUint16(body[16:], sum)
	ttl := s.TTL
	if ttl == 0 {
		ttl = defaultTTL
	}
	return ipPacket(s.Src.Addr(), s.Dst.Addr(), protoTCP, ttl, s.IPID, body)
}

// marshal gives the options padded to a multiple of four bytes, laid out the way Linux does it.
func (o *Options) marshal() []byte {
	var b []byte
	if o.MSS != 0 {
		b = append(b, 2, 4, byte(o.MSS>>8), byte(o.MSS))
	}
	if o.SACKPerm {
		b = append(b, 4, 2)
	}
	if o.HasTimestamp {
		if !o.SACKPerm { // where header prediction looks for it (RFC 7323 appendix A, tcp_parse_aligned_timestamp)
			b = append(b, 1, 1)
		}
		b = append(b, 8, 10)
		b = binary.BigEndian.AppendUint32(b, o.TSval)
		b = binary.BigEndian.AppendUint32(b, o.TSecr)
	}
	if o.HasWScale {
		b = append(b, 3, 3, o.WScale)
	}
	if len(o.SACK) > 0 {
		b = append(b, 5, byte(2+8*len(o.SACK)))
		for _, block := range o.SACK {
			b = binary.BigEndian.AppendUint32(b, block[0])
			b = binary.BigEndian.AppendUint32(b, block[1])
		}
	}
	if o.HasFastOpen {
		b = append(b, 34, byte(2+len(o.Cookie)))
		b = append(b, o.Cookie...)
	}
	b = append(b, o.Raw...)
	for len(b)%4 != 0 {
		b = append(b, 1)
	}
	return b
}

// ipPacket puts an IP header before body.
func ipPacket(src, dst netip.Addr, proto, ttl uint8, id uint16, body []byte) []byte {
	if src.Is6() {
		h := make([]byte, 40, 40+len(body))
		h[0] = 0x60
		binary.BigEndian.PutUint16(h[4:], uint16(len(body)))
		h[6], h[7] = proto, ttl
		copy(h[8:], src.AsSlice())
		copy(h[24:], dst.AsSlice())
		return append(h, body...)
	}
	h := make([]byte, 20, 20+len(body))
	h[0] = 0x45
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(body)))
	binary.BigEndian.PutUint16(h[4:], id)
	h[6] = 0x40 // don't fragment
	h[8], h[9] = ttl, proto
	copy(h[12:], src.AsSlice())
	copy(h[16:], dst.AsSlice())
	binary.BigEndian.PutUint16(h[10:], ^fold(sum(0, h)))
	return append(h, body...)
}

// transportSum gives the checksum of body under the pseudo-header (RFC 9293 section 3.1, RFC 8200
// section 8.1). The checksum field in body must be zero.
func transportSum(src, dst netip.Addr, proto uint8, body []byte) uint16 {
	acc := sum(0, src.AsSlice())
	acc = sum(acc, dst.AsSlice())
	acc += uint32(proto) + uint32(len(body))
	return ^fold(sum(acc, body))
}

// sum adds b to acc in 16-bit words.
func sum(acc uint32, b []byte) uint32 {
	for len(b) >= 2 {
		acc += uint32(b[0])<<8 | uint32(b[1])
		b = b[2:]
	}
	if len(b) == 1 {
		acc += uint32(b[0]) << 8
	}
	return acc
}

// fold reduces a sum to 16 bits with end-around carry.
func fold(acc uint32) uint16 {
	for acc > 0xffff {
		acc = acc&0xffff + acc>>16
	}
	return uint16(acc)
}
