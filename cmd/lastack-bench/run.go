package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// bench is a series of measurements.
type bench struct {
	files   captures
	rounds  int
	lastack string
	only    string
	err     error // the first that kept a capture from being made
}

// path gives a capture's path, and makes it when it is not there.
func (b *bench) path(name string) string {
	path, err := b.files.get(name)
	if err != nil && b.err == nil {
		b.err = err
	}
	return path
}

// onFiles gives a command with the paths of the captures that it names.
func (b *bench) onFiles(c command) command {
	out := make(command, len(c))
	for i, args := range c {
		out[i] = slices.Clone(args)
		for j, arg := range args {
			if b.files.has(arg) {
				out[i][j] = b.path(arg)
			}
		}
	}
	return out
}

func run(args []string) error {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	var b bench
	flags.StringVar(&b.files.dir, "dir", "", "")
	flags.StringVar(&b.files.real, "capture", "", "")
	flags.IntVar(&b.files.scale, "scale", 1, "")
	flags.IntVar(&b.rounds, "rounds", 5, "")
	flags.StringVar(&b.only, "only", "", "")
	parse(flags, args)
	if b.files.scale < 1 || b.rounds < 1 {
		return fmt.Errorf("-scale and -rounds: want at least 1")
	}
	if b.files.dir == "" {
		dir, err := os.MkdirTemp("", "lastack-bench-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		b.files.dir = dir
	}
	b.files.warm = make(map[string]bool)
	var err error
	if b.lastack, err = lastack(b.files.dir); err != nil {
		return err
	}
	return b.run()
}

// run prints the tables as Markdown, row by row.
func (b *bench) run() error {
	cores := min(2, runtime.NumCPU())
	fmt.Printf("%d cores, Go %s, every time is the median of %d\n\n", runtime.NumCPU(), runtime.Version(), b.rounds)
	fmt.Println("| capture | against | lastack, one core | the other, one core | ratio, one / two cores | aim | |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, r := range b.rows() {
		if !strings.Contains(r.capture+" "+r.what+" "+r.against, b.only) {
			continue
		}
		if err := b.compare(&r, cores); err != nil {
			return err
		}
	}
	if b.only != "" {
		return nil
	}
	return b.memory()
}

// compare measures one row and prints it.
func (b *bench) compare(r *row, cores int) error {
	name := strings.TrimSuffix(r.capture+", "+r.what, ", ")
	if !r.theirs.installed() {
		fmt.Printf("| %s | %s | not installed | | | | |\n", name, r.against)
		return nil
	}
	ours, theirs := b.onFiles(r.ours), b.onFiles(r.theirs)
	if errors.Is(b.err, errNotRoot) {
		fmt.Printf("| %s | %s | %v | | | | |\n", name, r.against, b.err)
		b.err = nil
		return nil
	}
	if b.err != nil {
		return b.err
	}
	ratios := [3]float64{}
	var first []result
	for n := 1; n <= cores; n++ {
		rs, err := sideBySide(b.rounds, n, ours, theirs)
		if err != nil {
			return err
		}
		if n == 1 {
			first = rs
		}
		ratios[n] = r.ratio(rs[0], rs[1])
	}
	fmt.Printf("| %s | %s | %.2f s | %.2f s | %s / %s | %s / %s | %s |\n", name, r.against, first[0].wall.Seconds(), first[1].wall.Seconds(),
		r.times(ratios[1]), r.times(ratios[2]), r.aim(r.one), r.aim(r.two), r.met(ratios))
	return nil
}

func (r *row) ratio(ours, theirs result) float64 {
	if r.faster {
		return theirs.wall.Seconds() / ours.wall.Seconds()
	}
	return ours.wall.Seconds() / theirs.wall.Seconds()
}

func (r *row) times(ratio float64) string {
	switch {
	case ratio == 0:
		return "–"
	case r.faster:
		return fmt.Sprintf("%.0f × faster", ratio)
	}
	return fmt.Sprintf("%.2f ×", ratio)
}

func (r *row) aim(ratio float64) string {
	switch {
	case ratio == 0:
		return "–"
	case r.faster:
		return "≥ " + r.times(ratio)
	}
	return "≤ " + r.times(ratio)
}

// met says which aims were reached.
func (r *row) met(ratios [3]float64) string {
	ok := func(ratio, aim float64) string {
		if ratio == 0 || aim == 0 {
			return "–"
		}
		if r.faster && ratio >= aim || !r.faster && ratio <= aim {
			return "met"
		}
		return "missed"
	}
	return ok(ratios[1], r.one) + " / " + ok(ratios[2], r.two)
}

// memory prints how much memory captures take at most.
func (b *bench) memory() error {
	fmt.Println("\n| capture | time | most memory |\n|---|---|---|")
	for _, name := range []string{shortCut, keptAlive, lossy, long, bulk, flood} {
		path := b.path(name)
		if b.err != nil {
			return b.err
		}
		r, err := runOn(min(2, runtime.NumCPU()), []string{b.lastack, "analyze", path})
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.2f s | %.0f MB |\n", name, r.wall.Seconds(), float64(r.rss)/1e6)
	}
	return nil
}
