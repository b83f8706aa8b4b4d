package scenario

import (
	"regexp"
	"testing"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/trace"
)

// TestLab really plays some quick scenarios, where the machine allows it.
func TestLab(t *testing.T) {
	tracer, err := trace.Open()
	if err != nil {
		t.Skipf("this machine cannot run the lab: %v", err)
	}
	if err := tracer.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	quick := regexp.MustCompile("^(close-four-segments/ipv4-near-initiator|challenge-ack-rst/ipv4-near-initiator|open-refused/ipv6-far)$")
	played := 0
	err = Run(All(), quick, dir, 3, func(r Result) {
		played++
		if r.Err != nil {
			t.Errorf("%s: %v", r.Name, r.Err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if dirs, err := lab.Find(dir); err != nil || len(dirs) != played || played != 3 {
		t.Errorf("%d of 3 played, recordings: %v, %v", played, dirs, err)
	}
}

// TestNames holds the scenarios' names to what can be a directory and an argument.
func TestNames(t *testing.T) {
	good := regexp.MustCompile(`^[a-z0-9-]+/[a-z0-9-]+$`)
	seen := make(map[string]bool)
	for _, name := range Names(nil) {
		if !good.MatchString(name) || seen[name] {
			t.Errorf("bad or repeated name %q", name)
		}
		seen[name] = true
	}
	for _, s := range All() {
		if len(s.Variations) < 2 {
			t.Errorf("%s has one variation only", s.Name)
		}
	}
}
