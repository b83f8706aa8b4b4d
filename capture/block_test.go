package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"testing/iotest"
)

// TestShortReads: however little a read gives, the records are the same.
func TestShortReads(t *testing.T) {
	for _, name := range captures(t) {
		want, _, err := readAll(t, Options{}, name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for kind, r := range map[string]io.Reader{"one byte": iotest.OneByteReader(bytes.NewReader(file)),
			"half": iotest.HalfReader(bytes.NewReader(file)), "error with data": iotest.DataErrReader(bytes.NewReader(file))} {
			got, _, err := readAll(t, Options{Stdin: r}, "-")
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s, %s: %d segments, want %d, error %v", name, kind, len(got), len(want), err)
			}
		}
	}
}

// TestReadFails: the error of the operating system is passed on, after what was read before it.
func TestReadFails(t *testing.T) {
	whole := pcapBytes(binary.LittleEndian, LinkRaw, 1, data4().ip(), data4().ip())
	broken := errors.New("the disk broke")
	r := io.MultiReader(bytes.NewReader(whole[:len(whole)-1]), iotest.ErrReader(broken))
	segs, stats, err := readAll(t, Options{Stdin: r}, "-")
	var re *ReadError
	if !errors.As(err, &re) || !errors.Is(err, broken) || len(segs) != 1 || stats.Truncated {
		t.Errorf("%d segments, %v", len(segs), err)
	}
}

// TestBlockLongerThanBuffer: the buffer grows for a block that is read as a whole, and keeps what
// comes after it.
func TestBlockLongerThanBuffer(t *testing.T) {
	le := binary.LittleEndian
	packet := ngPacket(data4().ip())
	file := join(ngSection(le), ngInterface(le, LinkRaw, 0), packet, ngBlock(le, 0x80000123, make([]byte, 3<<20)), packet)
	for _, r := range []io.Reader{bytes.NewReader(file), iotest.HalfReader(bytes.NewReader(file))} {
		if segs, _, err := readAll(t, Options{Stdin: r}, "-"); err != nil || len(segs) != 2 {
			t.Errorf("%d segments, %v", len(segs), err)
		}
	}
	segs, _, err := readAll(t, Options{Stdin: bytes.NewReader(file[:2<<20])}, "-")
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(segs) != 1 {
		t.Errorf("cut: %d segments, %v", len(segs), err)
	}
}
