package packet

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/lastack/lastack/tcp"
)

// ErrNotTCP says that a packet holds no TCP segment.
var ErrNotTCP = errors.New("not a TCP packet")

// Parse reads a TCP segment out of a raw IPv4 or IPv6 packet without extension headers, which is
// all that the lab's kernels send. The payload refers to b. A b that was cut after the TCP header
// is read as far as it goes, and total is the payload length by the IP header.
func Parse(b []byte) (s Segment, total int, err error) {
	proto, src, dst, body, length, err := network(b, &s)
	if err != nil {
		return s, 0, err
	}
	if proto != protoTCP || len(body) < 20 {
		return s, 0, ErrNotTCP
	}
	s.Src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(body[0:]))
	s.Dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(body[2:]))
	s.Seq = binary.BigEndian.Uint32(body[4:])
	s.Ack = binary.BigEndian.Uint32(body[8:])
	s.Flags = tcp.Flags(body[13]) | tcp.Flags(body[12]&1)<<8
	s.Window = binary.BigEndian.Uint16(body[14:])
	offset := int(body[12]>>4) * 4
	if offset < 20 {
		return s, 0, ErrNotTCP
	}
	total = length - offset
	if offset <= len(body) {
		s.Options.parse(body[20:offset])
		s.Payload = body[offset:]
	}
	return s, total, nil
}

// network reads the IP header: the protocol, the addresses, what follows the header, and how long
// that is by the header.
func network(b []byte, s *Segment) (proto uint8, src, dst netip.Addr, body []byte, length int, err error) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		header := int(b[0]&15) * 4
		if header < 20 || len(b) < header {
			return 0, src, dst, nil, 0, ErrNotTCP
		}
		src = netip.AddrFrom4([4]byte(b[12:16]))
		dst = netip.AddrFrom4([4]byte(b[16:20]))
		s.TTL, s.IPID = b[8], binary.BigEndian.Uint16(b[4:])
		length = int(binary.BigEndian.Uint16(b[2:])) - header
		return b[9], src, dst, cut(b[header:], length), length, nil
	case len(b) >= 40 && b[0]>>4 == 6:
		src = netip.AddrFrom16([16]byte(b[8:24]))
		dst = netip.AddrFrom16([16]byte(b[24:40]))
		s.TTL = b[7]
		length = int(binary.BigEndian.Uint16(b[4:]))
		return b[6], src, dst, cut(b[40:], length), length, nil
	}
	return 0, src, dst, nil, 0, ErrNotTCP
}

// cut gives at most n bytes of b.
func cut(b []byte, n int) []byte {
	if n >= 0 && n < len(b) {
		return b[:n]
	}
	return b
}

// parse reads the options that the lab looks at and passes over the rest.
func (o *Options) parse(b []byte) {
	for len(b) > 0 && b[0] != 0 {
		if b[0] == 1 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return
		}
		o.one(b[0], b[2:b[1]])
		b = b[b[1]:]
	}
}

// one reads the option of the given kind.
func (o *Options) one(kind uint8, v []byte) {
	switch {
	case kind == 2 && len(v) == 2:
		o.MSS = binary.BigEndian.Uint16(v)
	case kind == 3 && len(v) == 1:
		o.HasWScale, o.WScale = true, v[0]
	case kind == 4:
		o.SACKPerm = true
	case kind == 5:
		for ; len(v) >= 8; v = v[8:] {
			o.SACK = append(o.SACK, [2]uint32{binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])})
		}
	case kind == 8 && len(v) == 8:
		o.HasTimestamp = true
		o.TSval, o.TSecr = binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])
	case kind == 34:
		o.HasFastOpen, o.Cookie = true, v
	}
}
