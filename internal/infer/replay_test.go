package infer_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lastack/lastack/fsm"
)

// TestScripts plays every case of testdata/*.script in all variants.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.script")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), ".script")
		for _, c := range readScript(t, file) {
			stacks := c.stacks
			if len(stacks) == 0 {
				stacks = []fsm.Stack{fsm.Linux}
			}
			for _, stack := range stacks {
				name := base + "/" + c.name
				if stack != fsm.Linux {
					name += " (" + stack.String() + ")"
				}
				for i := range variants { // one that fails as it is written would fail in each of the others
					v := &variants[i]
					if !t.Run(name+"/"+v.name, func(t *testing.T) { c.run(t, stack, v) }) {
						break
					}
				}
			}
		}
	}
}
