package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/ecs"
	"github.com/lastack/lastack/report/html"
	"github.com/lastack/lastack/report/markdown"
	"github.com/lastack/lastack/report/text"
	"github.com/lastack/lastack/report/zeek"
)

// format is one way to write a report.
type format struct {
	name     string
	ext      string // the extension that picks it, "" for none
	streams  bool   // it is written as records come, rather than at the end
	segments bool   // --segments has a meaning for it
	packets  bool   // it reads the input's packets again, and is not text
	open     func(*rendering) report.Sink
}

// formats are all of them, in the order of the help.
var formats = []*format{
	{name: "text", ext: ".txt", open: openText},
	{name: "ndjson", ext: ".ndjson", streams: true, segments: true, open: openNDJSON},
	{name: "markdown", ext: ".md", open: openMarkdown},
	{name: "jira", ext: ".jira", open: openJira},
	{name: "html", ext: ".html", open: openHTML},
	{name: "pcapng", ext: ".pcapng", packets: true, open: openPcapng},
	{name: "zeek", ext: ".log", open: openZeek},
	{name: "ecs", ext: ".ecs", streams: true, open: openECS},
}

// formatText is the name of the format that is written when none is asked for.
const formatText = "text"

// formatNames lists the formats' names.
func formatNames() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// extensions lists what picks a format.
func extensions() string {
	var all []string
	for _, f := range formats {
		if f.ext != "" {
			all = append(all, f.ext)
		}
	}
	return strings.Join(all, " ")
}

// formatNamed gives a format by its name, nil if there is none.
func formatNamed(name string) *format {
	return formatWith(func(f *format) bool { return f.name == name })
}

// formatFor gives the format that a file's name picks, nil if it picks none.
func formatFor(file string) *format {
	ext := strings.ToLower(filepath.Ext(file))
	return formatWith(func(f *format) bool { return ext != "" && f.ext == ext })
}

func formatWith(match func(*format) bool) *format {
	if i := slices.IndexFunc(formats, match); i >= 0 {
		return formats[i]
	}
	return nil
}

// rendering is what a format's sink is made of.
type rendering struct {
	app  *app
	out  *output
	opt  *options
	live bool

	blocks capture.Blocks // the input once more; nil when it cannot be read again
}

func openText(r *rendering) report.Sink {
	return text.New(r.out.buffer, r.app.textOptions(r.out.file, r.opt, r.live))
}

func openNDJSON(r *rendering) report.Sink { return report.NewNDJSON(r.out.buffer, r.opt.segments) }

func openMarkdown(r *rendering) report.Sink {
	return markdown.New(r.out.buffer, r.app.markdownOptions(r.opt))
}

func openJira(r *rendering) report.Sink {
	o := r.app.markdownOptions(r.opt)
	o.Jira = true
	return markdown.New(r.out.buffer, o)
}

func openHTML(r *rendering) report.Sink { return html.New(r.out.buffer, r.app.htmlOptions(r.opt)) }

func openZeek(r *rendering) report.Sink { return zeek.New(r.out.buffer) }

func openECS(r *rendering) report.Sink { return ecs.New(r.out.buffer, version) }
