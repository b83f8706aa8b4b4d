package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/lastack/lastack/tcp"
)

// pcapBytes makes a pcap file with microseconds. Each record holds packet and is a second after the
// one before.
func pcapBytes(order binary.AppendByteOrder, link LinkType, first uint32, packets ...[]byte) []byte {
	b := pcapHeader(order, magicMicro, 4, link)
	for i, p := range packets {
		b = appendAll(order, b, first+uint32(i), 500, uint32(len(p)), uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

func pcapHeader(order binary.AppendByteOrder, magic uint32, minor uint16, link LinkType) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, minor)
	return appendAll(order, b, 0, 0, 65535, uint32(link))
}

func appendAll(order binary.AppendByteOrder, b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return b
}

// write puts a file into the test's directory and gives its name.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// readAll reads files to their end and gives the segments, the statistics, and the error that is
// not io.EOF.
func readAll(t testing.TB, opt Options, names ...string) ([]tcp.Segment, Stats, error) {
	t.Helper()
	src, err := OpenFiles(names, opt)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var all []tcp.Segment
	var b Batch
	for {
		err := src.Next(&b)
		if err == io.EOF {
			return all, src.Stats(), nil
		}
		if err != nil {
			if again := src.Next(&b); again != err {
				t.Errorf("Next after its end: %v, want %v", again, err)
			}
			return all, src.Stats(), err
		}
		if len(b.Segments) == 0 {
			t.Fatal("an empty batch of a file")
		}
		all = append(all, b.Segments...)
	}
}

// frames gives the segments' frame numbers.
func frames(segs []tcp.Segment) (n []uint64) {
	for i := range segs {
		n = append(n, segs[i].Frame)
	}
	return n
}

var arp = ether(0x0806, make([]byte, 28))

func TestOneFile(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	name := write(t, "a", pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame, arp, frame))
	segs, stats, err := readAll(t, Options{}, name)
	if err != nil || !slices.Equal(frames(segs), []uint64{1, 3}) {
		t.Fatalf("frames %v, error %v", frames(segs), err)
	}
	if segs[0].Time != 1000_000_500_000 || segs[1].Time != 1002_000_500_000 || segs[1].Seq != 0x01020304 {
		t.Errorf("segments %+v", segs)
	}
	file := stats.Files[0]
	if stats.Packets != 3 || stats.Segments != 2 || stats.Skipped[SkipARP] != 1 || stats.First != segs[0].Time ||
		stats.Last != segs[1].Time || stats.BytesRead != stats.BytesAll || stats.BytesAll != file.Size || file.Name != name ||
		file.Format != "pcap" || file.Packets != 3 || file.Interfaces[0] != (Interface{Link: LinkEthernet, SnapLen: 65535, Packets: 3}) {
		t.Errorf("statistics %+v", stats)
	}
	if by := stats.SkippedByReason(); len(by) != 1 || by["arp"] != 1 {
		t.Errorf("skipped %v", by)
	}
}

// TestCompressed reads one capture compressed in every way that is detected, under a name that says
// nothing.
func TestCompressed(t *testing.T) {
	plain := pcapBytes(binary.BigEndian, LinkEthernet, 1000, ether(0x0800, data4().ip()), ether(0x0800, data4().ip()))
	// Two parts each: RFC 1952 section 2.2 and RFC 8878 section 3.1 allow any number.
	var gz bytes.Buffer
	var zst []byte
	enc, _ := zstd.NewWriter(nil)
	for _, part := range [][]byte{plain[:100], plain[100:]} {
		w := gzip.NewWriter(&gz)
		w.Write(part)
		w.Close()
		zst = enc.EncodeAll(part, zst)
	}
	skippable := join([]byte{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4}, zst)
	for name, c := range map[string]struct {
		bytes       []byte
		compression string
	}{"gzip": {gz.Bytes(), "gzip"}, "zstd": {zst, "zstd"}, "skippable frame": {skippable, "zstd"}} {
		segs, stats, err := readAll(t, Options{}, write(t, "x", c.bytes))
		if err != nil || len(segs) != 2 || stats.Files[0].Compression != c.compression {
			t.Errorf("%s: %d segments, %q, %v", name, len(segs), stats.Files[0].Compression, err)
		}
		if stats.BytesRead != int64(len(c.bytes)) {
			t.Errorf("%s: %d of %d bytes read", name, stats.BytesRead, len(c.bytes))
		}
		segs, stats, err = readAll(t, Options{}, write(t, "x", c.bytes[:len(c.bytes)-12]))
		var re *ReadError
		if !errors.As(err, &re) || !re.Decompressed || !re.Truncated() || !stats.Truncated {
			t.Errorf("%s cut: %d segments, %v", name, len(segs), err)
		}
	}
}

