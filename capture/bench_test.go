package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// benchPackets is how many packets the benchmarks' captures hold.
const benchPackets = 100_000

// benchFrame is an Ethernet frame with a segment of n payload bytes and the options of nearly every
// segment.
func benchFrame(n int) []byte {
	s := data4()
	s.options = []byte{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}
	s.payload = make([]byte, n)
	return ether(0x0800, s.ip())
}

// benchFile makes a capture of one frame many times over.
func benchFile(format string, frame []byte) []byte {
	le := binary.LittleEndian
	if format == "pcap" {
		b := pcapHeader(le, magicMicro, 4, LinkEthernet)
		one := append(appendAll(le, nil, 1, 1, uint32(len(frame)), uint32(len(frame))), frame...)
		return append(b, bytes.Repeat(one, benchPackets)...)
	}
	return join(ngSection(le), ngInterface(le, LinkEthernet, 0), bytes.Repeat(ngPacket(frame), benchPackets))
}

// BenchmarkRead walks the records of a file, a packet an operation.
func BenchmarkRead(b *testing.B) {
	for _, format := range []string{"pcap", "pcapng"} {
		b.Run(format, func(b *testing.B) {
			name := write(b, "x", benchFile(format, benchFrame(0)))
			in := &input{stats: FileStats{Name: name}}
			buffer := new(blockReader)
			b.ReportAllocs()
			for left := b.N; left > 0; {
				if err := in.open(buffer); err != nil {
					b.Fatal(err)
				}
				for left > 0 && in.format.next(&in.head) == nil {
					left--
				}
				in.close()
			}
		})
	}
}

// BenchmarkDecode decodes one frame of a payload size, a packet an operation.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name  string
		frame []byte
		cut   int
	}{
		{"header only", benchFrame(1448), 66}, {"no payload", benchFrame(0), 66}, {"1448 bytes", benchFrame(1448), 1514},
		{"64000 bytes", benchFrame(64000), 64066},
		{"VXLAN", ether(0x0800, ip4(17, outerA, outerB, udpTo(4789, join(u32(0x08000000, 42<<8), benchFrame(0))))), 116},
	} {
		b.Run(c.name, func(b *testing.B) {
			var d Decoder
			var seg tcp.Segment
			b.ReportAllocs()
			for b.Loop() {
				if d.Decode(LinkEthernet, c.frame[:c.cut], len(c.frame), &seg) != SkipNone {
					b.Fatal("skipped")
				}
			}
		})
	}
}

// BenchmarkNext reads and decodes a file, a packet an operation.
func BenchmarkNext(b *testing.B) {
	for _, format := range []string{"pcap", "pcapng"} {
		b.Run(format, func(b *testing.B) {
			name := write(b, "x", benchFile(format, benchFrame(0)))
			var batch Batch
			b.ReportAllocs()
			for left := b.N; left > 0; {
				src, err := OpenFiles([]string{name}, Options{})
				if err != nil {
					b.Fatal(err)
				}
				for left > 0 {
					err := src.Next(&batch)
					if err == io.EOF {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					left -= len(batch.Segments)
				}
				src.Close()
			}
		})
	}
}
