package fsm

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestSocketImportsTCPAlone: what a socket does with a segment is said without the capture, the
// other side's socket and what was seen before. Only so it can be held against a kernel alone.
func TestSocketImportsTCPAlone(t *testing.T) {
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, name := range names {
		if !strings.HasSuffix(name.Name(), ".go") || strings.HasSuffix(name.Name(), "_test.go") {
			continue
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), name.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if strings.Contains(path, ".") && path != "github.com/lastack/lastack/tcp" {
				t.Errorf("%s imports %s", name.Name(), path)
			}
		}
	}
	if files < 20 {
		t.Errorf("only %d files were looked at", files)
	}
}
