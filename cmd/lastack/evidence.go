package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/pcapng"
)

// The values of --slice.
const (
	sliceFinding = "finding"
	sliceConn    = "conn"
)

// addEvidence adds the flags about annotated captures.
func (o *options) addEvidence(cmd *cobra.Command) {
	set := pflag.NewFlagSet("evidence", pflag.ContinueOnError)
	set.StringVar(&o.slice, "slice", "", "packets `OF` each finding (default) or of each conn concerned, whole")
	set.BoolVar(&o.allPackets, "all-packets", false, "the whole capture, annotated")
	grouped(cmd, "What is in an annotated capture (.pcapng):", set)
	complete(cmd, map[string][]string{"slice": {sliceFinding, sliceConn}})
}

// packets gives what an annotated capture holds.
func (o *options) packets() (pcapng.Scope, error) {
	switch {
	case o.allPackets && o.slice != "":
		return 0, errors.New("--all-packets and --slice exclude each other")
	case o.allPackets:
		return pcapng.All, nil
	case o.slice == sliceConn:
		return pcapng.Connections, nil
	case o.slice == sliceFinding, o.slice == "":
		return pcapng.Evidence, nil
	}
	return 0, fmt.Errorf("--slice %s: want %s or %s", o.slice, sliceFinding, sliceConn)
}

func openPcapng(r *rendering) report.Sink {
	scope, _ := r.opt.packets() // checkOutputs has seen the error
	return pcapng.New(r.out.buffer, r.blocks, pcapng.Options{Scope: scope, MinSeverity: r.opt.minText(), Chosen: r.opt.conn != ""})
}

// wantsPackets reports whether an output reads the input a second time.
func (o *options) wantsPackets() bool {
	for _, name := range o.outputNames() {
		f := formatFor(name)
		if name == stdoutOutput {
			f = formatNamed(o.format)
		}
		if f != nil && f.packets {
			return true
		}
	}
	return false
}

// overwrites refuses an output that is one of the inputs.
func (o *options) overwrites(inputs []string) error {
	for _, out := range o.outputs {
		to, err := os.Stat(out)
		if err != nil || !to.Mode().IsRegular() {
			continue
		}
		for _, in := range inputs {
			if from, err := os.Stat(in); err == nil && os.SameFile(from, to) {
				return fmt.Errorf("-o %s: this is the input", out)
			}
		}
	}
	return nil
}
