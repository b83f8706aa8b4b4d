package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what a zstd stream may make the decoder allocate: the window of `zstd --long`
// (128 MiB), which is also the most that the zstd program accepts without being told.
const maxWindow = 128 << 20

// compression names the compression that a file with these first bytes has, by its magic number:
// RFC 1952 section 2.3.1 and RFC 8878 sections 3.1.1 and 3.1.2 (skippable frames, which parallel
// compressors put first).
func compression(head []byte) string {
	if len(head) < 4 {
		return ""
	}
	switch magic := binary.LittleEndian.Uint32(head); {
	case magic&0xffff == 0x8b1f:
		return "gzip"
	case magic == 0xfd2fb528, magic&^0xf == 0x184d2a50:
		return "zstd"
	}
	return ""
}

// decompress gives the bytes in a stream that compression named.
func decompress(name string, src io.Reader) (io.ReadCloser, error) {
	if name == "gzip" {
		return gzip.NewReader(src)
	}
	// One goroutine: what runs in parallel is for the whole program to decide.
	z, err := zstd.NewReader(src, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

// newFormat finds out which capture format in holds, by its magic number, and reads its header.
func newFormat(in *blockReader) (name string, f format, err error) {
	head, err := in.peek(4)
	switch {
	case err == io.EOF:
		return "", nil, malformed{"the file is empty"}
	case err == io.ErrUnexpectedEOF && len(head) > 0:
		return "", nil, malformed{notACapture(head)}
	case err != nil:
		return "", nil, err
	}
	if binary.LittleEndian.Uint32(head) == BlockSection {
		ng, err := newNG(in)
		if err != nil {
			return "", nil, err
		}
		return "pcapng", ng, nil
	}
	if _, _, ok := pcapMagic(head); ok {
		p, err := newPcap(in)
		if err != nil {
			return "", nil, err
		}
		return "pcap", p, nil
	}
	more, err := in.peek(64)
	if err != nil && err != io.ErrUnexpectedEOF {
		return "", nil, err // of reading on
	}
	return "", nil, malformed{notACapture(more)}
}

// lookalikes are kinds of file that people pass by mistake, by their first bytes.
var lookalikes = []struct{ magic, hint string }{
	{"\xfd7zXZ\x00", "this is xz: decompress it first"},
	{"BZh", "this is bzip2: decompress it first"},
	{"\x04\x22\x4d\x18", "this is lz4: decompress it first"},
	{"PK\x03\x04", "this is a zip archive: unpack it first"},
	{"\x1f\x8b", "this is gzip inside gzip: decompress it once first"},
	{"\x28\xb5\x2f\xfd", "this is zstd inside compressed data: decompress it once first"},
	{"snoop\x00\x00\x00", "this is a snoop capture: convert it with editcap -F pcapng"},
	{"TRSNIFF data", "this is a Sniffer trace: convert it with editcap -F pcapng"},
	{"GMBU", "this is a Network Monitor trace: convert it with editcap -F pcapng"},
	{"RTSS", "this is a Network Monitor trace: convert it with editcap -F pcapng"},
	{"\x7fELF", "this is a program"},
}

// notACapture describes what was found instead of a capture.
func notACapture(head []byte) string {
	const want = "neither pcap nor pcapng"
	for _, l := range lookalikes {
		if bytes.HasPrefix(head, []byte(l.magic)) {
			return want + "; " + l.hint
		}
	}
	if isText(head) {
		line, _, _ := bytes.Cut(head[:min(len(head), 40)], []byte("\n"))
		return fmt.Sprintf("%s; this is text, beginning with %q (a capture is written with tcpdump -w)", want, line)
	}
	return fmt.Sprintf("%s; it begins with the bytes % x", want, head[:min(len(head), 8)])
}

// isText reports whether b holds only what text holds. A character cut at b's end counts.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 && utf8.FullRune(b) || r < ' ' && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
		b = b[n:]
	}
	return true
}
