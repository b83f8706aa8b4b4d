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
	return mix(sum(&seg.Src, seg.SrcPort, &seg.Dst, seg.DstPort), seg.Path)
}

// Hash gives the hash of the segments that have the key.
func (k *Key) Hash() uint64 { return mix(sum(&k.A, k.APort, &k.B, k.BPort), k.Path) }

func mix(sum uint64, path uint32) uint64 { return fold(sum+uint64(path)*secret[2], secret[3]) }

// sum joins the hashes of two ends: the same for both directions, and for all paths.
func sum(a *tcp.Addr, aPort uint16, b *tcp.Addr, bPort uint16) uint64 {
	return hashEnd(a, aPort) + hashEnd(b, bPort)
}

func hashEnd(a *tcp.Addr, port uint16) uint64 {
	return fold(binary.LittleEndian.Uint64(a[:8])^secret[0],
		binary.LittleEndian.Uint64(a[8:])^secret[1]^uint64(port)*secret[2])
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
