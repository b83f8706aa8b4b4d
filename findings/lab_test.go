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
)

// tested are the variations that are run here: one near and one far of each scenario. All of them
// are scored elsewhere.
func tested(variation string) bool {
	return strings.HasSuffix(variation, "ipv4-near") || strings.Contains(variation, "far")
}

// TestRecordedKernels runs recordings of real kernels through capture, tracker and engine. What
// must be found, and what must not, each recording's meta.json says from the kernels' own truth.
func TestRecordedKernels(t *testing.T) {
	dirs, err := lab.Find("../testdata/lab")
	if err != nil {
		t.Skip(err)
	}
	for _, dir := range dirs {
		meta, err := lab.ReadMeta(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(meta.Sysctl) > 0 || !tested(meta.Variation) {
			continue
		}
		t.Run(meta.Scenario+"/"+meta.Variation, func(t *testing.T) { checkRecording(t, dir, meta) })
	}
}

func checkRecording(t *testing.T, dir string, meta *lab.Meta) {
	var anywhere []string
	for _, file := range meta.Captures {
		for _, f := range foundIn(t, filepath.Join(dir, file)) {
			anywhere = append(anywhere, f.Code)
			checkForm(t, &f)
			if slices.Contains(meta.Never, f.Code) || meta.Clean && f.Severity > findings.Info {
				t.Errorf("%s: %s", file, describe(&f))
			}
		}
	}
	for _, code := range meta.Expect {
		if !slices.Contains(anywhere, code) {
			t.Errorf("%s was found at no capture point, only %v", code, anywhere)
		}
	}
}

// judge keeps what an engine finds in each life.
type judge struct {
	engine *findings.Engine
	found  []findings.Finding
}

func (j *judge) Segment(uint64, *fsm.Step) {}

func (j *judge) Ended(l *fsm.Life) { j.found = append(j.found, j.engine.Judge(l)...) }

func foundIn(t *testing.T, file string) []findings.Finding {
	t.Helper()
	src, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	j := &judge{engine: findings.NewEngine(findings.Config{})}
	tracker := track.New(track.Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}}, j)
	for seg, err := range capture.Segments(src) {
		if err != nil {
			t.Fatal(err)
		}
		tracker.Observe(seg)
	}
	tracker.Finish()
	return findings.Untold(append(j.found, j.engine.Finish(findings.CaptureFacts{})...))
}
