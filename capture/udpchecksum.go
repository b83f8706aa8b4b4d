package capture

import (
	"encoding/binary"
	"math/bits"

	"github.com/lastack/lastack/tcp"
)

// outer is what a tunnel's UDP checksum covers besides the datagram.
type outer struct {
	pseudo   uint64 // the sum of both addresses and the protocol, RFC 768
	fragment bool
}

// outerOf takes it from a packet whose IP header was the last that was decoded.
func outerOf(seg *tcp.Segment) outer {
	const protocol = protoUDP << 8 // in the memory order of a little-endian load
	return outer{pseudoSum(seg) - protoTCP<<8 + protocol, seg.Cut&tcp.CutFragment != 0}
}

// wrong reports whether a datagram's checksum is wrong. One of 0 was not computed (RFC 768, RFC
// 6935), and one that is the pseudo-header's sum is left to the card (CHECKSUM_PARTIAL).
func (o outer) wrong(b []byte) bool {
	const header, length, checksum = 8, 4, 6
	n := int(be16(b[length:]))
	sum := binary.LittleEndian.Uint16(b[checksum:])
	if o.fragment || sum == 0 || n < header || n > len(b) {
		return false
	}
	withLength := o.pseudo + uint64(bits.ReverseBytes16(uint16(n)))
	if fold(withLength+uint64(fold(onesSum(b[:n], 0)))) == 0xffff {
		return false
	}
	return sum != fold(withLength) && sum != fold(o.pseudo)
}
