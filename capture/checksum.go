package capture

import (
	"encoding/binary"
	"math/bits"

	"github.com/lastack/lastack/tcp"
)

// verify checks a whole segment's checksum (RFC 9293 section 3.1), and sums its payload on the way.
func verify(header, payload []byte, seg *tcp.Segment) {
	body := uint64(0)
	if len(payload) > 0 {
		body = uint64(fold(onesSum(payload, 0)))
		seg.PayloadSum = bits.ReverseBytes16(uint16(body))
	}
	length := uint64(len(header) + len(payload))
	pseudo := pseudoSum(seg)
	withLength := pseudo + uint64(bits.ReverseBytes32(uint32(length)))
	// The header is a multiple of four bytes long, so that the payload's sum adds to its as it is.
	if fold(wordSum(header)+withLength+body) == 0xffff {
		seg.Checksum = tcp.ChecksumGood
		return
	}
	switch binary.LittleEndian.Uint16(header[tcpChecksum:]) {
	case fold(withLength), fold(pseudo):
		// Left for the card to complete: Linux writes the pseudo-header's sum (CHECKSUM_PARTIAL in
		// include/linux/skbuff.h), Windows leaves the length out for segments that the card is to
		// cut up (NDIS, "Offloading the Segmentation of Large TCP Packets").
		seg.Checksum = tcp.ChecksumPartial
	default:
		seg.Checksum = tcp.ChecksumBad
	}
}

// pseudoSum sums the pseudo-header but for its length: both addresses and the protocol (RFC 9293
// section 3.1, RFC 8200 section 8.1).
func pseudoSum(seg *tcp.Segment) uint64 {
	const protocol = protoTCP << 8 // in the memory order of a little-endian load
	if !seg.IPv6 {
		return uint64(binary.LittleEndian.Uint32(seg.Src[12:])) + uint64(binary.LittleEndian.Uint32(seg.Dst[12:])) + protocol
	}
	return wordSum(seg.Src[:]) + wordSum(seg.Dst[:]) + protocol
}

// wordSum adds up a header, a multiple of four bytes long, by words of four. There are too few of
// them for a carry out of 64 bits.
func wordSum(b []byte) (sum uint64) {
	for ; len(b) >= 8; b = b[8:] {
		two := binary.LittleEndian.Uint64(b)
		sum += two>>32 + two&0xffffffff
	}
	if len(b) >= 4 {
		sum += uint64(binary.LittleEndian.Uint32(b))
	}
	return sum
}

// onesSum adds b to a one's-complement sum in 64 bits. Words are loaded little-endian, so that the
// sum's bytes are swapped: it comes to the same in the end, RFC 1071 section 2(B). So does adding
// eight bytes at a time, section 2(C).
func onesSum(b []byte, sum uint64) uint64 {
	var carry uint64
	for len(b) >= 64 {
		p := (*[64]byte)(b)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[0:]), 0)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[24:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[32:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[40:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[48:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(p[56:]), carry)
		sum += carry
		b = b[64:]
	}
	for len(b) >= 8 {
		sum = addOnes(sum, binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var rest uint64
	for i, c := range b {
		rest |= uint64(c) << (8 * i)
	}
	return addOnes(sum, rest)
}

// addOnes is one's-complement addition in 64 bits.
func addOnes(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	return sum + carry
}

// fold brings a one's-complement sum down to 16 bits.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum)
}
