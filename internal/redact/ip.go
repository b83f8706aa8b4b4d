package redact

import (
	"bytes"
	"net/netip"

	"github.com/lastack/lastack/tcp"
)

// copyIPv4 copies an IPv4 header (RFC 791 section 3.1) but for its checksum. Options can hold a
// route's addresses: they become no-operations.
func copyIPv4(r *Redactor, out, in []byte) {
	const nop, fixed = 1, 20
	copySome(out, in, span{0, 10})
	for _, at := range []int{12, 16} {
		a := tcp.AddrFrom(netip.AddrFrom4([4]byte(in[at:])))
		b := r.Addr(a).Netip().As4()
		copy(out[at:], b[:])
	}
	copy(out[fixed:], bytes.Repeat([]byte{nop}, len(out)-fixed))
}

// copyIPv6 copies an IPv6 header and its extension headers (RFC 8200 sections 3 and 4). The flow
// label, which is made of addresses, stays zero.
func copyIPv6(r *Redactor, out, in []byte) {
	const fixed = 40
	copySome(out, in, span{0, 1}, span{4, 8})
	r.copyAddr(out, in, 8)
	r.copyAddr(out, in, 24)
	r.copyExtensions(in[6], out[fixed:], in[fixed:])
}

// copyAddr copies an IPv6 address.
func (r *Redactor) copyAddr(out, in []byte, at int) {
	a := r.Addr(tcp.AddrFrom6([16]byte(in[at:]))).Netip().As16()
	copy(out[at:], a[:])
}

// copyExtensions copies extension headers. Of most, only what leads to the next one stays: options
// of zeros are padding.
func (r *Redactor) copyExtensions(kind byte, out, in []byte) {
	const routing, fragment = 43, 44
	for len(in) >= 8 {
		size := min((int(in[1])+1)*8, len(in))
		copySome(out, in, span{0, 2})
		switch kind {
		case fragment:
			size = 8
			copySome(out, in, span{0, size})
		case routing: // type, segments left, and the addresses of the route
			copySome(out, in, span{2, 4})
			for at := 8; at+16 <= size; at += 16 {
				r.copyAddr(out, in, at)
			}
		}
		kind, out, in = in[0], out[size:], in[size:]
	}
}
