package fsm

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestReceiverKnowsOnlyItself: what a socket does with a segment is said without the capture, the
// other side's socket and what was seen before. Only so it can be held against a kernel alone.
func TestReceiverKnowsOnlyItself(t *testing.T) {
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, name := range names {
		if !strings.HasPrefix(name.Name(), "receive") && name.Name() != "checks.go" {
			continue
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), name.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				switch id.Name {
				case "Pair", "Env", "Step", "Ring", "Tally", "arrival", "flight":
					t.Errorf("%s mentions %s", name.Name(), id.Name)
				}
			}
			return true
		})
	}
	if files < 6 {
		t.Errorf("only %d files were looked at", files)
	}
}
