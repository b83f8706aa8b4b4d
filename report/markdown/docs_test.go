package markdown

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report/examples"
)

func TestDocsAreInStep(t *testing.T) {
	docs, err := Docs()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range docs {
		got, err := os.ReadFile(filepath.Join("../../docs", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/%s does not say what the rules say (%v): run go generate ./report/markdown", name, err)
		}
	}
	pages, err := filepath.Glob("../../docs/findings/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if docs["findings/"+filepath.Base(p)] == nil {
			t.Errorf("%s is about no finding that there is", p)
		}
	}
}

// untold is the code without an example: it is about files.
const untold = "truncated-capture"

func TestPagesHaveExamples(t *testing.T) {
	for _, r := range findings.Catalogue() {
		f := examples.Of(r.Code)
		if f == nil && r.Code != untold {
			t.Errorf("%s has no example", r.Code)
		}
		var page bytes.Buffer
		if err := WriteRule(&page, r); err != nil {
			t.Fatal(err)
		}
		drawn := strings.Contains(page.String(), "```mermaid")
		if want := f != nil && len(f.Evidence) > 0; drawn != want {
			t.Errorf("%s: drawn is %v", r.Code, drawn)
		}
	}
}
