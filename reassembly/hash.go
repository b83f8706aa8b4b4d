package reassembly

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/lastack/lastack/tcp"
)

// secret keys the hash for this process, so that nobody can prepare four-tuples that collide.
var secret = [4]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64() | 1, rand.Uint64() | 1}

// HashOf hashes a segment's four-tuple and path: the same for both directions, another in each
// process. It mixes by folded multiplication (the construction of wyhash): a few nanoseconds, and
// good enough in its upper bits for open addressing.
func HashOf(seg *tcp.Segment) uint64 {
	return mix(hashEnd(&seg.Src, seg.SrcPort), hashEnd(&seg.Dst, seg.DstPort), seg.Path)
}

// Hash gives the hash of the segments that have the key.
func (k *Key) Hash() uint64 { return mix(hashEnd(&k.A, k.APort), hashEnd(&k.B, k.BPort), k.Path) }

func mix(a, b uint64, path uint32) uint64 { return fold(a+b+uint64(path)*secret[2], secret[3]) }

func hashEnd(a *tcp.Addr, port uint16) uint64 {
	return fold(binary.LittleEndian.Uint64(a[:8])^secret[0],
		binary.LittleEndian.Uint64(a[8:])^secret[1]^uint64(port)*secret[2])
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
