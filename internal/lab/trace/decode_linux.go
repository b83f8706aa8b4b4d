package trace

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab/packet"
)

// source is a tracepoint that records come from.
type source struct {
	name   string
	format *format
}

// decode reads a record of the ring buffer. ok is false for a drop of something that is no TCP
// segment.
func (s *source) decode(rec []byte, symbols symbolTable) (e Event, ok bool) {
	e.Tracepoint = s.name
	e.Nanos = int64(binary.LittleEndian.Uint64(rec[recTime:]))
	fields := rec[recFields : recFields+maxFields]
	e.Socket = s.number(fields, "skaddr")
	e.Reason = s.format.reasons[uint32(s.number(fields, "reason"))]
	e.Seq = binary.LittleEndian.Uint32(rec[recCB:])
	e.End = binary.LittleEndian.Uint32(rec[recCB+4:])
	e.Incoming = binary.LittleEndian.Uint32(rec[recIface:]) != 0
	if segment, n, err := packet.Parse(rec[recPacket : recPacket+maxPacket]); err == nil {
		e.Segment, e.SegmentLen = &segment, n
	}
	switch s.name {
	case Drop:
		e.Function = symbols.name(s.number(fields, "location"))
		return e, e.Segment != nil
	case SetState:
		e.Old = StateName(int(s.number(fields, "oldstate")))
		e.New = StateName(int(s.number(fields, "newstate")))
		if s.number(fields, "protocol") != unix.IPPROTO_TCP {
			return e, false
		}
	case SendReset:
		e.New = StateName(int(s.number(fields, "state")))
		e.Local, e.Remote = s.sockaddr(fields, "saddr"), s.sockaddr(fields, "daddr")
		return e, true
	default:
		e.New = StateName(int(s.number(fields, "state")))
	}
	e.Local, e.Remote = s.address(fields, "saddr", "sport"), s.address(fields, "daddr", "dport")
	return e, true
}

// number reads an integer field, 0 when the event lacks it.
func (s *source) number(fields []byte, name string) uint64 {
	f, ok := s.format.fields[name]
	if !ok || f.offset+f.size > len(fields) {
		return 0
	}
	b := fields[f.offset:]
	switch f.size {
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// address reads an address and port that the event has in separate fields, the address in an IPv4
// and an IPv6 one.
func (s *source) address(fields []byte, addr, port string) netip.AddrPort {
	var a netip.Addr
	if s.number(fields, "family") == unix.AF_INET6 {
		at := s.format.fields[addr+"_v6"].offset
		a = netip.AddrFrom16([16]byte(fields[at : at+16])).Unmap()
	} else {
		at := s.format.fields[addr].offset
		a = netip.AddrFrom4([4]byte(fields[at : at+4]))
	}
	return netip.AddrPortFrom(a, uint16(s.number(fields, port)))
}

// sockaddr reads a struct sockaddr_in or sockaddr_in6.
func (s *source) sockaddr(fields []byte, name string) netip.AddrPort {
	b := fields[s.format.fields[name].offset:]
	port := binary.BigEndian.Uint16(b[2:])
	switch binary.LittleEndian.Uint16(b) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port)
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])).Unmap(), port)
	}
	return netip.AddrPort{}
}
