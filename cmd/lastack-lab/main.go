// Command lastack-lab plays the lab's scenarios on this machine's kernel and writes the recordings.
// docs/lab.md describes what it makes.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
)

const usage = `usage:
  lastack-lab list [-run REGEXP]             the scenarios and their variations
  lastack-lab run  [-run REGEXP] [-o DIR] [-vary SEED]
                                             play them and write the recordings below DIR; with a seed in other
                                             variations: delays, settings, ports and sizes drawn from it
  lastack-lab wild -o DIR [-seed N] [-n 100] [-tcpdump]
                                             play random stories between two kernels, hold the tracker and the rules against
                                             what happened, and keep the recordings in which they differ; with -tcpdump over
                                             the kernel's own devices, with their offloads, recorded by a real tcpdump
  lastack-lab fuzz -o DIR [-duration 10m] [-seed N] [-parallel N]
                                             send random segments to the kernel's TCP, hold the tracker against what it
                                             does with them, and write recordings of each difference below DIR
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if os.Args[1] == "fuzz" {
		if err := runFuzz(os.Args[2:]); err != nil {
			fail(err)
		}
		return
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	seed := flags.Uint64("seed", 1, "what wild's random choices start from")
	count := flags.Int("n", 100, "how many stories wild plays")
	pattern := flags.String("run", "", "which scenarios, by scenario/variation")
	dir := flags.String("o", "testdata/lab/stories", "where the recordings go")
	parallel := flags.Int("parallel", 40, "how many at once")
	vary := flags.Uint64("vary", 0, "draw other variations from this seed")
	tcpdump := flags.Bool("tcpdump", false, "wild: over the kernel's own devices, recorded by tcpdump")
	if err := flags.Parse(os.Args[2:]); err != nil {
		os.Exit(2)
	}
	match, err := regexp.Compile(*pattern)
	if err == nil {
		switch os.Args[1] {
		case "list":
			err = list(match)
		case "run":
			err = run(match, *dir, *parallel, *vary)
		case "wild":
			err = wild(match, *dir, *parallel, *seed, *count, *tcpdump)
		default:
			flags.Usage()
			os.Exit(2)
		}
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "lastack-lab:", err)
	os.Exit(1)
}
