package main

import (
	"os"
	"strings"
	"testing"
)

// TestSpoolEnds keeps what there is room for, never fails a write, and says so afterwards.
func TestSpoolEnds(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s, err := newSpool(5)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"abc", "def", "ghi"} {
		if n, err := s.Write([]byte(part)); n != 3 || err != nil {
			t.Errorf("write: %d, %v", n, err)
		}
	}
	if b, err := os.ReadFile(s.file.Name()); string(b) != "abcde" {
		t.Errorf("kept %q, %v", b, err)
	}
	if err := s.failure(); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("failure: %v", err)
	}
	s.remove()
	if _, err := os.Stat(s.file.Name()); !os.IsNotExist(err) {
		t.Errorf("left behind: %v", err)
	}
}
