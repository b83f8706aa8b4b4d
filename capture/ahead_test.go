package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"
)

// inputs gives the names of all bundled captures, and of one that is cut short.
func inputs(t *testing.T) [][]string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.pcap*")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d captures, error %v", len(names), err)
	}
	whole, err := os.ReadFile("testdata/loopback.pcap")
	if err != nil {
		t.Fatal(err)
	}
	runs := [][]string{names, {names[0], write(t, "cut", whole[:len(whole)-7]), names[1]}, {names[0], "missing.pcap"}}
	for _, name := range names {
		runs = append(runs, []string{name})
	}
	long := slices.Repeat([][]byte{ether(0x0800, data4().ip()), ether(0x0806, nil)}, 3*lots*lotSize)
	return append(runs, []string{write(t, "long", pcapBytes(binary.LittleEndian, LinkEthernet, 1, long...))})
}

// TestReadAheadChangesNothing: the segments, what was counted and the error are those of a reader
// that does one thing at a time.
func TestReadAheadChangesNothing(t *testing.T) {
	for _, names := range inputs(t) {
		want, wantStats, wantErr := readAll(t, Options{}, names...)
		for _, workers := range []int{2, 3, 8} {
			got, stats, err := readAll(t, Options{Workers: workers}, names...)
			if !slices.Equal(got, want) {
				t.Errorf("%v: %d segments, want %d", names, len(got), len(want))
			}
			if !reflect.DeepEqual(stats, wantStats) {
				t.Errorf("%v: counted\n%+v, want\n%+v", names, stats, wantStats)
			}
			if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
				t.Errorf("%v: error %v, want %v", names, err, wantErr)
			}
		}
	}
}

// TestReadAheadCounts: what was counted is as of the batch that was given, however far the reader
// is.
func TestReadAheadCounts(t *testing.T) {
	long := slices.Repeat([][]byte{ether(0x0800, data4().ip())}, 3*lots*lotSize)
	src, err := OpenFiles([]string{write(t, "x", pcapBytes(binary.LittleEndian, LinkEthernet, 1, long...))}, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b Batch
	total := uint64(0)
	for src.Next(&b) == nil {
		total += uint64(len(b.Segments))
		if s := src.Stats(); s.Segments != total || s.Packets != total {
			t.Fatalf("%d segments and %d packets counted after %d were given", s.Segments, s.Packets, total)
		}
	}
	if err := src.Next(&b); !errors.Is(err, io.EOF) || len(b.Segments) != 0 {
		t.Errorf("after the end: %d segments, %v", len(b.Segments), err)
	}
}

// TestReadAheadEnds: no goroutine is left after Close, wherever the reader was.
func TestReadAheadEnds(t *testing.T) {
	long := slices.Repeat([][]byte{ether(0x0800, data4().ip())}, 3*lots*lotSize)
	name := write(t, "x", pcapBytes(binary.LittleEndian, LinkEthernet, 1, long...))
	before := runtime.NumGoroutine()
	for batches := range 5 {
		src, err := OpenFiles([]string{name}, Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		for range batches {
			if err := src.Next(new(Batch)); err != nil {
				t.Fatal(err)
			}
		}
		src.Close()
		src.Close()
	}
	for range 1000 { // a goroutine that has told that it is done is still one for a moment
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestReadAheadOfAPipe: what has come is given without waiting for more, and Close does not wait
// for a writer that is silent.
func TestReadAheadOfAPipe(t *testing.T) {
	r, w := io.Pipe()
	src := make(chan Source)
	go func() {
		s, err := OpenFiles([]string{"-"}, Options{Workers: 2, Stdin: r})
		if err != nil {
			t.Error(err)
		}
		src <- s
	}()
	if _, err := w.Write(pcapBytes(binary.LittleEndian, LinkEthernet, 1, ether(0x0800, data4().ip()))); err != nil {
		t.Fatal(err)
	}
	s := <-src
	var b Batch
	if err := s.Next(&b); err != nil || len(b.Segments) != 1 {
		t.Fatalf("%d segments, %v", len(b.Segments), err)
	}
	closed := make(chan struct{})
	go func() {
		s.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("Close waits for the pipe")
	}
	w.Close()
}

// TestReadAheadAllocatesNothing: nor does it in its steady state.
func TestReadAheadAllocatesNothing(t *testing.T) {
	packets := slices.Repeat([][]byte{ether(0x0800, data4().ip())}, 100*lotSize)
	src, err := OpenFiles([]string{write(t, "x", pcapBytes(binary.LittleEndian, LinkEthernet, 1, packets...))}, Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b Batch
	next := func() {
		if err := src.Next(&b); err != nil || len(b.Segments) != lotSize {
			t.Fatalf("%d segments, %v", len(b.Segments), err)
		}
	}
	for range 2 * lots {
		next()
	}
	if n := testing.AllocsPerRun(20, next); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