// TestMerge: records of several files come in the order of time, numbered in the order of the
// files.
func TestMerge(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	late := write(t, "late", pcapBytes(binary.LittleEndian, LinkEthernet, 1002, frame, arp, frame)) // 1002, 1004
	early := write(t, "early", pcapBytes(binary.BigEndian, LinkEthernet, 1000, frame, frame, frame, frame))
	segs, stats, err := readAll(t, Options{}, late, early)
	if err != nil {
		t.Fatal(err)
	}
	// At the same time, 1002, the file that was named first comes first.
	if want := []uint64{4, 5, 1, 6, 7, 3}; !slices.Equal(frames(segs), want) {
		t.Errorf("frames %v, want %v", frames(segs), want)
	}
	for _, s := range segs {
		if inLate := s.Frame <= 3; inLate != (s.File == 0) {
			t.Errorf("frame %d said to be of file %d", s.Frame, s.File)
		}
	}
	if stats.Packets != 7 || stats.Files[0].Packets != 3 || stats.Files[1].Packets != 4 {
		t.Errorf("statistics %+v", stats)
	}
}

// TestMergeBroken: one file's damage does not keep the others from being read.
func TestMergeBroken(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	cut := pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame, frame)
	names := []string{write(t, "cut", cut[:len(cut)-1]), write(t, "empty", pcapHeader(binary.LittleEndian, magicMicro, 4, 1)),
		write(t, "good", pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame, frame))}
	segs, stats, err := readAll(t, Options{}, names...)
	var re *ReadError
	if !errors.As(err, &re) || re.File != names[0] || !slices.Equal(frames(segs), []uint64{1, 2, 3}) {
		t.Errorf("frames %v, error %v", frames(segs), err)
	}
	if !stats.Truncated || !stats.Files[0].Truncated || stats.Files[2].Truncated || stats.Files[0].Err != err {
		t.Errorf("statistics %+v", stats)
	}
}

// TestMergeUnreadable: what is no capture, or cannot be opened, does not keep the others from being
// read either.
func TestMergeUnreadable(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	dir := t.TempDir()
	garbage, missing := write(t, "garbage", []byte("no capture")), filepath.Join(dir, "missing")
	a := write(t, "a", pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame, frame))
	b := write(t, "b", pcapBytes(binary.LittleEndian, LinkEthernet, 1001, frame))
	segs, stats, err := readAll(t, Options{}, a, garbage, missing, dir, b)
	var re *ReadError
	if !errors.As(err, &re) || re.File != garbage || re.Offset != 0 || !slices.Equal(frames(segs), []uint64{1, 2, 3}) {
		t.Errorf("frames %v, error %v", frames(segs), err)
	}
	files := stats.Files
	if files[1].Err != err || !errors.Is(files[2].Err, fs.ErrNotExist) || files[3].Err == nil || files[0].Err != nil ||
		files[4].Err != nil || files[1].Format != "" || segs[2].File != 4 || stats.BytesAll == 0 {
		t.Errorf("statistics %+v", stats)
	}
	if _, err := OpenFiles([]string{missing, garbage}, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none can be read: %v", err)
	}
}

