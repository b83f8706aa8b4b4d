package reassembly

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// seed keys the hash for this process, so that nobody can prepare four-tuples that collide.
type seed [2]uint64

func newSeed() seed { return seed{rand.Uint64(), rand.Uint64()} }

// hash mixes a key by folded multiplication (the construction of wyhash): a few nanoseconds, and good enough in its low bits
// for open addressing.
func (s seed) hash(k *Key) uint64 {
	h := s[0]
	h = fold(h^binary.LittleEndian.Uint64(k.A[0:]), s[1]^binary.LittleEndian.Uint64(k.A[8:]))
	h = fold(h^binary.LittleEndian.Uint64(k.B[0:]), s[1]^binary.LittleEndian.Uint64(k.B[8:]))
	ports := uint64(k.APort)<<48 | uint64(k.BPort)<<32 | uint64(k.Path)
	return fold(h^ports, s[1]^0x9e3779b97f4a7c15)
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
