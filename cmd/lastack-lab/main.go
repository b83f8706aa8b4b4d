// Command lastack-lab plays the lab's scenarios on this machine's kernel and writes the recordings. docs/lab.md describes
// what it makes.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
)

const usage = `usage:
  lastack-lab list [-run REGEXP]             the scenarios and their variations
  lastack-lab run  [-run REGEXP] [-o DIR]    play them and write the recordings below DIR
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
	pattern := flags.String("run", "", "which scenarios, by scenario/variation")
	dir := flags.String("o", "testdata/lab", "where the recordings go")
	parallel := flags.Int("parallel", 40, "how many at once")
	if err := flags.Parse(os.Args[2:]); err != nil {
		os.Exit(2)
	}
	match, err := regexp.Compile(*pattern)
	if err == nil {
		switch os.Args[1] {
		case "list":
			err = list(match)
		case "run":
			err = run(match, *dir, *parallel)
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
