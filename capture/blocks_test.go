package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// blockLines gives the blocks of files, a line each.
func blockLines(t *testing.T, files ...string) []string {
	t.Helper()
	var lines []string
	err := BlocksOf(files)(func(b *Block) error {
		line := fmt.Sprintf("%d %#x", b.Frame, b.Type)
		if p := b.Packet; p != nil {
			line += fmt.Sprintf(" iface %d link %s stamp %d/%d wire %d bytes %d options %q", p.Iface, p.Link, p.Stamp, p.Units, p.Wire,
				len(p.Data), p.Options)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestBlocks reads files block by block: each block once, packets of all kinds of block alike,
// records numbered over all files.
func TestBlocks(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	raw := data4().ip()
	n := uint32(len(raw))
	ng := join(
		ngSection(le),
		ngInterface(le, LinkRaw, 0, ngOption(le, OptIfTSResol, 9), ngOption(le, OptIfTSOffset, 100, 0, 0, 0, 0, 0, 0, 0)),
		ngBlock(le, 0x80000123, []byte("somebody's own block")),
		ngBlock(le, BlockEnhanced, appendAll(le, nil, 0, 0, 7, n, n), raw, make([]byte, -n&3), ngOption(le, 1, 'h', 'i', '!', '!')),
		ngBlock(le, blockSimple, appendAll(le, nil, n), raw),
		ngBlock(le, blockJournal, []byte("MESSAGE=hello")),
		ngSection(be),
		ngInterface(be, LinkRaw, 0, ngOption(be, OptIfTSResol, 0x8a)), // 2^-10 s
		ngPacketOf(be, 0, 5<<10|512, raw),
		ngBlock(be, blockPacketOld, be.AppendUint16(nil, 0), be.AppendUint16(nil, 3), appendAll(be, nil, 0, 9, n, n), raw),
	)
	packet := func(frame int, rest string) string {
		return fmt.Sprintf("%d 0x6 iface 0 link raw %s wire %d bytes %d options ", frame, rest, n, n)
	}
	want := []string{
		"0 0xa0d0d0a", "0 0x1", "0 0x80000123", packet(1, "stamp 7/1000000000") + `"\x01\x00\x04\x00hi!!"`,
		packet(2, "stamp 7/1000000000") + `""`, "3 0x9",
		"0 0xa0d0d0a", "0 0x1", packet(4, "stamp 5632/1024") + `""`, packet(5, "stamp 9/1024") + `""`,
		"0 0xa0d0d0a", "0 0x1", packet(6, "stamp 1000500/1000000") + `""`,
	}
	pcap := pcapBytes(le, LinkRaw, 1, raw)
	got := blockLines(t, write(t, "a", ng), write(t, "b", pcap))
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestBlocksEnd ends with the file where that is broken, with the receiver's own error, and takes
// compression off.
func TestBlocksEnd(t *testing.T) {
	le := binary.LittleEndian
	pcap := pcapBytes(le, LinkRaw, 1, data4().ip(), data4().ip())
	cut := write(t, "cut", pcap[:len(pcap)-3])
	if got := blockLines(t, cut, "no such file", cut); len(got) != 6 || !strings.HasPrefix(got[5], "2 0x6") {
		t.Errorf("of broken files: %q", got)
	}

	mine := errors.New("full")
	if err := BlocksOf([]string{cut})(func(*Block) error { return mine }); err != mine {
		t.Errorf("error %v", err)
	}

	packed := write(t, "packed", nil)
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	_, _ = z.Write(pcap)
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got := blockLines(t, packed); len(got) != 4 || !strings.Contains(got[2], "stamp 1000500/1000000") {
		t.Errorf("of a packed file: %q", got)
	}
}
