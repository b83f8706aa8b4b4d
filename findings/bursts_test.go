package findings_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/tcp"
)

// inBursts gives a capture as a mirror of two ports makes it that hands on what it has of one port,
// and then what it has of the other: all packets of so many ns, at most so many, and then all of
// them again.
func inBursts(all []tcp.Segment, length int64, most int) (out []tcp.Segment) {
	for len(all) > 0 {
		n := 1
		for n < len(all) && n < most && all[n].Time-all[0].Time < length {
			n++
		}
		out = append(out, all[:n]...)
		for _, seg := range all[:n] {
			seg.Time = all[n-1].Time
			out = append(out, seg)
		}
		all = all[n:]
	}
	for i := range out {
		out[i].Frame = uint64(i + 1)
	}
	return out
}

// TestMirrorOfBursts: a mirror that records bursts of up to 60 packets, and then the same burst
// again, does not make retransmissions of what a kernel sent once. What is found of such a capture
// is what is found of one where each packet is recorded once. A burst of 15 ms is so long that a
// second record without an IP ID or a timestamp may be a second transmission, so such recordings
// are left out.
func TestMirrorOfBursts(t *testing.T) {
	dirs, err := lab.Find("../testdata/lab")
	if err != nil {
		t.Skip(err)
	}
	copies := uint64(0)
	for _, dir := range dirs {
		meta, err := lab.ReadMeta(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !mirrorable(meta) {
			continue
		}
		for _, file := range meta.Captures {
			all := segmentsOf(t, filepath.Join(dir, file))
			want, _ := observed(all)
			for _, burst := range []int64{2e6, 15e6} {
				got, n := observed(inBursts(all, burst, 60))
				if !slices.Equal(got, want) {
					t.Errorf("%s/%s/%s in bursts of %d ms: found %v, want %v", meta.Scenario, meta.Variation, file, burst/1e6, got, want)
				}
				copies += n
			}
		}
	}
	if copies < 5_000 {
		t.Errorf("only %d copies were left out", copies)
	}
}

// mirrorable reports whether a recording is one of a real connection whose packets have something
// that tells a second transmission from a second record, none of them duplicated on the way.
func mirrorable(meta *lab.Meta) bool {
	ordinary := slices.ContainsFunc([]string{"transfer-", "close-", "half-close", "zero-window", "keepalive-", "last-ack-", "fin-lost", "host-gone"},
		func(kind string) bool { return strings.HasPrefix(meta.Scenario, kind) })
	return ordinary && meta.Scenario != "transfer-duplicated" && !strings.Contains(meta.Variation, "nots")
}

func segmentsOf(t *testing.T, file string) (all []tcp.Segment) {
	t.Helper()
	src, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for seg, err := range capture.Segments(src) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *seg)
	}
	return all
}

// copyJudge is a judge that counts copies.
type copyJudge struct {
	judge
	copies uint64
}

func (j *copyJudge) Ended(l *fsm.Life) {
	j.copies += l.Copies
	j.judge.Ended(l)
}

// observed gives the codes of what is found, but that packets are recorded twice, and how many
// copies were left out.
func observed(all []tcp.Segment) (codes []string, copies uint64) {
	j := &copyJudge{judge: judge{engine: findings.NewEngine(findings.Config{})}}
	tracker := track.New(track.Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}}, j)
	tracker.ObserveAll(all)
	tracker.Finish()
	for _, f := range findings.Untold(append(j.found, j.engine.Finish(findings.CaptureFacts{})...)) {
		if f.Code != "duplicate-packets" {
			codes = append(codes, f.Code)
		}
	}
	slices.Sort(codes)
	return codes, j.copies
}
