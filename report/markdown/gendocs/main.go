// Command gendocs writes the documentation of all findings into a directory: go generate
// ./report/markdown.
package main

import (
	"fmt"
	"os"

	"github.com/lastack/lastack/report/markdown"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gendocs DIRECTORY")
		os.Exit(2)
	}
	if err := markdown.WriteDocs(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gendocs:", err)
		os.Exit(1)
	}
}
