// Command lastack-bench makes captures to measure with, and measures lastack side by side with
// other tools. docs/benchmarks.md has results.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/lastack/lastack/internal/traffic"
)

const usage = `usage:
  lastack-bench generate -kind short|bulk|flood [-connections N] [-packets N] [-snaplen N] [-format pcap|pcapng]
                         [-seed N] [-requests N] [-lossy PERCENT] [-answered] -o FILE
                                             make a capture, the same for the same settings
  lastack-bench record [-connections N] -o FILE
                                             capture short connections of this machine's kernel (root)
  lastack-bench run [-dir DIR] [-scale N] [-rounds N] [-capture FILE] [-only TEXT]
                                             measure lastack side by side with other tools
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	var err error
	switch os.Args[1] {
	case "generate":
		err = generate(os.Args[2:])
	case "record":
		err = record(os.Args[2:])
	case "run":
		err = run(os.Args[2:])
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lastack-bench:", err)
		os.Exit(1)
	}
}

// parse reads a command's flags.
func parse(flags *flag.FlagSet, args []string) {
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	if flags.Parse(args) != nil || flags.NArg() > 0 {
		flags.Usage()
		os.Exit(2)
	}
}

func generate(args []string) error {
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	var c traffic.Config
	var kind, format string
	flags.StringVar(&kind, "kind", "short", "")
	flags.StringVar(&format, "format", "pcap", "")
	flags.IntVar(&c.Connections, "connections", 0, "")
	flags.IntVar(&c.Packets, "packets", 0, "")
	flags.IntVar(&c.SnapLen, "snaplen", 0, "")
	flags.Uint64Var(&c.Seed, "seed", 0, "")
	flags.BoolVar(&c.Answered, "answered", false, "")
	flags.IntVar(&c.Requests, "requests", 0, "")
	flags.IntVar(&c.Lossy, "lossy", 0, "")
	name := flags.String("o", "", "")
	parse(flags, args)
	c.Kind, c.Format = traffic.Kind(kind), traffic.Format(format)
	if *name == "" {
		return fmt.Errorf("no file named: say -o FILE")
	}
	return write(*name, c)
}

// write makes a capture file.
func write(name string, c traffic.Config) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = traffic.Generate(f, c)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(name) // half a capture is worse than none
	}
	return err
}
