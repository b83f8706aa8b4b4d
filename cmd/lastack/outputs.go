package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lastack/lastack/capture"
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

// outputNames lists the places that the report goes to.
func (o *options) outputNames() []string {
	if len(o.outputs) == 0 {
		return []string{stdoutOutput}
	}
	return o.outputs
}

// openOutputs opens what the flags ask for; live for output that must not wait for the end. blocks
// are the input once more, nil when it cannot be read again.
func (a *app) openOutputs(o *options, live bool, blocks capture.Blocks) (*outputs, error) {
	outs := new(outputs)
	for _, name := range o.outputNames() {
		out, err := a.openOutput(name, o)
		if err != nil {
			outs.abandon()
			return nil, err
		}
		outs.all = append(outs.all, out)
	}
	if err := checkOutputs(outs.all, o, blocks != nil); err != nil {
		outs.abandon()
		return nil, err
	}
	if !live {
		outs.progress = a.progress(outs.all, o)
	}
	for _, out := range outs.all {
		a.render(&rendering{app: a, out: out, opt: o, live: live, blocks: blocks}, outs.progress)
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

// checkOutputs refuses flags that would have no effect on any output, and outputs that cannot be
// made; again tells whether the input can be read again.
func checkOutputs(all []*output, o *options, again bool) error {
	if err := checkPackets(all, o, again); err != nil {
		return err
	}
	if o.segments && !slices.ContainsFunc(all, func(out *output) bool { return out.format.segments }) {
		return errors.New("--segments is for NDJSON: add --format ndjson, or -o FILE.ndjson; " +
			"a text shows the segments of one connection with --conn")
	}
	toStdout := slices.ContainsFunc(all, func(out *output) bool { return out.name == stdoutOutput })
	if o.format != formatText && !toStdout {
		return fmt.Errorf("--format %s is for standard output, and all output goes to files; -o - adds it", o.format)
	}
	return nil
}

// checkPackets does so for annotated captures.
func checkPackets(all []*output, o *options, again bool) error {
	i := slices.IndexFunc(all, func(out *output) bool { return out.format.packets })
	switch {
	case i < 0 && (o.slice != "" || o.allPackets):
		return errors.New("--slice and --all-packets are for annotated captures: add -o FILE.pcapng")
	case i < 0:
		return nil
	case !again:
		return errors.New("an annotated capture is made of a capture file: record one with tcpdump -w, and analyze that")
	case isTerminal(all[i].file):
		return errors.New("--format pcapng is not for a terminal: use -o FILE.pcapng, or a pipe")
	}
	_, err := o.packets()
	return err
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
