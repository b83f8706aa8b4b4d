package findings

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

//go:generate go run ./gendocs ../docs/findings.md

// WriteDocs writes the whole catalogue as one Markdown page: docs/findings.md.
func WriteDocs(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, "# Findings\n\n<!-- Written by go generate ./findings from the rules: edit those. -->\n\n"+
		"What lastack can say about a connection. `lastack explain CODE` prints the same page for one code. Severities: `error` the "+
		"connection failed, was cut, or data was lost; `warning` it worked but is degraded or likely to fail; `notice` unusual and "+
		"explained; `info` a fact worth knowing.\n")
	writeContents(b)
	var group Group
	for _, r := range rules {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(b, "\n## %s\n", group)
		}
		r.writeDocs(b)
	}
	return b.Flush()
}

func writeContents(b *bufio.Writer) {
	fmt.Fprint(b, "\n| code | severity | fires when |\n|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(b, "| [`%s`](#%s) | %s | %s |\n", r.Code, r.Code, r.Severity, strings.ReplaceAll(r.Summary, "|", `\|`))
	}
}

func (r *Rule) writeDocs(b *bufio.Writer) {
	fmt.Fprintf(b, "\n### %s\n\n**%s** (%s, since %s): %s.\n\n%s\n\n%s\n", r.Code, r.Title, r.Severity, r.Since, r.Summary, r.What, r.Why)
	for _, part := range []struct {
		head  string
		lines []string
	}{
		{"How to confirm it", r.Confirm},
		{"What to do", r.Do},
		{"What would look the same", r.LooksLike},
		{"Common misreadings", r.Misreadings},
		{"What others call it", r.OtherNames},
	} {
		writeList(b, part.head, part.lines)
	}
	writeLine(b, "RFC", "", r.RFC)
	writeLine(b, "Linux functions", "`", r.Kernel)
	writeLine(b, "sysctl", "`", r.Sysctl)
	writeLine(b, "Counters (nstat)", "`", r.Counter)
	writeLine(b, "Symptoms that it takes with it", "`", r.Absorbs)
}

func writeList(b *bufio.Writer, head string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n", head)
	for _, l := range lines {
		fmt.Fprintf(b, "- %s\n", l)
	}
}

func writeLine(b *bufio.Writer, head, quote string, words []string) {
	if len(words) > 0 {
		fmt.Fprintf(b, "\n%s: %s%s%s\n", head, quote, strings.Join(words, quote+", "+quote), quote)
	}
}
