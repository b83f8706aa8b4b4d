package run

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/traffic"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// captures are all that the project has: recordings of kernels, samples of formats, and traffic to
// measure with.
func captures(t *testing.T) []string {
	t.Helper()
	files := recordings(t)
	for _, samples := range []string{"../../capture/testdata/*.pcap*", "testdata/*.pcap*"} {
		more, err := filepath.Glob(samples)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, c := range []traffic.Config{
		{Kind: traffic.Short, Connections: 200},
		{Kind: traffic.Short, Connections: 20, Requests: 10, Format: traffic.Pcapng, SnapLen: 97},
		{Kind: traffic.Bulk, Connections: 3, Packets: 2000},
		{Kind: traffic.Flood, Connections: 500},
		{Kind: traffic.Flood, Connections: 500, Answered: true},
	} {
		var b bytes.Buffer
		if err := traffic.Generate(&b, c); err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(t.TempDir(), string(c.Kind)))
		if err := os.WriteFile(files[len(files)-1], b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestFindingsAreProved: each finding about a connection shows segments of that connection, as the
// capture has them, in order, and when it was is when they were. One about many connections names
// some. Each has all that is needed to check and to mend it.
func TestFindingsAreProved(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range few(captures(t)) {
		records := new(stream)
		analyze(t, records, Selection{}, file)
		packets := packetsOf(t, file)
		for _, f := range of[report.Finding](records) {
			seen[f.Code] = true
			for _, fault := range faults(f, packets) {
				t.Errorf("%s: %s %s (%s): %s", file, f.ID, f.Code, f.Title, fault)
			}
		}
	}
	if len(seen) < 40 && !testing.Short() {
		t.Errorf("only %d codes were seen", len(seen))
	}
}

// packetsOf gives the TCP segments and ICMP errors of captures by frame.
func packetsOf(t *testing.T, files ...string) map[uint64]tcp.Segment {
	t.Helper()
	src, err := capture.OpenFiles(files, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	packets := map[uint64]tcp.Segment{}
	for batch := new(capture.Batch); err == nil; {
		err = src.Next(batch)
		for _, seg := range batch.Segments {
			packets[seg.Frame] = seg
		}
	}
	if bad := new(capture.ReadError); !errors.Is(err, io.EOF) && !errors.As(err, &bad) {
		t.Fatal(err)
	}
	return packets
}

// faults says what a finding lacks.
func faults(f *report.Finding, packets map[uint64]tcp.Segment) (all []string) {
	fault := func(is bool, what string) {
		if is {
			all = append(all, what)
		}
	}
	fault(f.Time > f.Until, "it is over before it begins")
	fault(f.Title == "" || f.Explanation == "", "no words")
	fault(f.Conn == 0 && len(f.Evidence) > 0, "segments of no connection")
	fault(f.Conn != 0 && len(f.Evidence) == 0, "no segment proves it")
	fault(f.Conn == 0 && len(f.Conns) == 0 && f.Code != "truncated-capture", "it names no connections")
	fault(f.Confidence == findings.Certain.String() == (len(f.LooksLike) > 0), "what else would look the same does not go with the confidence")
	for _, e := range f.Evidence {
		p, ok := packets[e.Frame]
		fault(!ok, "a frame that is no TCP segment")
		fault(ok && !sameSegment(&e, &p, f), "a segment that is not what the capture has in its frame")
		fault(e.Role == "", "a segment without a role")
	}
	fault(!slices.IsSortedFunc(f.Evidence, func(a, b report.Evidence) int { return cmp.Compare(a.Frame, b.Frame) }), "segments in no order")
	fault(slices.ContainsFunc(f.Evidence, func(e report.Evidence) bool { return count(f, e.Frame) > 1 }), "a segment twice")
	fault(len(f.Evidence) > 0 && !slices.ContainsFunc(f.Evidence, func(e report.Evidence) bool {
		return f.Time <= e.Time && e.Time <= f.Until
	}), "no segment of when it was")
	return append(all, withoutReferences(f)...)
}

func count(f *report.Finding, frame uint64) (n int) {
	for _, e := range f.Evidence {
		if e.Frame == frame {
			n++
		}
	}
	return n
}

// sameSegment compares evidence with the packet in its frame.
func sameSegment(e *report.Evidence, p *tcp.Segment, f *report.Finding) bool {
	src, dst := f.Initiator, f.Responder
	if e.From == tcp.Responder.String() {
		src, dst = dst, src
	}
	ends := p.Src.Netip() == src.IP && p.SrcPort == src.Port && p.Dst.Netip() == dst.IP && p.DstPort == dst.Port
	icmp := p.Kind == tcp.KindICMP
	return ends && int64(e.Time) == p.Time && e.Seq == p.Seq && icmp == (e.ICMP != nil) && (icmp || e.Ack == p.Ack && e.Len == p.Len)
}

// withoutReferences says what a finding lacks that its rule has.
func withoutReferences(f *report.Finding) (all []string) {
	rule := findings.Lookup(f.Code)
	for name, list := range map[string]struct{ has, want []string }{
		"RFC": {f.RFC, rule.RFC}, "kernel function": {f.Kernel, rule.Kernel}, "sysctl": {f.Sysctl, rule.Sysctl},
		"counter": {f.Counter, rule.Counter},
	} {
		if !slices.Equal(list.has, list.want) {
			all = append(all, "not the rule's "+name)
		}
	}
	if len(f.RFC) == 0 || len(f.Advice) == 0 || len(rule.Confirm) == 0 {
		all = append(all, "no RFC, nothing to do or nothing to confirm it by")
	}
	// Which way packets take is no kernel's doing.
	if len(f.Kernel) == 0 && f.Severity != findings.Info.String() && f.Code != "one-way-capture" {
		all = append(all, "no kernel function")
	}
	return all
}