func TestStdin(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	stdin := pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame)
	file := write(t, "file", pcapBytes(binary.LittleEndian, LinkEthernet, 1001, frame))
	segs, stats, err := readAll(t, Options{Stdin: bytes.NewReader(stdin)}, file, "-")
	if err != nil || !slices.Equal(frames(segs), []uint64{2, 1}) || stats.BytesAll != 0 {
		t.Errorf("frames %v, statistics %+v, error %v", frames(segs), stats, err)
	}
	_, err = OpenFiles([]string{"-", file}, Options{Stdin: bytes.NewReader(stdin)})
	if err == nil || !strings.Contains(err.Error(), "last") {
		t.Errorf("standard input before a file: %v", err)
	}
}

// TestSlowPipe: what a slow writer has sent is delivered before waiting for more.
func TestSlowPipe(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	whole := pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame, frame, frame)
	record := 16 + len(frame)
	r, w := io.Pipe()
	defer w.Close()
	go w.Write(whole[:24+2*record+5])
	src, err := OpenFiles([]string{"-"}, Options{Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	var b Batch
	if err := src.Next(&b); err != nil || !slices.Equal(frames(b.Segments), []uint64{1, 2}) {
		t.Fatalf("frames %v, error %v", frames(b.Segments), err)
	}
	go func() {
		w.Write(whole[24+2*record+5:])
		w.Close()
	}()
	if err := src.Next(&b); err != nil || !slices.Equal(frames(b.Segments), []uint64{3}) {
		t.Fatalf("frames %v, error %v", frames(b.Segments), err)
	}
	if err := src.Next(&b); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// TestCutFile cuts a capture after each byte: every record that is whole is delivered.
func TestCutFile(t *testing.T) {
	frame := ether(0x0800, data4().ip())
	for format, whole := range map[string][]byte{
		"pcap":   pcapBytes(binary.LittleEndian, LinkEthernet, 1000, frame, frame),
		"pcapng": join(ngSection(binary.LittleEndian), ngInterface(binary.LittleEndian, LinkEthernet, 0), ngPacket(frame), ngPacket(frame)),
	} {
		complete, _, _ := readAll(t, Options{}, write(t, "whole", whole))
		if len(complete) != 2 {
			t.Fatalf("%s: %d segments", format, len(complete))
		}
		for n := 28; n < len(whole); n++ {
			segs, stats, err := readAll(t, Options{}, write(t, "cut", whole[:n]))
			if err == nil {
				if stats.Truncated {
					t.Errorf("%s cut to %d: truncated without an error", format, n)
				}
				continue
			}
			var re *ReadError
			if !errors.As(err, &re) || !errors.Is(err, io.ErrUnexpectedEOF) || !stats.Truncated || re.Offset > int64(n) {
				t.Errorf("%s cut to %d: %v", format, n, err)
			}
			if !slices.Equal(segs, complete[:len(segs)]) {
				t.Errorf("%s cut to %d: other segments", format, n)
			}
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenFiles([]string{filepath.Join(dir, "none")}, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := OpenFiles(nil, Options{}); err == nil {
		t.Error("no file: no error")
	}
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "empty"},
		{"short", "\xd4\xc3", "begins with the bytes d4 c3"},
		{"text", "15:04:05.123 IP a > b: Flags [S]\n", `this is text, beginning with "15:04:05.123 IP a > b: Flags [S]"`},
		{"xz", "\xfd7zXZ\x00\x00", "xz"},
		{"bzip2", "BZh91AY&SY", "bzip2"},
		{"zip", "PK\x03\x04", "zip"},
		{"snoop", "snoop\x00\x00\x00\x00\x00\x00\x02", "snoop"},
		{"binary", "\x00\x01\x02\x03\x04\x05\x06\x07\x08", "begins with the bytes 00 01 02 03 04 05 06 07"},
		{"version", string(pcapHeader(binary.LittleEndian, magicMicro, 5, 1)), "version 2.5"},
	} {
		_, err := OpenFiles([]string{write(t, c.name, []byte(c.content))}, Options{})
		var re *ReadError
		if !errors.As(err, &re) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := OpenFiles([]string{dir}, Options{}); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("directory: %v", err)
	}
}
