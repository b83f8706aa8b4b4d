package reassembly

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// BenchmarkFind looks up four-tuples among few and among many others, in an order that no cache
// guesses.
func BenchmarkFind(b *testing.B) {
	for _, n := range []uint32{1 << 8, 1 << 16, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			table := NewTable[[15]uint64]()
			seg := tcp.Segment{Dst: tcp.Addr{15: 1}, SrcPort: 40000, DstPort: 80}
			for i := range n {
				binary.BigEndian.PutUint32(seg.Src[:], i)
				key, _ := KeyOf(&seg)
				table.Insert(&key, key.Hash(), 0, uint64(i))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				binary.BigEndian.PutUint32(seg.Src[:], uint32(i)*2654435761&(n-1))
				if e, _ := table.Find(&seg, HashOf(&seg)); e == nil {
					b.Fatal("not found")
				}
			}
		})
	}
}

// BenchmarkKeyOf makes a segment's key.
func BenchmarkKeyOf(b *testing.B) {
	seg := tcp.Segment{Src: tcp.Addr{15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: 40000, DstPort: 80}
	b.ReportAllocs()
	for range b.N {
		seg.SrcPort++
		if key, _ := KeyOf(&seg); key.BPort == 0 {
			b.Fatal("no port")
		}
	}
}
