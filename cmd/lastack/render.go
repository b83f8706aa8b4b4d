package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/html"
	"github.com/lastack/lastack/report/markdown"
	"github.com/lastack/lastack/report/text"
)

// render makes an output's sink.
func (a *app) render(r *rendering, progress *progressLine) {
	out := r.out
	var w io.Writer = out.file
	if progress != nil && out.file == a.out {
		w = afterProgress{w, progress}
	}
	out.buffer = bufio.NewWriterSize(w, 64<<10)
	out.sink = out.format.open(r)
	if r.live {
		out.sink = promptly{out.sink, out.buffer}
	}
}

func (a *app) textOptions(f *os.File, o *options, live bool) text.Options {
	opt := text.Options{
		ASCII: o.ascii, Color: a.color(o.color, f), Width: defaultWidth,
		MinSeverity: o.minText(), MaxFindings: o.maxFindings, Immediate: live,
		Connections: o.verbose, Ladder: o.conn != "", Scope: o.scope(), Command: "lastack " + shellQuote(a.listing()),
	}
	if isTerminal(f) {
		opt.Width = width(f)
	}
	if f == a.out && !a.unicode() {
		opt.ASCII = true
	}
	return opt
}

func (a *app) markdownOptions(o *options) markdown.Options {
	return markdown.Options{
		Diagram: diagrams[o.diagram], MinSeverity: o.minText(), MaxFindings: o.maxFindings, Scope: o.scope(),
		Command: "lastack " + shellQuote(a.listing()), Generator: "lastack " + version,
	}
}

func (a *app) htmlOptions(o *options) html.Options {
	return html.Options{MinSeverity: o.minText(), MaxFindings: o.maxFindings, Scope: o.scope(),
		Command: "lastack " + shellQuote(a.listing()), Generator: "lastack " + version}
}

// progress gives the progress line, if it can be shown without getting between the lines of a
// report.
func (a *app) progress(all []*output, o *options) *progressLine {
	if !isTerminal(a.err) {
		return nil
	}
	for _, out := range all {
		streams := out.format.streams || o.verbose || o.conn != ""
		if isTerminal(out.file) && streams {
			return nil
		}
	}
	return &progressLine{w: a.err, width: width(a.err)}
}

// promptly is a sink whose output does not wait in a buffer: somebody is watching.
type promptly struct {
	report.Sink
	buffer *bufio.Writer
}

func (p promptly) Finding(r *report.Finding) error { return p.after(p.Sink.Finding(r)) }

func (p promptly) Connection(r *report.Connection) error { return p.after(p.Sink.Connection(r)) }

func (p promptly) after(err error) error { return errors.Join(err, p.buffer.Flush()) }

// notListed are flags, with a value, of outputs, and of how a run goes about it, which changes
// nothing of what it says.
var notListed = []string{"--output", "-o", "--format", "--max-findings", "--diagram", "--slice", "--finding", "--workers"}

// listing gives the command line without its outputs: the same again, as text on standard output.
func (a *app) listing() []string {
	var kept []string
	for i := 0; i < len(a.args); i++ {
		arg := a.args[i]
		name, _, joined := strings.Cut(arg, "=")
		switch {
		case name == "--all-packets":
		case slices.Contains(notListed, name):
			if !joined {
				i++ // its value
			}
		case strings.HasPrefix(arg, "-o") && !strings.HasPrefix(arg, "--"):
		default:
			kept = append(kept, arg)
		}
	}
	return kept
}

// shellQuote joins arguments so that a shell would split them the same way.
func shellQuote(args []string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"
	quoted := make([]string, len(args))
	for i, arg := range args {
		if arg == "" || strings.Trim(arg, safe) != "" {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		quoted[i] = arg
	}
	return strings.Join(quoted, " ")
}
