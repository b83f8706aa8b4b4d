package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// captures gives the names of the committed captures.
func captures(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.pcap*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	return names
}

// FuzzFile reads any bytes as a file: no panic, every record counted once, frames in order, memory
// bounded by the reader's own limits.
func FuzzFile(f *testing.F) {
	for _, name := range captures(f) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	le, frame := binary.LittleEndian, ether(0x0800, data4().ip())
	f.Add(pcapBytes(binary.BigEndian, LinkEthernet, 1, frame, arp))
	f.Add(join(ngSection(binary.BigEndian), ngInterface(binary.BigEndian, LinkEthernet, 0), ngPacketOf(binary.BigEndian, 0, 9, frame)))
	f.Add(join(ngSection(le), ngInterface(le, LinkEthernet, 0), ngBlock(le, blockSimple, appendAll(le, nil, uint32(len(frame))), frame),
		ngBlock(le, blockJournal, []byte("x")), ngBlock(le, blockPacketOld, appendAll(le, nil, 0, 0, 9, 4, 4), frame[:4])))
	f.Fuzz(func(t *testing.T, file []byte) {
		src, err := OpenFiles([]string{"-"}, Options{Stdin: bytes.NewReader(file)})
		if err != nil {
			return
		}
		defer src.Close()
		var b Batch
		var segments, last uint64
		for err == nil {
			if err = src.Next(&b); err != nil {
				break
			}
			for i := range b.Segments {
				if b.Segments[i].Frame <= last {
					t.Fatalf("frame %d after %d", b.Segments[i].Frame, last)
				}
				last = b.Segments[i].Frame
			}
			segments += uint64(len(b.Segments))
		}
		stats := src.Stats()
		accounted := segments
		for _, n := range stats.Skipped {
			accounted += n
		}
		if accounted != stats.Packets || segments != stats.Segments || last > stats.Packets {
			t.Errorf("%d segments, statistics %+v", segments, stats)
		}
		if _, broken := err.(*ReadError); err != io.EOF && !broken {
			t.Errorf("ended with %v", err)
		}
		if n := cap(src.(*files).free[0].buf); n > 2*maxBlock+readSize+2*pageSize {
			t.Errorf("a buffer of %d bytes", n)
		}
	})
}

// FuzzDecode decodes any bytes of any link type: no panic, lengths that fit together, the same
// answer the quick way and header by header, and what gopacket says wherever it can be compared.
func FuzzDecode(f *testing.F) {
	for _, c := range wrapped {
		f.Add(uint16(c.link), c.packet)
	}
	f.Add(uint16(LinkRaw), icmpQuoting(false, 3, 4, 1400, data4().ip()))
	f.Add(uint16(LinkRaw), icmpQuoting(true, 2, 0, 1280, data6().ip()))
	f.Add(uint16(LinkRaw), MappedInIPv6().Packet)
	options := data4()
	options.options = []byte{2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7}
	f.Add(uint16(LinkRaw), options.ip())
	var d Decoder
	f.Fuzz(func(t *testing.T, link uint16, packet []byte) {
		var seg, again tcp.Segment
		skip := d.Decode(LinkType(link), packet, len(packet), &seg)
		if skip >= NumSkips {
			t.Fatalf("skip %d", skip)
		}
		if skip != SkipNone {
			if usual(LinkType(link), packet, &again) {
				t.Errorf("skipped for %v, and yet usual", skip)
			}
			return
		}
		if seg.Cut == 0 && seg.Kind == tcp.KindTCP && (int(seg.Len) > len(packet) || seg.Checksum == tcp.ChecksumUnverified) {
			t.Errorf("whole, and yet %+v", seg)
		}
		if seg.SACKCount > tcp.MaxSACK {
			t.Errorf("%d SACK blocks", seg.SACKCount)
		}
		if d.decode(LinkType(link), packet, len(packet), &again); again != seg {
			t.Errorf("%+v, and header by header %+v", seg, again)
		}
		compareWithGopacket(t, LinkType(link), packet, &seg)
	})
}
