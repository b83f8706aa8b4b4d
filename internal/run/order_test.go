package run

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// pcapFile is a capture in pcap format, taken apart.
type pcapFile struct {
	header  []byte
	records [][]byte // with their headers
}

func readPcap(t *testing.T, name string) pcapFile {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if magic := binary.LittleEndian.Uint32(b); magic != 0xa1b2c3d4 && magic != 0xa1b23c4d {
		t.Fatalf("%s: not little-endian pcap", name)
	}
	f := pcapFile{header: b[:24]}
	for b = b[24:]; len(b) >= 16; {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		f.records, b = append(f.records, b[:n]), b[n:]
	}
	return f
}

// split writes the records to several files, by the number that part gives each. It gives the names
// of the files that have records.
func (f *pcapFile) split(t *testing.T, names []string, part func(i int) int) (out []string) {
	t.Helper()
	dir := t.TempDir()
	for n, name := range names {
		b := slices.Clone(f.header)
		for i, r := range f.records {
			if part(i) == n {
				b = append(b, r...)
			}
		}
		out = append(out, filepath.Join(dir, name))
		if err := os.WriteFile(out[n], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// goesBack reports whether a record carries an earlier time than one before it.
func (f *pcapFile) goesBack() bool {
	return !slices.IsSortedFunc(f.records, func(a, b []byte) int {
		return slices.Compare([]uint32{le32(a), le32(a[4:])}, []uint32{le32(b), le32(b[4:])})
	})
}

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

var frameNumbers = regexp.MustCompile(`(?i)frame \d+`)

// told is what a run says, with the time of a frame in place of its number.
func told(t *testing.T, files ...string) string {
	t.Helper()
	var s stream
	analyze(t, &s, Selection{}, files...)
	packets := packetsOf(t, files...)
	timed := func(text string) string {
		return frameNumbers.ReplaceAllStringFunc(text, func(frame string) string {
			n, _ := strconv.ParseUint(frame[len("frame "):], 10, 64)
			return fmt.Sprint("the frame at ", packets[n].Time)
		})
	}
	var b strings.Builder
	for _, f := range of[report.Finding](&s) {
		fmt.Fprintf(&b, "%s %s %s %s %s\n%s\n", f.ID, f.Code, f.Severity, f.Confidence, f.Blame, f.Title)
		fmt.Fprintln(&b, timed(f.Explanation), f.Data)
		for _, e := range f.Evidence {
			fmt.Fprintln(&b, " ", e.Time, e.From, e.Flags, e.Seq, e.Ack, e.Verdict, e.Reason, e.Role,
				timed(fmt.Sprint("frame ", e.Frame)))
		}
	}
	for _, c := range of[report.Connection](&s) {
		fmt.Fprintln(&b, c.ID, c.Initiator, c.Responder, c.Opening, c.Closing, c.ClosedBy, c.State, c.Segments, c.Findings)
		for _, tr := range c.Transitions {
			fmt.Fprintln(&b, " ", tr.Side, tr.Time, tr.From, tr.To, tr.Certainty, tr.Cause, tr.Withdrawn)
		}
	}
	for _, r := range of[report.Segment](&s) {
		fmt.Fprintln(&b, r.Time, r.Conn, r.From, r.Flags, r.Seq, r.Ack, r.Len, r.SenderState, r.ReceiverState, r.Verdict, r.Reason, r.Response, r.Notes)
	}
	return b.String()
}

// recordingsNear are the recordings of one tap of each story.
func recordingsNear(t *testing.T, tap string) []string {
	t.Helper()
	return few(slices.DeleteFunc(recordings(t), func(file string) bool { return filepath.Base(file) != tap+".pcap" }))
}

// fromLower gives, for each record, whether its segment comes from the lower address: the two ports
// of a TAP.
func (f *pcapFile) fromLower(t *testing.T, link capture.LinkType) []bool {
	t.Helper()
	var d capture.Decoder
	lower := make([]bool, len(f.records))
	for i, r := range f.records {
		var seg tcp.Segment
		d.Decode(link, r[16:], int(le32(r[12:])), &seg)
		lower[i] = slices.Compare(seg.Src[:], seg.Dst[:]) < 0
	}
	return lower
}

// differs shows the first line in which two texts differ.
func differs(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n  whole: %s\n  parts: %s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

// TestOneFileADirection: a TAP writes one file for each direction. What is said is what is said of
// both in one file.
func TestOneFileADirection(t *testing.T) {
	t.Parallel()
	for _, file := range recordingsNear(t, "initiator") {
		f := readPcap(t, file)
		if f.goesBack() {
			continue // in one file its records stand in another order than that of time
		}
		lower := f.fromLower(t, capture.LinkType(le32(f.header[20:])))
		parts := f.split(t, []string{"a.pcap", "b.pcap"}, func(i int) int {
			if lower[i] {
				return 1
			}
			return 0
		})
		if want, got := told(t, file), told(t, parts...); got != want {
			t.Errorf("%s: %s", file, differs(want, got))
		}
	}
}

// TestFilesOutOfOrder: the names of files that follow each other in time need not be in that order
// (cap10 before cap2).
func TestFilesOutOfOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, file := range recordingsNear(t, "initiator") {
		f := readPcap(t, file)
		if f.goesBack() || len(f.records) < 3 {
			continue
		}
		first := 1 + random.IntN(len(f.records)-2)
		second := first + 1 + random.IntN(len(f.records)-first-1)
		names := []string{"cap10.pcap", "cap11.pcap", "cap2.pcap"} // the last is the first in time
		parts := f.split(t, names, func(i int) int {
			switch {
			case i < first:
				return 2
			case i < second:
				return 0
			}
			return 1
		})
		if want, got := told(t, file), told(t, parts...); got != want {
			t.Errorf("%s: %s", file, differs(want, got))
		}
	}
}
