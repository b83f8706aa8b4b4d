package markdown

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/lastack/lastack/findings"
)

//go:generate go run ./gendocs ../../docs

// generated says at the head of a page where it comes from.
const generated = "<!-- Written by go generate ./report/markdown from the rules in findings: edit those. -->\n\n"

// Docs gives the documentation of all findings: by file name, the catalogue and one page for each
// code.
func Docs() (map[string][]byte, error) {
	docs := make(map[string][]byte)
	var b bytes.Buffer
	b.WriteString(generated)
	page := func(code string) string { return "findings/" + code + ".md" }
	if err := WriteCatalogue(&b, findings.Catalogue(), page); err != nil {
		return nil, err
	}
	docs["findings.md"] = bytes.Clone(b.Bytes())
	for _, r := range findings.Catalogue() {
		b.Reset()
		b.WriteString(generated)
		if err := WriteRule(&b, r); err != nil {
			return nil, err
		}
		docs[page(r.Code)] = bytes.Clone(b.Bytes())
	}
	return docs, nil
}

// WriteDocs writes the documentation into a directory.
func WriteDocs(dir string) error {
	docs, err := Docs()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "findings"), 0o755); err != nil {
		return err
	}
	for name, text := range docs {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
