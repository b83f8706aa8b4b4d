// Command gendocs writes the catalogue of findings as Markdown: go generate ./findings.
package main

import (
	"fmt"
	"os"

	"github.com/lastack/lastack/findings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: gendocs FILE")
	}
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	if err := findings.WriteDocs(f); err != nil {
		return err
	}
	return f.Close()
}
