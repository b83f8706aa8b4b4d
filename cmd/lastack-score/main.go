// Command lastack-score holds lastack against the lab's recordings: what real kernels did with
// every segment.
package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"

	"github.com/spf13/pflag"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/score"
)

func main() {
	dir := pflag.String("dir", "testdata/lab", "where the recordings are")
	only := pflag.String("run", "", "score only the recordings whose path matches this regular expression")
	assumptions := pflag.Bool("assumptions", false, "count what was assumed, and how often that was wrong")
	verbose := pflag.BoolP("verbose", "v", false, "print each difference")
	pflag.Parse()
	if pflag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "lastack-score: %s is no flag; --dir says where the recordings are\n", pflag.Arg(0))
		os.Exit(2)
	}
	scoreAll := func() error { return run(*dir, *only, *verbose) }
	if *assumptions {
		scoreAll = func() error { return assumed(*dir, *only) }
	}
	if err := scoreAll(); err != nil {
		fmt.Fprintln(os.Stderr, "lastack-score:", err)
		os.Exit(1)
	}
}

func run(dir, only string, verbose bool) error {
	byTap := map[string]*score.Score{}
	all := new(score.Score)
	err := each(dir, only, func(rec *lab.Recording, tap string, hosts fsm.Hosts) error {
		s, err := score.Recording(rec, tap, hosts)
		if err != nil {
			return err
		}
		if byTap[tap] == nil {
			byTap[tap] = new(score.Score)
		}
		byTap[tap].Add(s)
		all.Add(s)
		return nil
	})
	if err != nil {
		return err
	}
	for _, tap := range score.Taps {
		if s := byTap[tap]; s != nil {
			fmt.Printf("%-10s %s\n", tap, s.Line())
		}
	}
	fmt.Printf("%-10s %s\n%-10s %s\n", "all", all.Line(), "", all.Knowable())
	if verbose {
		for _, m := range slices.Concat(all.SegmentMisses, all.SideMisses, all.FindingMisses) {
			if why := m.Why(); why != "" {
				fmt.Printf("%v (cannot be known: %s)\n", m, why)
				continue
			}
			fmt.Println(m)
		}
		for _, m := range all.Unlisted {
			fmt.Println(m, "(unlisted)")
		}
	}
	return nil
}

// assumed prints what was assumed in all recordings.
func assumed(dir, only string) error {
	all := new(score.Assumed)
	err := each(dir, only, func(rec *lab.Recording, tap string, hosts fsm.Hosts) error {
		a, err := score.Assumptions(rec, tap, hosts)
		if err != nil {
			return err
		}
		all.Add(a)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Print(all.Lines())
	return nil
}

// each calls with every tap of the recordings that are asked for and have a kernel's truth.
func each(dir, only string, with func(rec *lab.Recording, tap string, hosts fsm.Hosts) error) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("--run: %w", err)
	}
	dirs, err := lab.Find(dir)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		if !pattern.MatchString(d) {
			continue
		}
		rec, err := lab.ReadRecording(d)
		if err != nil {
			return err
		}
		if len(rec.Truth) == 0 {
			continue
		}
		hosts, err := score.Hosts(rec.Meta.Sysctl)
		if err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
		for _, tap := range score.Taps {
			if err := with(rec, tap, hosts); err != nil {
				return fmt.Errorf("%s: %w", d, err)
			}
		}
	}
	return nil
}
