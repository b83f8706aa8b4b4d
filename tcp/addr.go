package tcp

import (
	"encoding/binary"
	"net/netip"
)

// Addr is an IP address in 16 bytes. An IPv4 address has the form ::ffff:a.b.c.d (RFC 4291 section
// 2.5.5.2).
//
// An IPv6 packet may have such an address too, though few send one: a translator that leaves it in,
// or somebody who tries. It is another host than that of the IPv4 address, so it has another form
// here: ffff::a.b.c.d, a multicast address of a scope that nobody may send to (section 2.7) and
// that TCP never speaks with. The same 16-bit words stand there in another order, so that a
// pseudo-header's sum over an Addr is the same.
type Addr [16]byte

// AddrFrom6 makes an Addr of the 16 bytes in an IPv6 packet.
func AddrFrom6(wire [16]byte) Addr {
	if isMapped(&wire) {
		move(&wire, 10, 0)
	}
	return wire
}

// AddrFrom makes an Addr of a netip.Addr.
func AddrFrom(a netip.Addr) Addr {
	if a.Is4() {
		return a.As16()
	}
	return AddrFrom6(a.As16())
}

// Netip gives the address as a netip.Addr: an IPv4 address as one (Is4), an IPv4 address that an
// IPv6 packet had as that (Is4In6).
func (a Addr) Netip() netip.Addr {
	wire := [16]byte(a)
	if isMapped(&wire) {
		return netip.AddrFrom4([4]byte(wire[12:]))
	}
	if a[0] == 0xff && a[1] == 0xff && zeros(a[2:12]) {
		move(&wire, 0, 10)
	}
	return netip.AddrFrom16(wire)
}

// Is4 reports whether the address is an IPv4 address.
func (a *Addr) Is4() bool { return isMapped((*[16]byte)(a)) }

// isMapped reports whether an address has the form ::ffff:a.b.c.d.
func isMapped(wire *[16]byte) bool {
	const prefix = 0xffff << 16 // of the second half: two bytes of zeros, then two of ones
	return binary.LittleEndian.Uint64(wire[:8]) == 0 &&
		binary.LittleEndian.Uint32(wire[8:12]) == prefix
}

// move takes the word ffff from one place to another.
func move(wire *[16]byte, from, to int) {
	wire[from], wire[from+1] = 0, 0
	wire[to], wire[to+1] = 0xff, 0xff
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
