package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/lastack/lastack/capture"
)

// reading are the flags about how files are read, as typed.
type reading struct {
	filter  string
	workers int
}

func (r *reading) addTo(set *pflag.FlagSet) {
	set.StringVarP(&r.filter, "filter", "f", "", "only packets that match the BPF `EXPRESSION` (pcap-filter(7))")
	set.IntVar(&r.workers, "workers", 0, "use at `MOST` so many processors; 0, the default, is all of them; with 1, one thing at a time")
}

// options makes what was typed into a Source's options.
func (r *reading) options(stdin io.Reader, copied io.Writer) (capture.Options, error) {
	if r.workers < 0 {
		return capture.Options{}, fmt.Errorf("--workers %d: want at least 1, or 0 for all processors", r.workers)
	}
	workers := r.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return capture.Options{Filter: r.filter, Stdin: stdin, Copy: copied, Workers: workers}, nil
}
