package traffic

import (
	"encoding/binary"
	"net/netip"
)

// TCP flags.
const (
	fin = 1 << iota
	syn
	_
	psh
	ack
)

const (
	etherLen = 14
	ipLen    = 20
	tcpLen   = 20
	maxLen   = 1448 // payload with timestamps on Ethernet
	server   = 80   // the servers' port
)

// host is one side of a connection.
type host struct {
	addr   netip.Addr // IPv4
	port   uint16
	nxt    uint32
	clock  uint32 // its timestamp clock at time 0, in ms
	echo   uint32 // the peer's last timestamp
	ipID   uint16
	window uint16
}

// frames builds Ethernet frames, each in the same memory.
type frames struct {
	buf     [etherLen + ipLen + tcpLen + 20 + maxLen]byte
	payload [maxLen]byte
}

func newFrames() *frames {
	f := new(frames)
	for i := range f.payload {
		f.payload[i] = byte(i*7 + i>>8)
	}
	copy(f.buf[:], []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0})
	return f
}

// segment builds what one host sends to another at a time in microseconds, with n bytes of payload,
// and counts it.
func (f *frames) segment(at int64, from, to *host, flags byte, n int) []byte {
	be := binary.BigEndian
	ip := f.buf[etherLen:]
	tcp := ip[ipLen:]
	opts := f.options(tcp[tcpLen:], at, from, flags)
	header := tcpLen + opts
	be.PutUint16(tcp, from.port)
	be.PutUint16(tcp[2:], to.port)
	be.PutUint32(tcp[4:], from.nxt)
	be.PutUint32(tcp[8:], 0)
	if flags&ack != 0 {
		be.PutUint32(tcp[8:], to.nxt)
	}
	tcp[12], tcp[13] = byte(header/4)<<4, flags
	be.PutUint16(tcp[14:], from.window)
	if flags&syn != 0 {
		be.PutUint16(tcp[14:], 64240)
	}
	be.PutUint32(tcp[16:], 0)
	copy(tcp[header:], f.payload[:n])
	total := ipLen + header + n
	f.ip(ip, from, to, total)
	be.PutUint16(tcp[16:], fold(sum(tcp[:header+n], sum(ip[12:20], uint64(6+header+n)))))
	from.nxt += uint32(n)
	if flags&(syn|fin) != 0 {
		from.nxt++
	}
	return f.buf[:etherLen+total]
}

// options writes the options of Linux, and gives their length.
func (f *frames) options(b []byte, at int64, from *host, flags byte) int {
	val := from.clock + uint32(at/1000)
	echo := from.echo
	if flags&ack == 0 {
		echo = 0
	}
	n := 4
	if flags&syn != 0 {
		copy(b, []byte{2, 4, 1460 >> 8, 1460 & 0xff, 4, 2, 8, 10}) // MSS, SACK permitted, timestamps
		n = 8
	} else {
		copy(b, []byte{1, 1, 8, 10})
	}
	binary.BigEndian.PutUint32(b[n:], val)
	binary.BigEndian.PutUint32(b[n+4:], echo)
	n += 8
	if flags&syn != 0 {
		n += copy(b[n:], []byte{1, 3, 3, 7}) // window scale
	}
	return n
}

// ip writes the IPv4 header.
func (f *frames) ip(ip []byte, from, to *host, total int) {
	be := binary.BigEndian
	from.ipID++
	be.PutUint32(ip, 0x45<<24|uint32(total))
	be.PutUint32(ip[4:], uint32(from.ipID)<<16|0x4000)
	be.PutUint32(ip[8:], 64<<24|6<<16)
	s, d := from.addr.As4(), to.addr.As4()
	copy(ip[12:], s[:])
	copy(ip[16:], d[:])
	be.PutUint16(ip[10:], fold(sum(ip[:ipLen], 0)))
}

// sum adds bytes up for the Internet checksum (RFC 1071), eight at a time.
func sum(b []byte, s uint64) uint64 {
	for ; len(b) >= 8; b = b[8:] {
		v := binary.BigEndian.Uint64(b)
		s += v>>32 + v&0xffffffff
	}
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func fold(s uint64) uint16 {
	for s>>16 != 0 {
		s = s&0xffff + s>>16
	}
	return ^uint16(s)
}
