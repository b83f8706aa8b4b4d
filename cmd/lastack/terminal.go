package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/internal/run"
)

// This file owns the terminal's manners: what is one, how wide it is, whether it takes colour and
// Unicode, and the progress line.

// The widths of a page. Longer lines than the widest are hard to read.
const (
	defaultWidth = 80
	maxWidth     = 120
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// width gives the columns to fill on f.
func width(f *os.File) int {
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil || n <= 0 {
		return defaultWidth
	}
	return min(n, maxWidth)
}

// colorModes are what --color takes.
var colorModes = []string{"auto", "always", "never"}

// color decides whether f gets colour (https://no-color.org).
func (a *app) color(mode string, f *os.File) bool {
	switch mode {
	case "always":
		return true
	case "never":
		return false
	}
	return isTerminal(f) && a.env("NO_COLOR") == "" && a.env("TERM") != "dumb"
}

// unicode reports whether the locale has Unicode (POSIX: the first that is set of LC_ALL, LC_CTYPE
// and LANG decides).
func (a *app) unicode() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := a.env(name); v != "" {
			v = strings.ToUpper(v)
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// eraseLine moves to the beginning of a terminal's line and clears it.
const eraseLine = "\r\x1b[K"

// progressAfter is how long a run may take before it says how far it is.
const progressAfter = 500 * time.Millisecond

// progressLine shows on a terminal how far a run is, in one line that is written over and over.
type progressLine struct {
	w     io.Writer
	width int
	shown bool
}

func (p *progressLine) show(now run.Progress) {
	if now.Elapsed < progressAfter {
		return
	}
	text := []rune(progressText(now))
	fmt.Fprint(p.w, eraseLine+string(text[:min(len(text), p.width-1)]))
	p.shown = true
}

// erase makes room for something else.
func (p *progressLine) erase() {
	if p.shown {
		fmt.Fprint(p.w, eraseLine)
		p.shown = false
	}
}

// progressText gives "1.2 GB of 20.0 GB (6 %), 3,210,000 packets, 12 findings, 410.0 MB/s, 46 s
// left".
func progressText(p run.Progress) string {
	rate := float64(p.BytesRead) / p.Elapsed.Seconds()
	read, left := human.Bytes(p.BytesRead), ""
	if p.BytesAll > 0 && rate > 0 {
		read += fmt.Sprintf(" of %s (%d %%)", human.Bytes(p.BytesAll), 100*p.BytesRead/p.BytesAll)
		remaining := time.Duration(float64(p.BytesAll-p.BytesRead) / rate * 1e9).Round(time.Second)
		left = ", " + human.Duration(remaining) + " left"
	}
	return fmt.Sprintf("%s, %s, %s, %s/s%s", read, human.Count(p.Packets, "packet"), human.Count(p.Findings, "finding"),
		human.Bytes(int64(rate)), left)
}

// afterProgress is a writer that takes the progress line away first.
type afterProgress struct {
	w io.Writer
	p *progressLine
}

func (a afterProgress) Write(b []byte) (int, error) {
	a.p.erase()
	return a.w.Write(b)
}
