package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lastack/lastack/report"
)

// stdoutOutput is standard output, named as a file.
const stdoutOutput = "-"

// output is one place that the report goes to.
type output struct {
	name   string
	format *format
	file   *os.File
	buffer *bufio.Writer
	sink   report.Sink
}

// outputs are all the places that one run's report goes to.
type outputs struct {
	all      []*output
	progress *progressLine // nil when there is none to show
}

// openOutputs opens what the flags ask for; live for output that must not wait for the end.
func (a *app) openOutputs(o *options, live bool) (*outputs, error) {
	names := o.outputs
	if len(names) == 0 {
		names = []string{stdoutOutput}
	}
	outs := new(outputs)
	for _, name := range names {
		out, err := a.openOutput(name, o)
		if err != nil {
			outs.abandon()
			return nil, err
		}
		outs.all = append(outs.all, out)
	}
	if err := checkOutputs(outs.all, o); err != nil {
		outs.abandon()
		return nil, err
	}
	if !live {
		outs.progress = a.progress(outs.all, o)
	}
	for _, out := range outs.all {
		a.render(out, o, live, outs.progress)
	}
	return outs, nil
}

func (a *app) openOutput(name string, o *options) (*output, error) {
	if name == stdoutOutput {
		format := formatNamed(o.format)
		if format == nil {
			return nil, fmt.Errorf("--format %s: want one of %s", o.format, strings.Join(formatNames(), ", "))
		}
		return &output{name: name, format: format, file: a.out}, nil
	}
	format := formatFor(name)
	if format == nil {
		return nil, fmt.Errorf("-o %s: the extension picks the format: want one of %s", name, extensions())
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	return &output{name: name, format: format, file: f}, nil
}

// checkOutputs refuses flags that would have no effect on any output.
func checkOutputs(all []*output, o *options) error {
	if o.segments && !slices.ContainsFunc(all, func(out *output) bool { return out.format.segments }) {
		return errors.New("--segments is for NDJSON: add --format ndjson, or -o FILE.ndjson; a text shows the segments of one connection with --conn")
	}
	toStdout := slices.ContainsFunc(all, func(out *output) bool { return out.name == stdoutOutput })
	if o.format != formatText && !toStdout {
		return fmt.Errorf("--format %s is for standard output, and all output goes to files; -o - adds it", o.format)
	}
	return nil
}

// sink gives all outputs as one.
func (o *outputs) sink() report.Sink {
	if len(o.all) == 1 {
		return o.all[0].sink
	}
	var m report.Multi
	for _, out := range o.all {
		m = append(m, out.sink)
	}
	return m
}

// close writes out what is left.
func (o *outputs) close() error {
	var errs []error
	for _, out := range o.all {
		errs = append(errs, out.buffer.Flush())
		if out.name != stdoutOutput {
			errs = append(errs, out.file.Close())
		}
	}
	return errors.Join(errs...)
}

// abandon closes what was opened for a run that does not happen.
func (o *outputs) abandon() {
	for _, out := range o.all {
		if out.name != stdoutOutput {
			out.file.Close()
			os.Remove(out.name)
		}
	}
}
