package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the README's outputs anew")

const readme = "../../README.md"

// shown is an output in the README: the command that makes it, and the block that shows it.
var shown = regexp.MustCompile("(?s)<!-- output: lastack ([^\n]*) -->\n```text\n(.*?)```\n")

// What the README shows is what the program says.
func TestREADMEShowsRealOutput(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	blocks := shown.FindAllStringSubmatchIndex(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("the README shows no output")
	}
	fresh, last := "", 0
	for _, b := range blocks {
		command := string(text[b[2]:b[3]])
		fresh += string(text[last:b[4]]) + "$ lastack " + command + "\n" + said(t, strings.Fields(command))
		last = b[5]
	}
	fresh += string(text[last:])
	if *update {
		if err := os.WriteFile(readme, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if fresh != string(text) {
		t.Error("the README shows something else than the program says: look at what changed after go test ./cmd/lastack -update")
	}
}

// said gives what the program says, run in the repository's root.
func said(t *testing.T, args []string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "lastack")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = filepath.Dir(readme)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("lastack %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}
